"""Flags: overrides, rules, rollouts, defaults."""

from . import boundary
from .notation import HOUR, NOW, case, document, experiment, flag, group, rule, variant
from .tests import compare, member


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_overrides(), _rules(), _rollout_edges(), _rollout_units(), _values(), _serving()]


def _overrides() -> dict:
    """Control names nothing, treatment names one flag of the two that a third arm names."""
    doc = document(
        [
            experiment(
                "timing",
                allocation=((0, 333_334, "control"), (333_334, 666_667, "a"), (666_667, 1_000_000, "b")),
                variants=[
                    variant("control", control=True),
                    variant("a", rag__strategy='"parallel"'),
                    variant("b", rag__strategy='"sequential"', rag__depth="7"),
                ],
                targeting=compare("country", "eq", "IN"),
            ),
            experiment("claims_nothing"),
        ],
        [
            flag("rag.strategy", "string", '"off"', (rule('"ruled"', compare("beta", "eq", True)),)),
            flag("rag.depth", "number", "1", (rule("2", buckets=500_000),)),
            flag("unclaimed", "boolean", "false", (rule("true", compare("beta", "eq", True)),)),
        ],
    )
    contexts = [{"country": "IN"}, {"country": "IN", "beta": True}, {"country": "US", "beta": True}, {}]
    cases = [
        case(f"unit {number} in context {index}", {"user": f"u_{number}", **context})
        for number in range(8)
        for index, context in enumerate(contexts)
    ]
    return group(
        "overrides: an arm that names no value still exposes",
        doc,
        [*cases, case("no user", {"country": "IN", "beta": True})],
    )


def _rules() -> dict:
    """The first rule that takes the unit decides; unknown takes nobody."""
    doc = document(
        flags=[
            flag(
                "theme",
                "string",
                '"default"',
                (
                    rule('"never"', {"constant": False}),
                    rule('"unknown"', compare("plan", "eq", 3)),
                    rule('"pro"', compare("plan", "eq", "pro")),
                    rule('"india"', member("country", "IN")),
                    rule('"not pro"', {"not": compare("plan", "eq", "pro")}),
                ),
            ),
            flag("always", "boolean", "false", (rule("true"), rule("false"))),
            flag("no_rules", "boolean", "true"),
        ]
    )
    contexts = {
        "both": {"plan": "pro", "country": "IN"},
        "the second alone": {"plan": "free", "country": "IN"},
        "neither": {"plan": "free", "country": "US"},
        "a number": {"plan": 3, "country": "US"},
        "nothing known": {},
        "an attribute of no type": {"plan": ["pro"], "country": {}},
    }
    cases = [case(name, {"user": "u_42", **context}) for name, context in contexts.items()]
    return group("rules in order", doc, [*cases, case("rules need no unit", {"plan": "pro"})])


def _rollout_edges() -> dict:
    """A rollout takes the units whose entry bucket lies below it."""
    sizes = (0, 1, 249_999, 250_000, 250_001, 999_999, 1_000_000)
    rules = tuple(rule(str(size), compare("size", "eq", size), size) for size in sizes)
    doc = document(flags=[flag("boundary", "number", "-1", rules)])
    cases = [
        case(
            f"rollout of {size}, entry bucket {bucket}",
            {"user": boundary.unit(boundary.FLAG_SALT, "entry", bucket), "size": size},
        )
        for size in sizes
        for bucket in (0, 249_999, 250_000, 999_999)
    ]
    return group("first and last bucket of a rollout", doc, cases)


def _rollout_units() -> dict:
    """A rollout by a unit that is missing or invalid takes nobody, even at the whole."""
    rules = (rule("1", buckets=1_000_000, unit="device"), rule("2", buckets=1_000_000), rule("3", buckets=0))
    doc = document(flags=[flag("steps", "number", "0", rules)], units=("user", "device"))
    contexts = {
        "both": {"user": "u_1", "device": "d_1"},
        "no device": {"user": "u_1"},
        "an invalid device": {"user": "u_1", "device": ""},
        "an integer device": {"device": 7},
        "neither": {},
        "an invalid user": {"user": 0.5},
    }
    return group("rollouts by units", doc, [case(name, context) for name, context in contexts.items()])


def _values() -> dict:
    """Values of every type, unusual ones among them."""
    texts = {
        "yes": ("boolean", "true"),
        "no": ("boolean", "false"),
        "integer": ("number", "-12"),
        "fraction": ("number", "0.125"),
        "exponent": ("number", "1.5e300"),
        "empty": ("string", '""'),
        "escapes": ("string", '"a\\"b\\\\c\\n\\u00e9\\ud83d\\ude80"'),
        "beyond_ascii": ("string", '"\u7528\u6237"'),
        "object": ("object", '{"model":"m-1","layers":[1,2,{"deep":null}],"on":true}'),
        "list": ("object", "[]"),
        "\u65d7 with a space": ("boolean", "true"),
    }
    doc = document(flags=[flag(name, value_type, value) for name, (value_type, value) in texts.items()])
    return group("values", doc, [case("a user", {"user": "u_42"}), case("nobody", {})])


def _serving() -> dict:
    """An experiment that does not serve, or does not take the unit, leaves its flags alone."""
    arms = [variant("control", control=True, shown="1"), variant("treatment", shown="2")]
    everyone = ((0, 1_000_000, "treatment"),)

    def claiming(name: str, **more: object) -> tuple[dict, dict]:
        flag_id = f"flag_of_{name}"
        variants = [{**arm, "overrides": {flag_id: arm["overrides"]["shown"]}} for arm in arms]
        made = experiment(name, **{"allocation": everyone, "variants": variants, **more})
        return made, flag(flag_id, "number", "0", (rule("-1", compare("beta", "eq", True)),))

    pairs = [
        claiming("serving"),
        claiming("paused", state="paused"),
        claiming("later", start=NOW + HOUR),
        claiming("over", end=NOW),
        claiming("targeted", targeting=compare("beta", "eq", True)),
        claiming("ramp_at_zero", ramp=[{"buckets": 0}]),
        claiming("unallocated", allocation=()),
    ]
    doc = document([made for made, _ in pairs], [claimed for _, claimed in pairs])
    cases = [
        case("a beta user", {"user": "u_42", "beta": True}),
        case("a user", {"user": "u_42"}),
        case("a user in beta unknown", {"user": "u_42", "beta": "yes"}),
        case("nobody", {"beta": True}),
        case("a beta user an hour later", {"user": "u_42", "beta": True}, NOW + HOUR),
    ]
    return group("experiments that do not take the unit", doc, cases)
