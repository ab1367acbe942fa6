"""One experiment for one context at one time."""

from typing import NamedTuple

from . import prerequisite
from .condition import evaluate
from .context import Unit, unit_id
from .document import Situation, draw_under, find, holds_back, seed
from .epoch import epoch
from .layer import refuses
from .masking import above
from .sticky import record_of
from .strategy import choose


class Assignment(NamedTuple):
    """What an experiment answers."""

    # The variant's id, or none.
    variant: str | None
    reason: str
    # The variant bucket, where that draw was reached.
    bucket: int | None = None
    # Whether using the answer exposes the unit.
    exposure: bool = False
    # The allocation that the unit was drawn in: the one in force, or that of a sticky record.
    epoch: str | None = None
    # The id of the holdout that held the unit out, or back.
    holdout: str | None = None
    # Whether the id of the fallback unit type stands in.
    fallback: bool = False


def assign(situation: Situation, experiment_id: str) -> Assignment:
    """The steps in their order; the first that has an answer gives it."""
    document = situation.document
    experiment = find(document["experiments"], experiment_id)
    if experiment is None:
        return Assignment(None, "unknown_experiment")
    in_force = epoch(seed(document), experiment)
    refusal = _not_serving(situation, experiment)
    if refusal:
        return Assignment(None, refusal, epoch=in_force)
    unit, fallback = assigned_unit(experiment, situation.context.values)
    if isinstance(unit, Unit):
        reason = "missing_unit" if unit is Unit.MISSING else "invalid_unit"
        return Assignment(None, reason, epoch=in_force, fallback=fallback)
    answers = (step(situation, experiment, unit) for step in STEPS)
    answer = next(answer for answer in answers if answer is not None)
    return answer._replace(epoch=answer.epoch or in_force, fallback=fallback)


def assigned_unit(experiment: dict, values: dict) -> tuple[bytes | Unit, bool]:
    """The unit's id, and whether it is the fallback's: that stands in for an id that is missing, not for a bad one."""
    unit = unit_id(values.get(experiment["unit"]))
    if unit is not Unit.MISSING or "fallback" not in experiment:
        return unit, False
    stand_in = unit_id(values.get(experiment["fallback"]))
    return stand_in, stand_in is not Unit.MISSING


def buckets_in_force(ramp: list[dict], now: int) -> int:
    """Units whose entry bucket lies below this have entered: the last stage that has begun says so."""
    begun = [stage["buckets"] for stage in ramp if stage.get("from") is None or stage["from"] <= now]
    return begun[-1] if begun else 0


def _not_serving(situation: Situation, experiment: dict) -> str | None:
    if not situation.document.get("switches", {}).get("experiments", True):
        return "switched_off"
    if experiment["state"] == "paused":
        return "paused"
    if experiment.get("start") is not None and situation.now < experiment["start"]:
        return "not_started"
    if experiment.get("end") is not None and situation.now >= experiment["end"]:
        return "ended"
    return None


def _forced(situation: Situation, experiment: dict, unit: bytes) -> Assignment | None:
    """The host's override, then the list for tests by hand."""
    wanted = situation.context.forced.get(experiment["id"])
    if wanted is not None and find(experiment["variants"], wanted):
        return Assignment(wanted, "forced")
    for entry in experiment.get("forced", []):
        if entry["unit"].encode() == unit:
            return Assignment(entry["variant"], "forced")
    return None


def _held_out(situation: Situation, experiment: dict, unit: bytes) -> Assignment | None:
    for holdout in experiment.get("holdouts", []):
        if holds_back(situation.document, holdout, unit):
            return Assignment(None, "held_out", holdout=holdout)
    return None


def _prerequisites(situation: Situation, experiment: dict, _unit: bytes) -> Assignment | None:
    if all(prerequisite.met(situation, wanted) for wanted in experiment.get("prerequisites", [])):
        return None
    return Assignment(None, "prerequisite_not_met")


def _masked(situation: Situation, experiment: dict, _unit: bytes) -> Assignment | None:
    higher = above(situation.document, experiment)
    if any(assign(situation, other["id"]).variant is not None for other in higher):
        return Assignment(None, "masked")
    return None


def _graduated(situation: Situation, experiment: dict, unit: bytes) -> Assignment | None:
    """Everyone whom it targets gets the winner, but for those who are held back."""
    if experiment["state"] != "graduated":
        return None
    refusal = _not_targeted(situation, experiment, unit)
    if refusal:
        return refusal
    graduation = experiment["graduation"]
    hold_back = graduation.get("hold_back")
    if hold_back is not None and holds_back(situation.document, hold_back, unit):
        control = next(variant["id"] for variant in experiment["variants"] if variant.get("control"))
        return Assignment(control, "held_back", holdout=hold_back)
    return Assignment(graduation["winner"], "graduated")


def _not_in_slot(situation: Situation, experiment: dict, unit: bytes) -> Assignment | None:
    return Assignment(None, "not_in_slot") if refuses(situation, experiment, unit) else None


def _sticky(situation: Situation, experiment: dict, _unit: bytes) -> Assignment | None:
    record = record_of(situation, experiment)
    if record is None:
        return None
    exposure = experiment["state"] != "completed"
    return Assignment(record["variant"], "sticky", exposure=exposure, epoch=record["epoch"])


def _not_enrolling(_situation: Situation, experiment: dict, _unit: bytes) -> Assignment | None:
    """Frozen, or completed with records to go by: whoever has none is not taken in any more."""
    state = experiment["state"]
    if state == "frozen" or (state == "completed" and experiment.get("sticky", False)):
        return Assignment(None, "not_enrolling")
    return None


def _not_targeted(situation: Situation, experiment: dict, _unit: bytes) -> Assignment | None:
    if "targeting" not in experiment:
        return None
    truth = evaluate(situation, experiment["targeting"])
    reason = {True: None, False: "not_targeted", None: "targeting_unknown"}[truth]
    return Assignment(None, reason) if reason else None


def _not_in_ramp(situation: Situation, experiment: dict, unit: bytes) -> Assignment | None:
    ramp = experiment.get("ramp", [])
    if not ramp:
        return None
    entry = draw_under(situation.document, experiment["salt"], unit).entry
    return None if entry < buckets_in_force(ramp, situation.now) else Assignment(None, "not_in_ramp")


def _chosen(situation: Situation, experiment: dict, unit: bytes) -> Assignment:
    choice = choose(situation, experiment, unit)
    exposure = choice.reason == "assigned" and experiment["state"] != "completed"
    return Assignment(*choice, exposure=exposure)


STEPS = (
    _forced,
    _held_out,
    _prerequisites,
    _masked,
    _graduated,
    _not_in_slot,
    _sticky,
    _not_enrolling,
    _not_targeted,
    _not_in_ramp,
    _chosen,
)
