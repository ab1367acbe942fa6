"""How the last step draws: from a nonce, in turn, or by conditions first."""

from . import boundary
from .notation import case, claim, document, experiment, flag, group, layer, rule, variant
from .tests import compare, member


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_random(), _random_edges(), _in_turn(), _placements()]


def _random() -> dict:
    """The nonce draws the variant; unit, layer and ramp are asked as ever."""
    doc = document(
        [
            experiment("calls", strategy="random"),
            experiment("with_ramp", strategy="random", ramp=[{"buckets": 500_000}]),
            experiment("in_a_layer", strategy="random", layer=claim("page", (0, 500_000))),
            experiment("targeted", strategy="random", targeting=compare("country", "eq", "IN")),
            experiment("with_a_hole", strategy="random", allocation=((0, 500_000, "control"),)),
            experiment("completed", strategy="random", state="completed"),
            experiment("by_hash"),
        ],
        layers=[layer("page")],
    )
    nonces = ["n_0", "n_1", "n_2", "n_3", "u_42", "\u7528\u6237", "018f4e3a-7c1b-7a2e-9d55-3f0a6b1c2d4e", "x" * 2000]
    cases = [
        case(f"nonce {index}", {"user": "u_42", "country": "IN"}, nonce=nonce) for index, nonce in enumerate(nonces)
    ]
    cases += [case(f"unit {number}, one nonce", {"user": f"u_{number}"}, nonce="n_1") for number in range(6)]
    return group(
        "random",
        doc,
        [
            *cases,
            case("no nonce", {"user": "u_42", "country": "IN"}),
            case("no nonce, elsewhere", {"user": "u_1", "country": "US"}),
            case("an empty nonce is none", {"user": "u_42"}, nonce=""),
            case("a nonce, but no unit", {}, nonce="n_1"),
            case("a nonce, but a bad unit", {"user": ""}, nonce="n_1"),
            case("a nonce and a forced variant", {"user": "u_42"}, nonce="n_1", forced={"calls": "control"}),
        ],
    )


def _random_edges() -> dict:
    """The nonce's low 32 bits under the experiment's key."""
    salt = boundary.EXPERIMENT_SALT
    doc = document(
        [
            experiment("halves", strategy="random", salt=salt, share_salt=True),
            experiment(
                "tenths",
                strategy="random",
                salt=salt,
                share_salt=True,
                allocation=((0, 100_000, "control"), (900_000, 1_000_000, "treatment")),
            ),
        ]
    )
    buckets = (0, 99_999, 100_000, 499_999, 500_000, 899_999, 900_000, 999_999)
    cases = [
        case(f"variant bucket {bucket}", {"user": "u_42"}, nonce=boundary.unit(salt, "variant", bucket))
        for bucket in buckets
    ]
    return group("first and last bucket of a nonce", doc, cases)


def _in_turn() -> dict:
    """Variants in the order of their ids' bytes, whatever the order of the document."""
    names = ("b", "a", "\u7528", "Z", "\U0001f680")
    share = 1_000_000 // len(names)
    ranges = tuple((index * share, (index + 1) * share, name) for index, name in enumerate(names))
    doc = document(
        [
            experiment("two", strategy="round_robin"),
            experiment(
                "five",
                strategy="round_robin",
                allocation=ranges,
                variants=[variant(name, control=name == "a") for name in names],
            ),
            experiment("with_ramp", strategy="round_robin", ramp=[{"buckets": 500_000}]),
            experiment("targeted", strategy="round_robin", targeting=compare("country", "eq", "IN")),
            experiment("completed", strategy="round_robin", state="completed"),
        ]
    )
    ids = [one["id"] for one in doc["experiments"]]
    counters = (0, 1, 2, 3, 4, 5, 6, 2**31, 2**32 - 1, 2**32, 2**53 - 1)
    cases = [
        case(f"counter {counter}", {"user": "u_42", "country": "IN"}, counters=dict.fromkeys(ids, counter))
        for counter in counters
    ]
    return group(
        "round robin",
        doc,
        [
            *cases,
            case("a counter for one of them", {"user": "u_42"}, counters={"five": 3}),
            case("another user", {"user": "u_1"}, counters=dict.fromkeys(ids, 1)),
            case("no counter", {"user": "u_42", "country": "IN"}),
            case("a nonce is no counter", {"user": "u_42", "country": "IN"}, nonce="1"),
            case("a counter, but no unit", {}, counters=dict.fromkeys(ids, 1)),
        ],
    )


def _placements() -> dict:
    """The first condition that is true places; unknown does not; the others are drawn by hash."""
    arms = [
        variant("control", control=True),
        variant("staff", shown='"staff"'),
        variant("vip", shown='"vip"'),
        variant("drawn"),
    ]
    placements = [
        {"condition": compare("staff", "eq", True), "variant": "staff"},
        {"condition": member("plan", "gold", "platinum"), "variant": "vip"},
        {"condition": compare("plan", "eq", "platinum"), "variant": "drawn"},
    ]
    halves = ((0, 500_000, "control"), (500_000, 1_000_000, "drawn"))
    made = {"strategy": "context", "placements": placements, "allocation": halves}
    plain = [{name: value for name, value in arm.items() if name != "overrides"} for arm in arms]
    doc = document(
        [
            experiment("claims", variants=arms, **made),
            experiment("targeted", variants=plain, targeting=compare("country", "eq", "IN"), **made),
            experiment("with_ramp", variants=plain, ramp=[{"buckets": 500_000}], **made),
            experiment("completed", variants=plain, state="completed", **made),
            experiment(
                "one_placement",
                strategy="context",
                placements=[{"condition": {"constant": False}, "variant": "control"}],
            ),
            experiment("all_placed", variants=plain, **{**made, "allocation": (), "placements": placements[:1]}),
        ],
        [flag("shown", "string", '"default"', (rule('"ruled"', compare("country", "eq", "US")),))],
    )
    contexts = {
        "staff": {"staff": True, "plan": "gold", "country": "IN"},
        "gold": {"staff": False, "plan": "gold", "country": "US"},
        "platinum: the earlier one has it": {"plan": "platinum", "country": "IN"},
        "free": {"staff": False, "plan": "free", "country": "IN"},
        "nothing known": {},
        "of other types": {"staff": "true", "plan": 7, "country": ["IN"]},
    }
    cases = [
        case(f"unit {number}, {name}", {"user": f"u_{number}", **context})
        for number in range(4)
        for name, context in contexts.items()
    ]
    return group("placements", doc, [*cases, case("staff, but no user", {"staff": True})])
