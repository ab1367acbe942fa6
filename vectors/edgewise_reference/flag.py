"""One flag for one context at one time."""

from typing import NamedTuple

from . import assignment
from .condition import evaluate
from .context import Unit, unit_id
from .document import Situation, draw_under, find
from .masking import claimants


class Evaluation(NamedTuple):
    """The value as JSON text, whence it comes (`experiment`, `rule`, `default`), which rule, and who took the unit."""

    text: str
    source: str
    rule: int | None
    experiment: str | None


def evaluate_flag(situation: Situation, flag_id: str) -> Evaluation:
    """What the first claiming experiment that answers a variant says; else the flag's own rules; else its default."""
    taker = None
    for experiment in claimants(situation.document, flag_id):
        answer = assignment.assign(situation, experiment["id"])
        if answer.variant is None:
            continue
        taker = experiment["id"]
        overrides = find(experiment["variants"], answer.variant).get("overrides", {})
        if flag_id in overrides:
            return Evaluation(overrides[flag_id], "experiment", None, taker)
        break
    return _without_experiment(situation, find(situation.document["flags"], flag_id), taker)


def _without_experiment(situation: Situation, flag: dict, taker: str | None) -> Evaluation:
    for index, rule in enumerate(_rules(situation, flag)):
        if "condition" in rule and evaluate(situation, rule["condition"]) is not True:
            continue
        if "rollout" in rule and not _rolled_out(situation, flag, rule["rollout"]):
            continue
        return Evaluation(rule["value"], "rule", index, taker)
    return Evaluation(flag["default"], "default", None, taker)


def _rules(situation: Situation, flag: dict) -> list[dict]:
    switched_on = situation.document.get("switches", {}).get("flags", True)
    return flag.get("rules", []) if switched_on else []


def _rolled_out(situation: Situation, flag: dict, rollout: dict) -> bool:
    unit = unit_id(situation.context.values.get(rollout["unit"]))
    if isinstance(unit, Unit):
        return False
    return draw_under(situation.document, flag["salt"], unit).entry < rollout["buckets"]
