"""Experiments that override the same flag: who masks whom, and whose value the flag has."""

from .notation import HOUR, NOW, case, claim, document, experiment, flag, group, layer, record, rule, variant
from .tests import compare


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_priorities(), _who_takes(), _exclusive(), _fallbacks(), _graduated(), _order_of_claims()]


def arms(flag_id: str, **values: str) -> list[dict]:
    """Control and treatment; `values` is JSON text by variant, and a variant without one names nothing."""
    return [
        variant(name, control=name == "control", **({flag_id: values[name]} if name in values else {}))
        for name in ("control", "treatment")
    ]


def _priorities() -> dict:
    """A higher experiment masks as a whole: also where the unit's variant names no value for the flag."""
    doc = document(
        [
            experiment("high", priority=2, variants=arms("shown", treatment="1"), targeting=compare("a", "eq", True)),
            experiment(
                "middle",
                priority=1,
                allow_masking=True,
                variants=arms("shown", control="2", treatment="3"),
                targeting=compare("b", "eq", True),
            ),
            experiment("low", priority=-1, allow_masking=True, variants=arms("shown", control="4", treatment="5")),
            experiment("elsewhere", variants=arms("other", control="6", treatment="7")),
        ],
        [flag("shown", "number", "0", (rule("-1", buckets=500_000),)), flag("other", "number", "0")],
    )
    contexts = {"a and b": {"a": True, "b": True}, "a alone": {"a": True}, "b alone": {"b": True}, "neither": {}}
    cases = [
        case(f"unit {number}, {name}", {"user": f"u_{number}", **context})
        for number in range(6)
        for name, context in contexts.items()
    ]
    return group("masking by priority", doc, [*cases, case("nobody", {"a": True})])


def _who_takes() -> dict:
    """What masks is a variant, by whatever reason; no variant, no mask."""
    targeted = {"targeting": {"constant": False}}
    higher = {
        "assigned": {"allocation": ((0, 1_000_000, "control"),)},
        "paused": {"state": "paused"},
        "unallocated": {"allocation": ()},
        "over": {"end": NOW},
        "listed": {"forced": [{"unit": "u_42", "variant": "control"}], **targeted},
        "completed": {"state": "completed"},
        "sticky": {"sticky": True, **targeted},
        "frozen": {"sticky": True, "state": "frozen"},
        "placed": {
            "strategy": "context",
            "placements": [{"condition": compare("vip", "eq", True), "variant": "control"}],
            "allocation": (),
        },
        "random": {"strategy": "random"},
    }
    made, flags = [], []
    for name, more in higher.items():
        made.append(experiment(name, priority=1, variants=arms(f"of_{name}", treatment="1"), **more))
        lower = arms(f"of_{name}", control="2", treatment="3")
        listed = [{"unit": "u_qa", "variant": "control"}]
        made.append(experiment(f"below_{name}", allow_masking=True, variants=lower, forced=listed))
        flags.append(flag(f"of_{name}", "number", "0"))
    records = [record("sticky", "control"), record("frozen", "treatment")]
    return group(
        "what masks",
        document(made, flags),
        [
            case("a user", {"user": "u_42"}),
            case("another user", {"user": "u_1"}),
            case("a user on the lower lists", {"user": "u_qa"}),
            case("with records", {"user": "u_1"}, sticky=records),
            case("placed", {"user": "u_1", "vip": True}),
            case("with a nonce", {"user": "u_1"}, nonce="n"),
            case("the higher ones forced", {"user": "u_1"}, forced={name: "treatment" for name in higher}),
            case("nobody", {}),
        ],
    )


