"""Short ways to write conditions. A path is dotted, or a list where its segments are unusual."""

from .automaton import table


def compare(path: str | list, operator: str, value: object) -> dict:
    """A comparison with a literal."""
    return {"compare": {"attribute": segments(path), "operator": operator, "value": value}}


def member(path: str | list, *values: object) -> dict:
    """Membership in a list of literals."""
    return {"in": {"attribute": segments(path), "values": list(values)}}


def text(path: str | list, operator: str, value: str) -> dict:
    """A test of a string's ends or inside."""
    return {"text": {"attribute": segments(path), "operator": operator, "value": value}}


def matches(path: str | list, pattern: str) -> dict:
    """A search for a regular expression."""
    return {"matches": {"attribute": segments(path), "pattern": pattern, "table": table(pattern)}}


def semver(path: str | list, operator: str, value: str) -> dict:
    """A comparison with a version."""
    return {"semver": {"attribute": segments(path), "operator": operator, "value": value}}


def timestamp(path: str | list, operator: str, value: str) -> dict:
    """A comparison with an instant; the empty path is the time of the evaluation."""
    return {"timestamp": {"attribute": segments(path), "operator": operator, "value": value}}


def network(path: str | list, *networks: str) -> dict:
    """Whether an address lies in one of the networks."""
    return {"network": {"attribute": segments(path), "networks": list(networks)}}


def holds(path: str | list, operator: str, *values: str) -> dict:
    """How many of the strings a list holds: `any`, `all`."""
    return {"holds": {"attribute": segments(path), "operator": operator, "values": list(values)}}


def present(path: str | list) -> dict:
    """Whether the context holds the attribute."""
    return {"present": segments(path)}


def belongs(segment_id: str) -> dict:
    """Membership in a segment."""
    return {"segment": segment_id}


def negated(condition: dict) -> dict:
    """The condition's negation."""
    return {"not": condition}


def segments(path: str | list) -> list[str]:
    """A path as its segments."""
    return path.split(".") if isinstance(path, str) else path
