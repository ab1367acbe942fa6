"""One flag for one context at one time."""

import json
from typing import NamedTuple

from .assignment import assign, find, seed
from .condition import evaluate
from .context import Unit, unit_id
from .draw import draw, key


class Evaluation(NamedTuple):
    """The value, whence it comes (`experiment`, `rule`, `default`), which rule, and which experiment took the unit."""

    value: object
    source: str
    rule: int | None
    experiment: str | None


def evaluate_flag(document: dict, flag_id: str, context: dict, now: int) -> Evaluation:
    """What the claiming experiment that takes the unit says; else the first rule that takes it; else the default."""
    taker = None
    for experiment in document["experiments"]:
        if not claims(experiment, flag_id):
            continue
        assignment = assign(document, experiment["id"], context, now)
        if assignment.variant is None:
            continue
        taker = experiment["id"]
        overrides = find(experiment["variants"], assignment.variant).get("overrides", {})
        if flag_id in overrides:
            return Evaluation(json.loads(overrides[flag_id]), "experiment", None, taker)
        break
    return _without_experiment(document, find(document["flags"], flag_id), context, taker)


def claims(experiment: dict, flag_id: str) -> bool:
    """An experiment claims every flag that any of its variants names."""
    return any(flag_id in variant.get("overrides", {}) for variant in experiment["variants"])


def _without_experiment(document: dict, flag: dict, context: dict, taker: str | None) -> Evaluation:
    for index, rule in enumerate(flag.get("rules", [])):
        if "condition" in rule and evaluate(rule["condition"], context) is not True:
            continue
        if "rollout" in rule and not _rolled_out(document, flag, rule["rollout"], context):
            continue
        return Evaluation(json.loads(rule["value"]), "rule", index, taker)
    return Evaluation(json.loads(flag["default"]), "default", None, taker)


def _rolled_out(document: dict, flag: dict, rollout: dict, context: dict) -> bool:
    unit = unit_id(context.get(rollout["unit"]))
    if isinstance(unit, Unit):
        return False
    return draw(key(seed(document), flag["salt"]), unit).entry < rollout["buckets"]
