"""Unit ids that fall on chosen buckets, found by search.py under the usual seed."""

from edgewise_reference.draw import draw, key

from .notation import SEED

EXPERIMENT_SALT = "experiment:boundary@1"
FLAG_SALT = "flag:boundary"
LAYER_SALT = "layer:boundary"
HOLDOUT_SALT = "holdout:boundary"
FACTOR_SALT = "experiment:boundary@1/colour"

# (salt, draw, bucket) to the id.
UNITS = {
    (EXPERIMENT_SALT, "entry", 0): "u_527132",
    (EXPERIMENT_SALT, "entry", 99_999): "u_3241310",
    (EXPERIMENT_SALT, "entry", 100_000): "u_2987646",
    (EXPERIMENT_SALT, "entry", 333_333): "u_1069110",
    (EXPERIMENT_SALT, "entry", 333_334): "u_1197879",
    (EXPERIMENT_SALT, "entry", 499_999): "u_4011510",
    (EXPERIMENT_SALT, "entry", 500_000): "u_272399",
    (EXPERIMENT_SALT, "entry", 899_999): "u_1365609",
    (EXPERIMENT_SALT, "entry", 900_000): "u_1070728",
    (EXPERIMENT_SALT, "entry", 999_999): "u_33716",
    (EXPERIMENT_SALT, "variant", 0): "u_947267",
    (EXPERIMENT_SALT, "variant", 99_999): "u_2288750",
    (EXPERIMENT_SALT, "variant", 100_000): "u_644006",
    (EXPERIMENT_SALT, "variant", 333_333): "u_2760310",
    (EXPERIMENT_SALT, "variant", 333_334): "u_280392",
    (EXPERIMENT_SALT, "variant", 499_999): "u_1791713",
    (EXPERIMENT_SALT, "variant", 500_000): "u_546170",
    (EXPERIMENT_SALT, "variant", 899_999): "u_615757",
    (EXPERIMENT_SALT, "variant", 900_000): "u_1627740",
    (EXPERIMENT_SALT, "variant", 999_999): "u_230347",
    (FLAG_SALT, "entry", 0): "u_2046270",
    (FLAG_SALT, "entry", 249_999): "u_1801428",
    (FLAG_SALT, "entry", 250_000): "u_583228",
    (FLAG_SALT, "entry", 999_999): "u_1095506",
    (LAYER_SALT, "entry", 0): "u_3602995",
    (LAYER_SALT, "entry", 249_999): "u_42665",
    (LAYER_SALT, "entry", 250_000): "u_749636",
    (LAYER_SALT, "entry", 749_999): "u_3587440",
    (LAYER_SALT, "entry", 750_000): "u_1021817",
    (LAYER_SALT, "entry", 999_999): "u_48111",
    (HOLDOUT_SALT, "entry", 0): "u_535862",
    (HOLDOUT_SALT, "entry", 49_999): "u_2688371",
    (HOLDOUT_SALT, "entry", 50_000): "u_1299951",
    (HOLDOUT_SALT, "entry", 999_999): "u_4337529",
    (FACTOR_SALT, "variant", 0): "u_187528",
    (FACTOR_SALT, "variant", 499_999): "u_1186567",
    (FACTOR_SALT, "variant", 500_000): "u_780615",
    (FACTOR_SALT, "variant", 999_999): "u_2914094",
}


def unit(salt: str, draw_name: str, bucket: int) -> str:
    """The id whose draw under the salt falls on the bucket; what the search found is checked here."""
    found = UNITS[salt, draw_name, bucket]
    drawn = getattr(draw(key(int(SEED, 16), salt), found.encode()), draw_name)
    if drawn != bucket:
        raise ValueError(f"{found} falls on {draw_name} bucket {drawn} of {salt}, not on {bucket}: run search.py")
    return found
