"""Holdouts: who is held out of which experiments."""

from . import boundary
from .notation import case, document, experiment, flag, group, holdout, record, rule, variant
from .tests import compare


def groups() -> list[dict]:
    """All of this file's groups."""
    return [*_edges(), _order(), _steps()]


def _edges() -> list[dict]:
    """The units whose entry bucket lies below are held out."""
    cases = [
        case(f"entry bucket {bucket}", {"user": boundary.unit(boundary.HOLDOUT_SALT, "entry", bucket)})
        for bucket in (0, 49_999, 50_000, 999_999)
    ]
    return [
        group(
            f"a holdout of {size} buckets",
            document(
                [experiment("bound", holdouts=["boundary"]), experiment("unbound")],
                holdouts=[holdout("boundary", size)],
            ),
            cases,
        )
        for size in (0, 1, 49_999, 50_000, 50_001, 999_999, 1_000_000)
    ]


def _order() -> dict:
    """Of several holdouts, the first in the experiment's own order that holds the unit is named."""
    doc = document(
        [
            experiment("by_both", holdouts=["zeta", "alpha"]),
            experiment("the_other_way", holdouts=["alpha", "zeta"]),
            experiment("by_all_three", holdouts=["none", "alpha", "zeta"]),
            experiment("by_devices", unit="device", holdouts=["devices"]),
        ],
        units=("user", "device"),
        holdouts=[
            holdout("zeta", 500_000),
            holdout("alpha", 500_000),
            holdout("none", 0),
            holdout("devices", 500_000, unit="device"),
        ],
    )
    cases = [case(f"unit {number}", {"user": f"u_{number}", "device": f"d_{number}"}) for number in range(12)]
    return group("holdouts in order", doc, cases)


def _steps() -> dict:
    """Forced beats a holdout, a holdout beats all that follows; a held-out unit leaves its flags alone."""
    arms = [variant("control", control=True, shown="1"), variant("treatment", shown="2")]
    bound = {"holdouts": ["all"]}
    doc = document(
        [
            experiment("claims", variants=arms, **bound),
            experiment("listed", forced=[{"unit": "u_qa", "variant": "control"}], **bound),
            experiment(
                "prerequisite", prerequisites=[{"experiment": {"id": "claims", "variants": ["control"]}}], **bound
            ),
            experiment("sticky", sticky=True, **bound),
            experiment("not_targeted", targeting=compare("absent", "eq", 1), **bound),
            experiment("graduated", state="graduated", graduation={"winner": "treatment"}, **bound),
            experiment("frozen", state="frozen", sticky=True, **bound),
            experiment("completed", state="completed", **bound),
            experiment("paused", state="paused", **bound),
            experiment("fallback", fallback="device", sticky=True, **bound),
            experiment("needs_held_out", prerequisites=[{"experiment": {"id": "claims", "variants": ["treatment"]}}]),
        ],
        [flag("shown", "number", "0", (rule("-1", compare("beta", "eq", True)),))],
        units=("user", "device"),
        holdouts=[holdout("all", 1_000_000)],
    )
    records = [record("sticky", "treatment"), record("frozen", "treatment")]
    return group(
        "holdouts among the steps",
        doc,
        [
            case("a user", {"user": "u_42"}),
            case("a beta user", {"user": "u_42", "beta": True}),
            case("a user on a list", {"user": "u_qa"}),
            case("a user with records", {"user": "u_42"}, sticky=records),
            case("a forced user", {"user": "u_42"}, forced={"claims": "treatment", "graduated": "control"}),
            case("a device", {"device": "d_1"}),
            case("nobody", {}),
        ],
    )
