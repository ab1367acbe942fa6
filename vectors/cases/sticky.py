"""Sticky records: what keeps a unit's variant, and what does not."""

from .notation import HOUR, NOW, case, document, experiment, flag, group, holdout, record, rule, variant
from .tests import compare


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_validity(), _steps(), _values()]


def _validity() -> dict:
    """Experiment, iteration and variant have to be there; the epoch is only handed on."""
    doc = document(
        [
            experiment("kept", sticky=True, iteration=3),
            experiment("not_kept", iteration=3),
            experiment("restarted", sticky=True, iteration=4),
            experiment("shrunk", sticky=True, allocation=((0, 1_000_000, "control"),)),
        ]
    )
    records = {
        "valid": record("kept", "treatment", 3),
        "valid, of an epoch with large digits": record("kept", "control", 3, "fedcba9876543210"),
        "valid, of the greatest epoch": record("kept", "control", 3, "ffffffffffffffff"),
        "valid, of epoch 0": record("kept", "control", 3, "0000000000000000"),
        "of an earlier iteration": record("kept", "treatment", 2),
        "of a later iteration": record("kept", "treatment", 4),
        "of iteration 0": record("kept", "treatment", 0),
        "of a variant that is gone": record("kept", "removed", 3),
        "of an experiment that is not sticky": record("not_kept", "treatment", 3),
        "of an experiment that was restarted": record("restarted", "treatment", 3),
        "of a variant without buckets": record("shrunk", "treatment"),
    }
    cases = [case(name, {"user": "u_42"}, sticky=[one]) for name, one in records.items()]
    everything = list(records.values())
    return group(
        "validity of records",
        doc,
        [
            *cases,
            case("all of them", {"user": "u_42"}, sticky=everything),
            case("all of them, the last one first", {"user": "u_42"}, sticky=everything[::-1]),
            case(
                "two valid ones: the first counts",
                {"user": "u_1"},
                sticky=[records["valid"], record("kept", "control", 3)],
            ),
            case("no record", {"user": "u_42"}),
        ],
    )


def _steps() -> dict:
    """A record beats targeting, ramp and allocation; forced, holdout, prerequisite and mask beat a record."""
    kept = {"sticky": True}
    claiming = [variant("control", control=True, shown="1"), variant("treatment", shown="2")]
    doc = document(
        [
            experiment("not_targeted", targeting={"constant": False}, **kept),
            experiment("targeting_unknown", targeting=compare("absent", "eq", 1), **kept),
            experiment("not_in_ramp", ramp=[{"buckets": 0}], **kept),
            experiment("unallocated", allocation=(), **kept),
            experiment("held_out", holdouts=["all"], **kept),
            experiment(
                "prerequisite", prerequisites=[{"experiment": {"id": "held_out", "variants": ["control"]}}], **kept
            ),
            experiment("listed", forced=[{"unit": "u_42", "variant": "control"}], **kept),
            experiment("paused", state="paused", **kept),
            experiment("later", start=NOW + HOUR, **kept),
            experiment("over", end=NOW, **kept),
            experiment("frozen", state="frozen", targeting={"constant": False}, **kept),
            experiment("completed", state="completed", targeting={"constant": False}, **kept),
            experiment("graduated", state="graduated", graduation={"winner": "control"}, **kept),
            experiment("masks", priority=1, variants=claiming, targeting=compare("a", "eq", True)),
            experiment("masked", allow_masking=True, variants=claiming, **kept),
            experiment(
                "placed",
                strategy="context",
                placements=[{"condition": {"constant": True}, "variant": "control"}],
                **kept,
            ),
        ],
        [flag("shown", "number", "0")],
        holdouts=[holdout("all", 1_000_000)],
    )
    records = [record(one["id"], "treatment") for one in doc["experiments"]]
    return group(
        "records among the steps",
        doc,
        [
            case("without records", {"user": "u_42"}),
            case("with records", {"user": "u_42"}, sticky=records),
            case("another user with records", {"user": "u_1"}, sticky=records),
            case("a user of the higher experiment", {"user": "u_1", "a": True}, sticky=records),
            case("forced, with records", {"user": "u_1"}, sticky=records, forced={"not_targeted": "control"}),
            case("no user, but records", {}, sticky=records),
            case("an hour later", {"user": "u_1"}, NOW + HOUR, sticky=records),
        ],
    )


def _values() -> dict:
    """A flag takes the kept variant's value; one that names none leaves the flag to its rules, and exposes."""
    arms = [variant("control", control=True), variant("a", shown="1"), variant("b", shown="2")]
    doc = document(
        [
            experiment(
                "running",
                sticky=True,
                targeting=compare("country", "eq", "IN"),
                variants=arms,
                allocation=((0, 1_000_000, "a"),),
            )
        ],
        [flag("shown", "number", "0", (rule("-1", compare("beta", "eq", True)),))],
    )
    contexts = {"in India": {"country": "IN"}, "elsewhere": {"country": "US"}, "in beta elsewhere": {"beta": True}}
    cases = [
        case(
            f"{name}, {kept or 'nothing'} kept",
            {"user": "u_42", **context},
            sticky=[record("running", kept)] if kept else [],
        )
        for name, context in contexts.items()
        for kept in ("control", "b", None)
    ]
    return group("flags of kept variants", doc, cases)
