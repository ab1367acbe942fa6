"""The last step: which variant a unit that has come this far gets."""

from typing import NamedTuple

from .condition import evaluate
from .document import Situation, draw_under
from .ranges import owner_of


class Choice(NamedTuple):
    """A variant's id or none, why, and the bucket where the variant was drawn with one."""

    variant: str | None
    reason: str
    bucket: int | None = None


def choose(situation: Situation, experiment: dict, unit: bytes) -> Choice:
    """Placements first, where the strategy has them; then the draw."""
    for placement in experiment.get("placements", []):
        if evaluate(situation, placement["condition"]) is True:
            return Choice(placement["variant"], "placed")
    strategy = experiment.get("strategy", "hash")
    if strategy == "round_robin":
        return _in_turn(situation, experiment)
    drawn = unit
    if strategy == "random":
        if not situation.context.nonce:
            return Choice(None, "missing_draw")
        drawn = situation.context.nonce.encode()
    if experiment.get("factors"):
        return _by_factors(situation, experiment, drawn)
    return _by_bucket(situation, experiment, drawn)


def _in_turn(situation: Situation, experiment: dict) -> Choice:
    counter = situation.context.counters.get(experiment["id"])
    if counter is None:
        return Choice(None, "missing_draw")
    variants = sorted(variant["id"] for variant in experiment["variants"])
    return Choice(variants[counter % len(variants)], "assigned")


def _by_bucket(situation: Situation, experiment: dict, drawn: bytes) -> Choice:
    bucket = draw_under(situation.document, experiment["salt"], drawn).variant
    variant = owner_of(experiment["allocation"], "variant", bucket)
    return Choice(variant, "unallocated" if variant is None else "assigned", bucket)


def _by_factors(situation: Situation, experiment: dict, drawn: bytes) -> Choice:
    """One draw a factor; the cells count the combinations of levels with the last factor running fastest."""
    cell = 0
    for factor in experiment["factors"]:
        bucket = draw_under(situation.document, f"{experiment['salt']}/{factor['id']}", drawn).variant
        level = owner_of(factor["allocation"], "level", bucket)
        if level is None:
            return Choice(None, "unallocated")
        cell = cell * len(factor["levels"]) + factor["levels"].index(level)
    return Choice(experiment["cells"][cell], "assigned")
