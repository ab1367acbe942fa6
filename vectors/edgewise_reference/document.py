"""Looking things up in a document."""

from functools import cache
from typing import NamedTuple

from .context import Context
from .draw import Draws, draw, key


class Situation(NamedTuple):
    """What everything is evaluated in: a document, a context, and a time in milliseconds since the Unix epoch."""

    document: dict
    context: Context
    now: int


def find(items: list[dict], wanted: str) -> dict | None:
    """The item with this id."""
    return next((item for item in items if item["id"] == wanted), None)


def seed(document: dict) -> int:
    """The workspace seed of a document."""
    return int(document["seed"], 16)


def draw_under(document: dict, salt: str, unit: bytes) -> Draws:
    """The unit's draws in this workspace under a salt."""
    return _drawn(seed(document), salt, unit)


def holds_back(document: dict, holdout_id: str, unit: bytes) -> bool:
    """Whether the holdout of this id holds the unit out."""
    holdout = find(document["holdouts"], holdout_id)
    return draw_under(document, holdout["salt"], unit).entry < holdout["buckets"]


@cache
def _drawn(workspace_seed: int, salt: str, unit: bytes) -> Draws:
    return draw(key(workspace_seed, salt), unit)
