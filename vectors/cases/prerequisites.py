"""What has to hold of other experiments and flags first."""

from .notation import HOUR, NOW, case, document, experiment, flag, group, holdout, record, rule, variant
from .tests import compare

ARMS = [variant("a", control=True), variant("b"), variant("c")]
THIRDS = ((0, 333_334, "a"), (333_334, 666_667, "b"), (666_667, 1_000_000, "c"))


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_experiments(), _by_whatever_reason(), _flags(), _chain()]


def needs(experiment_id: str, *variants: str) -> dict:
    """The other experiment answers one of the variants."""
    return {"experiment": {"id": experiment_id, "variants": list(variants)}}


def needs_flag(flag_id: str, *values: str) -> dict:
    """The flag has one of the values, given as JSON text."""
    return {"flag": {"id": flag_id, "values": list(values)}}


def _experiments() -> dict:
    """One variant, several, every one; two experiments at once; another unit type."""
    doc = document(
        [
            experiment("first", allocation=THIRDS, variants=ARMS),
            experiment("second", allocation=THIRDS, variants=ARMS),
            experiment("of_devices", unit="device", allocation=THIRDS, variants=ARMS),
            experiment("needs_b", prerequisites=[needs("first", "b")]),
            experiment("needs_a_or_c", prerequisites=[needs("first", "c", "a")]),
            experiment("needs_any", prerequisites=[needs("first", "a", "b", "c")]),
            experiment("needs_both", prerequisites=[needs("first", "a", "b"), needs("second", "b", "c")]),
            experiment("needs_device", prerequisites=[needs("of_devices", "a")]),
            experiment("needs_and_targets", prerequisites=[needs("first", "b")], targeting={"constant": False}),
        ],
        units=("user", "device"),
    )
    cases = [case(f"unit {number}", {"user": f"u_{number}", "device": f"d_{number}"}) for number in range(10)]
    return group("prerequisite experiments", doc, [*cases, case("no device", {"user": "u_1"})])


def _by_whatever_reason() -> dict:
    """It counts that the other experiment answers the variant, not why."""
    wanted = {
        "assigned": {"allocation": ((0, 1_000_000, "treatment"),)},
        "paused": {"state": "paused"},
        "not_started": {"start": NOW + HOUR},
        "listed": {"forced": [{"unit": "u_42", "variant": "treatment"}]},
        "held_out": {"holdouts": ["all"]},
        "graduated": {"state": "graduated", "graduation": {"winner": "treatment"}},
        "held_back": {"state": "graduated", "graduation": {"winner": "treatment", "hold_back": "all"}},
        "completed": {"state": "completed", "allocation": ((0, 1_000_000, "treatment"),)},
        "sticky": {"sticky": True, "targeting": {"constant": False}},
        "frozen": {"sticky": True, "state": "frozen"},
        "placed": {
            "strategy": "context",
            "placements": [{"condition": compare("vip", "eq", True), "variant": "treatment"}],
            "allocation": ((0, 1_000_000, "control"),),
        },
        "random": {"strategy": "random", "allocation": ((0, 1_000_000, "treatment"),)},
        "in_turn": {"strategy": "round_robin"},
    }
    made = [experiment(name, **more) for name, more in wanted.items()]
    made += [experiment(f"needs_{name}", prerequisites=[needs(name, "treatment")]) for name in wanted]
    doc = document(made, holdouts=[holdout("all", 1_000_000)])
    records = [record("sticky", "treatment"), record("frozen", "treatment")]
    forced = {name: "treatment" for name in wanted}
    return group(
        "prerequisites met by whatever reason",
        doc,
        [
            case("a user", {"user": "u_42"}),
            case("another user", {"user": "u_1"}),
            case("with records", {"user": "u_1"}, sticky=records),
            case("forced", {"user": "u_1"}, forced=forced),
            case("placed", {"user": "u_1", "vip": True}),
            case("with a nonce and a counter", {"user": "u_1"}, nonce="n_1", counters={"in_turn": 1}),
            case("with a nonce and another counter", {"user": "u_1"}, nonce="n_1", counters={"in_turn": 2}),
            case("an hour later", {"user": "u_1"}, NOW + HOUR),
        ],
    )


def _flags() -> dict:
    """Values are compared letter by letter, wherever they come from."""
    arms = [variant("control", control=True), variant("treatment", theme='"dark"')]
    doc = document(
        [
            experiment("themes", variants=arms),
            experiment("needs_dark", prerequisites=[needs_flag("theme", '"dark"')]),
            experiment("needs_light_or_dark", prerequisites=[needs_flag("theme", '"light"', '"dark"')]),
            experiment("needs_beta", prerequisites=[needs_flag("theme", '"beta"')]),
            experiment("needs_true", prerequisites=[needs_flag("on", "true")]),
            experiment("needs_false", prerequisites=[needs_flag("on", "false")]),
            experiment("needs_one", prerequisites=[needs_flag("size", "1")]),
            experiment("needs_one_and_a_half", prerequisites=[needs_flag("size", "1.5")]),
            experiment("needs_object", prerequisites=[needs_flag("model", '{"name":"m","sizes":[1,2]}')]),
            experiment("needs_dark_and_true", prerequisites=[needs_flag("theme", '"dark"'), needs_flag("on", "true")]),
        ],
        [
            flag("theme", "string", '"light"', (rule('"beta"', compare("beta", "eq", True)),)),
            flag("on", "boolean", "false", (rule("true", buckets=500_000),)),
            flag("size", "number", "1", (rule("1.5", compare("beta", "eq", True)),)),
            flag("model", "object", "{}", (rule('{"name":"m","sizes":[1,2]}', compare("beta", "eq", True)),)),
        ],
    )
    cases = [case(f"unit {number}", {"user": f"u_{number}"}) for number in range(8)]
    cases += [case(f"unit {number} in beta", {"user": f"u_{number}", "beta": True}) for number in range(4)]
    return group("prerequisite flags", doc, [*cases, case("nobody", {"beta": True})])


def _chain() -> dict:
    """Experiments that need one another in a row, by turns directly and by way of a flag."""
    both = [variant("control", control=True), variant("treatment")]
    most = ((0, 100_000, "control"), (100_000, 1_000_000, "treatment"))
    made, flags = [experiment("e0", allocation=most, variants=both)], []
    for number in range(1, 7):
        previous = f"e{number - 1}"
        if number % 2:
            prerequisites = [needs(previous, "treatment")]
            arms = [variant("control", control=True), variant("treatment", **{f"f{number}": "true"})]
            flags.append(flag(f"f{number}", "boolean", "false"))
        else:
            prerequisites = [needs_flag(f"f{number - 1}", "true")]
            arms = both
        made.append(experiment(f"e{number}", prerequisites=prerequisites, allocation=most, variants=arms))
    cases = [case(f"unit {number}", {"user": f"u_{number}"}) for number in range(12)]
    return group("prerequisites in a row", document(made, flags), cases)
