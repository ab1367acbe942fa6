"""Which attributes an experiment's answer can depend on: what an exposure has to carry to be answered again."""

from .document import find
from .masking import above, claimants


def attributes(document: dict, experiment: dict) -> list[list[str]]:
    """Paths, sorted; those of whatever is asked on the way are among them, unit ids and the time are not."""
    paths = _of_experiment(document, experiment)
    known = [list(path) for path in paths if path and not (len(path) == 1 and path[0] in document["units"])]
    return sorted(known)


def _of_experiment(document: dict, experiment: dict) -> set[tuple[str, ...]]:
    conditions = [experiment["targeting"]] if "targeting" in experiment else []
    conditions += [placement["condition"] for placement in experiment.get("placements", [])]
    paths = _of_conditions(document, conditions)
    for other in above(document, experiment):
        paths |= _of_experiment(document, other)
    for prerequisite in experiment.get("prerequisites", []):
        ((kind, wanted),) = prerequisite.items()
        if kind == "experiment":
            paths |= _of_experiment(document, find(document["experiments"], wanted["id"]))
        else:
            paths |= _of_flag(document, wanted["id"])
    return paths


def _of_flag(document: dict, flag_id: str) -> set[tuple[str, ...]]:
    rules = find(document["flags"], flag_id).get("rules", [])
    paths = _of_conditions(document, [rule["condition"] for rule in rules if "condition" in rule])
    for claimant in claimants(document, flag_id):
        paths |= _of_experiment(document, claimant)
    return paths


def _of_conditions(document: dict, conditions: list[dict]) -> set[tuple[str, ...]]:
    return {path for condition in conditions for path in _of_condition(document, condition)}


def _of_condition(document: dict, condition: dict) -> set[tuple[str, ...]]:
    ((kind, body),) = condition.items()
    match kind:
        case "constant":
            return set()
        case "and" | "or":
            return _of_conditions(document, body)
        case "not":
            return _of_condition(document, body)
        case "segment":
            return _of_condition(document, find(document["segments"], body)["condition"])
        case "present":
            return {tuple(body)}
    return {tuple(body["attribute"])}
