"""Graduated experiments: the winner for everyone, but for a share that is held back."""

from . import boundary
from .notation import HOUR, NOW, case, claim, document, experiment, flag, group, holdout, layer, record, rule, variant
from .tests import compare


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_steps(), _hold_back()]


def _steps() -> dict:
    """It comes before layer, records and ramp, and after forced, holdouts and prerequisites."""
    decided = {"state": "graduated", "graduation": {"winner": "treatment"}}
    doc = document(
        [
            experiment("plain", **decided),
            experiment("control_won", state="graduated", graduation={"winner": "control"}),
            experiment("no_slot", layer=claim("page", (0, 1)), **decided),
            experiment("not_in_ramp", ramp=[{"buckets": 0}], **decided),
            experiment("unallocated", allocation=(), **decided),
            experiment("sticky", sticky=True, **decided),
            experiment("targeted", targeting=compare("country", "eq", "IN"), **decided),
            experiment("held_out", holdouts=["all"], **decided),
            experiment(
                "prerequisite", prerequisites=[{"experiment": {"id": "held_out", "variants": ["treatment"]}}], **decided
            ),
            experiment("listed", forced=[{"unit": "u_42", "variant": "control"}], **decided),
            experiment("window", start=NOW, end=NOW + HOUR, **decided),
            experiment("random", strategy="random", **decided),
            experiment("fallback", fallback="device", sticky=True, **decided),
        ],
        units=("user", "device"),
        holdouts=[holdout("all", 1_000_000)],
        layers=[layer("page")],
    )
    return group(
        "graduated among the steps",
        doc,
        [
            case("in India", {"user": "u_42", "country": "IN"}),
            case("elsewhere", {"user": "u_1", "country": "US"}),
            case("somewhere", {"user": "u_2"}),
            case("with a record", {"user": "u_1"}, sticky=[record("sticky", "control")]),
            case("forced", {"user": "u_1"}, forced={"plain": "control", "held_out": "treatment"}),
            case("before the start", {"user": "u_1"}, NOW - 1),
            case("at the end", {"user": "u_1"}, NOW + HOUR),
            case("a device", {"device": "d_1", "country": "IN"}),
            case("nobody", {}),
        ],
    )


def _hold_back() -> dict:
    """The hold-back gets the control and keeps its flags' values; it is asked after targeting."""
    arms = [variant("old", control=True, shown='"old"'), variant("new", shown='"new"'), variant("other")]
    halves = ((0, 500_000, "new"), (500_000, 1_000_000, "old"))
    graduation = {"winner": "new", "hold_back": "five_percent"}
    decided = {"state": "graduated", "graduation": graduation, "allocation": halves, "variants": arms}
    plain = [{name: value for name, value in arm.items() if name != "overrides"} for arm in arms]
    doc = document(
        [
            experiment("decided", **decided),
            experiment("targeted", **{**decided, "variants": plain}, targeting=compare("country", "eq", "IN")),
            experiment("bound_too", **{**decided, "variants": plain}, holdouts=["five_percent"]),
        ],
        [flag("shown", "string", '"default"', (rule('"ruled"'),))],
        holdouts=[holdout("five_percent", 50_000, salt=boundary.HOLDOUT_SALT)],
    )
    cases = [
        case(f"entry bucket {bucket} in {country}", {"user": user, "country": country})
        for bucket in (0, 49_999, 50_000, 999_999)
        for user in (boundary.unit(boundary.HOLDOUT_SALT, "entry", bucket),)
        for country in ("IN", "US", 7)
    ]
    return group("hold-back", doc, cases)
