"""One experiment for one context at one time."""

from typing import NamedTuple

from .condition import evaluate
from .context import Unit, unit_id
from .draw import Draws, draw, key


class Assignment(NamedTuple):
    """A variant's id or none, why, the variant bucket where that draw was reached, and whether use is an exposure."""

    variant: str | None
    reason: str
    bucket: int | None = None

    @property
    def exposure(self) -> bool:
        """Only an assigned unit is exposed."""
        return self.reason == "assigned"


def assign(document: dict, experiment_id: str, context: dict, now: int) -> Assignment:
    """The steps in their order: serving, unit, targeting, ramp, variant. The first that says no gives the reason."""
    experiment = find(document["experiments"], experiment_id)
    if experiment is None:
        return Assignment(None, "unknown_experiment")
    refusal = _not_serving(experiment, now)
    if refusal:
        return Assignment(None, refusal)
    unit = unit_id(context.get(experiment["unit"]))
    if isinstance(unit, Unit):
        return Assignment(None, "missing_unit" if unit is Unit.MISSING else "invalid_unit")
    refusal = _not_targeted(experiment, context)
    if refusal:
        return Assignment(None, refusal)
    draws = draw(key(seed(document), experiment["salt"]), unit)
    return _by_draws(experiment, draws, now)


def seed(document: dict) -> int:
    """The workspace seed of a document."""
    return int(document["seed"], 16)


def find(items: list[dict], wanted: str) -> dict | None:
    """The item with this id."""
    return next((item for item in items if item["id"] == wanted), None)


def buckets_in_force(ramp: list[dict], now: int) -> int:
    """Units whose entry bucket lies below this have entered: the last stage that has begun says so."""
    begun = [stage["buckets"] for stage in ramp if stage.get("from") is None or stage["from"] <= now]
    return begun[-1] if begun else 0


def _not_serving(experiment: dict, now: int) -> str | None:
    if experiment["state"] == "paused":
        return "paused"
    if experiment.get("start") is not None and now < experiment["start"]:
        return "not_started"
    if experiment.get("end") is not None and now >= experiment["end"]:
        return "ended"
    return None


def _not_targeted(experiment: dict, context: dict) -> str | None:
    if "targeting" not in experiment:
        return None
    return {True: None, False: "not_targeted", None: "targeting_unknown"}[evaluate(experiment["targeting"], context)]


def _by_draws(experiment: dict, draws: Draws, now: int) -> Assignment:
    ramp = experiment.get("ramp", [])
    if ramp and draws.entry >= buckets_in_force(ramp, now):
        return Assignment(None, "not_in_ramp")
    for item in experiment["allocation"]:
        if item["start"] <= draws.variant < item["end"]:
            return Assignment(item["variant"], "assigned", draws.variant)
    return Assignment(None, "unallocated", draws.variant)
