"""Sticky records: what the host remembers of earlier draws."""

from .document import Situation, find


def valid_records(situation: Situation) -> list[tuple[dict, dict]]:
    """Experiment and record, in the host's order, of the records that still hold."""
    experiments = situation.document["experiments"]
    found = ((find(experiments, record["experiment"]), record) for record in situation.context.sticky)
    return [(experiment, record) for experiment, record in found if experiment and _holds(experiment, record)]


def record_of(situation: Situation, experiment: dict) -> dict | None:
    """The first valid record of this experiment."""
    records = (record for owner, record in valid_records(situation) if owner["id"] == experiment["id"])
    return next(records, None)


def _holds(experiment: dict, record: dict) -> bool:
    """The experiment keeps records, was not restarted since, and still has the variant."""
    return (
        experiment.get("sticky", False)
        and record["iteration"] == experiment["iteration"]
        and find(experiment["variants"], record["variant"]) is not None
    )
