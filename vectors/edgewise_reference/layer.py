"""Layers: who holds which slots, at each level from an experiment up."""

from .document import Situation, draw_under, find
from .ranges import contains, disjoint, merged
from .sticky import valid_records


def refuses(situation: Situation, experiment: dict, unit: bytes) -> bool:
    """Whether at some level the unit belongs to somebody else, or to nobody."""
    levels = chain(situation.document, experiment)
    return not all(_passes(situation, experiment, claim, unit) for claim in levels)


def exclusive(document: dict, one: dict, other: dict) -> bool:
    """Whether the experiments hold disjoint slots of a layer, and always look at the same id, so that no unit is in both."""
    fallbacks = {experiment["fallback"] for experiment in (one, other) if "fallback" in experiment}
    return len(fallbacks) < 2 and any(
        mine["layer"] == theirs["layer"] and disjoint(mine["slots"], theirs["slots"])
        for mine in chain(document, one)
        for theirs in chain(document, other)
    )


def chain(document: dict, experiment: dict) -> list[dict]:
    """The experiment's claim, that of its layer in the layer it lies within, and so on up."""
    claims = []
    claim = experiment.get("layer")
    while claim is not None:
        claims.append(claim)
        claim = find(document["layers"], claim["layer"]).get("within")
    return claims


def _passes(situation: Situation, experiment: dict, claim: dict, unit: bytes) -> bool:
    """The first valid record in the layer says whose unit it is; without one the unit's entry bucket does."""
    document = situation.document
    for owner, _ in valid_records(situation):
        for held in chain(document, owner):
            if held["layer"] == claim["layer"]:
                return owner["id"] == experiment["id"] or _shared(held["slots"], claim["slots"])
    salt = find(document["layers"], claim["layer"])["salt"]
    return contains(claim["slots"], draw_under(document, salt, unit).entry)


def _shared(some: list[dict], others: list[dict]) -> bool:
    """Whether two claims are to the very same slots; who holds none shares none."""
    return some != [] and merged(some, "owner") == merged(others, "owner")
