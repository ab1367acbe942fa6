"""Which experiments stand above another one because they override the same flag."""

from .layer import exclusive


def claimed_flags(experiment: dict) -> set[str]:
    """An experiment claims every flag that any of its variants names."""
    return {flag for variant in experiment["variants"] for flag in variant.get("overrides", {})}


def above(document: dict, experiment: dict) -> list[dict]:
    """The experiments that mask this one wherever they take the unit. Graduated ones stand below all others."""
    return [other for other in document["experiments"] if _masks(document, other, experiment)]


def claimants(document: dict, flag_id: str) -> list[dict]:
    """The experiments that claim the flag, in the order in which they are asked."""
    claiming = [experiment for experiment in document["experiments"] if flag_id in claimed_flags(experiment)]
    return sorted(claiming, key=lambda one: (one["state"] == "graduated", -one.get("priority", 0), one["id"]))


def _masks(document: dict, higher: dict, lower: dict) -> bool:
    return (
        "graduated" not in (higher["state"], lower["state"])
        and higher.get("priority", 0) > lower.get("priority", 0)
        and bool(claimed_flags(higher) & claimed_flags(lower))
        and not exclusive(document, higher, lower)
    )
