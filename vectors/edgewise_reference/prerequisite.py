"""What has to hold of another experiment or flag before an experiment takes a unit."""

from . import assignment, flag
from .document import Situation


def met(situation: Situation, prerequisite: dict) -> bool:
    """Whether the experiment answers one of the variants, or the flag has one of the values, letter by letter."""
    ((kind, wanted),) = prerequisite.items()
    match kind:
        case "experiment":
            return assignment.assign(situation, wanted["id"]).variant in wanted["variants"]
        case "flag":
            return flag.evaluate_flag(situation, wanted["id"]).text in wanted["values"]
    raise ValueError(f"unknown prerequisite {kind!r}")