def _exclusive() -> dict:
    """Experiments with disjoint slots of a layer do not mask each other, whatever their priorities."""
    shown = {"control": "2", "treatment": "3"}
    doc = document(
        [
            experiment("left", layer=claim("page", (0, 500_000)), priority=5, variants=arms("page", treatment="1")),
            experiment("right", layer=claim("page", (500_000, 1_000_000)), variants=arms("page", **shown)),
            experiment(
                "inner_left", layer=claim("left_half", (0, 300_000)), priority=2, variants=arms("box", treatment="1")
            ),
            experiment("inner_right", layer=claim("right_half", (0, 300_000)), variants=arms("box", **shown)),
            experiment(
                "overlapping", layer=claim("first", (0, 1_000_000)), priority=1, variants=arms("bar", treatment="1")
            ),
            experiment(
                "with_it", layer=claim("second", (0, 1_000_000)), allow_masking=True, variants=arms("bar", **shown)
            ),
        ],
        [flag("page", "number", "0"), flag("box", "number", "0"), flag("bar", "number", "0")],
        layers=[
            layer("page"),
            layer("whole"),
            layer("left_half", within=claim("whole", (0, 500_000))),
            layer("right_half", within=claim("whole", (500_000, 1_000_000))),
            layer("first"),
            layer("second"),
        ],
    )
    return group("exclusive experiments", doc, [case(f"unit {n}", {"user": f"u_{n}"}) for n in range(16)])


def _fallbacks() -> dict:
    """Disjoint slots exclude where both look at one id; with different fallbacks one context may be in both."""
    doc = document(
        [
            experiment(
                f"{'left' if left else 'right'}_{other or 'none'}_{flag_id}",
                layer=claim(f"of_{flag_id}", (0, 500_000) if left else (500_000, 1_000_000)),
                priority=int(left),
                allow_masking=True,
                sticky=True,
                variants=arms(flag_id, control=f'"{left}"', treatment=f'"{left}"'),
                **({"fallback": other} if other else {}),
            )
            for flag_id, fallbacks in {"same": ("a", "a"), "one": ("a", None), "two": ("a", "b")}.items()
            for left, other in zip((True, False), fallbacks)
        ],
        [flag(flag_id, "string", '""') for flag_id in ("same", "one", "two")],
        units=("user", "a", "b"),
        layers=[layer(f"of_{flag_id}") for flag_id in ("same", "one", "two")],
    )
    cases = [case(f"ids {n}", {"a": f"a_{n}", "b": f"b_{n}"}) for n in range(12)]
    return group(
        "exclusive experiments with fallbacks", doc, [*cases, case("a user", {"user": "u_1", "a": "a_1", "b": "b_1"})]
    )


def _graduated() -> dict:
    """Graduated experiments neither mask nor are masked, and come last for their flags."""
    india = compare("country", "eq", "IN")
    winners = {"state": "graduated", "graduation": {"winner": "treatment"}}
    doc = document(
        [
            experiment("new", priority=-5, variants=arms("shown", treatment='"new"'), targeting=india),
            experiment("decided", priority=9, variants=arms("shown", treatment='"decided"'), **winners),
            experiment("decided_before", priority=3, variants=arms("shown", treatment='"before"'), **winners),
            experiment(
                "decided_in_india", priority=4, targeting=india, variants=arms("there", treatment='"one"'), **winners
            ),
            experiment(
                "decided_everywhere", priority=3, variants=arms("there", control='"none"', treatment='"all"'), **winners
            ),
        ],
        [flag("shown", "string", '"default"', (rule('"ruled"'),)), flag("there", "string", '"default"')],
    )
    cases = [case(f"unit {n} in India", {"user": f"u_{n}", "country": "IN"}) for n in range(6)]
    return group("graduated experiments and flags", doc, [*cases, case("elsewhere", {"user": "u_1", "country": "US"})])


def _order_of_claims() -> dict:
    """By priority, then by id; each claims the flags that any of its variants names."""
    names = ("one", "two", "three", "four")
    made = [
        experiment(
            name,
            priority=priority,
            allow_masking=True,
            variants=arms("shown", control=f'"{name}, control"', treatment=f'"{name}, treatment"'),
            targeting=compare(name, "eq", True),
            start=NOW + HOUR if name == "four" else NOW,
        )
        for name, priority in zip(names, (1, 3, 2, 4))
    ]
    doc = document(made, [flag("shown", "string", '"default"')])
    subsets = [[name for bit, name in enumerate(names) if chosen >> bit & 1] for chosen in range(16)]
    cases = [case(" and ".join(some) or "none", {"user": "u_42", **dict.fromkeys(some, True)}) for some in subsets]
    later = [case("all, an hour later", {"user": "u_42", **dict.fromkeys(names, True)}, NOW + HOUR)]
    return group("claims in order", doc, cases + later)
