"""Conditions in Kleene's three-valued logic: True, False, and None for unknown."""

import operator

from . import network, pattern, semver, timestamp
from .context import Attribute, Value, attribute
from .document import Situation, find

Truth = bool | None

COMPARISONS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}

TEXT_TESTS = {
    "starts_with": bytes.startswith,
    "ends_with": bytes.endswith,
    "contains": operator.contains,
}


def evaluate(situation: Situation, condition: dict) -> Truth:
    """Evaluates a condition of a document, `{kind: body}`."""
    ((kind, body),) = condition.items()
    match kind:
        case "constant":
            return body
        case "and":
            return conjunction([evaluate(situation, part) for part in body])
        case "or":
            return negation(conjunction([negation(evaluate(situation, part)) for part in body]))
        case "not":
            return negation(evaluate(situation, body))
        case "segment":
            return evaluate(situation, find(situation.document["segments"], body)["condition"])
        case "present":
            return _value(situation, body) is not Attribute.ABSENT
    return TESTS[kind](_value(situation, body["attribute"]), body)


def conjunction(parts: list[Truth]) -> Truth:
    """False if any is false, else unknown if any is unknown, else true."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def negation(truth: Truth) -> Truth:
    """Swaps true and false; unknown stays unknown."""
    return None if truth is None else not truth


def _value(situation: Situation, path: list[str]) -> Value:
    """The empty path is the time of the evaluation."""
    if not path:
        return float(situation.now)
    return attribute(situation.context.values, path, situation.document["units"])


def _compare(value: Value, body: dict) -> Truth:
    other = _literal(body["value"])
    if type(value) is not type(other):
        return None
    return COMPARISONS[body["operator"]](value, other)


def _member(value: Value, body: dict) -> Truth:
    others = [_literal(literal) for literal in body["values"]]
    if type(value) is not type(others[0]):
        return None
    return any(value == other for other in others)


def _text(value: Value, body: dict) -> Truth:
    if not isinstance(value, bytes):
        return None
    return TEXT_TESTS[body["operator"]](value, body["value"].encode())


def _matches(value: Value, body: dict) -> Truth:
    return pattern.matches(body["pattern"], value.decode()) if isinstance(value, bytes) else None


def _semver(value: Value, body: dict) -> Truth:
    given = semver.order(value.decode()) if isinstance(value, bytes) else None
    return None if given is None else COMPARISONS[body["operator"]](given, semver.order(body["value"]))


def _timestamp(value: Value, body: dict) -> Truth:
    given = timestamp.instant(value.decode() if isinstance(value, bytes) else value)
    return None if given is None else COMPARISONS[body["operator"]](given, timestamp.instant(body["value"]))


def _network(value: Value, body: dict) -> Truth:
    return network.within(value.decode(), body["networks"]) if isinstance(value, bytes) else None


def _holds(value: Value, body: dict) -> Truth:
    if not isinstance(value, tuple):
        return None
    many = {"any": any, "all": all}[body["operator"]]
    return many(wanted.encode() in value for wanted in body["values"])


TESTS = {
    "compare": _compare,
    "in": _member,
    "text": _text,
    "matches": _matches,
    "semver": _semver,
    "timestamp": _timestamp,
    "network": _network,
    "holds": _holds,
}


def _literal(literal: object) -> bool | float | bytes:
    """A literal in the type that `attribute` gives values in: bool, float or bytes."""
    if isinstance(literal, bool):
        return literal
    if isinstance(literal, str):
        return literal.encode()
    return float(literal)
