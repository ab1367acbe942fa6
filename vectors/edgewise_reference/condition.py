"""Conditions in Kleene's three-valued logic: True, False, and None for unknown."""

import operator

from .context import Attribute, attribute

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


def evaluate(condition: dict, context: dict) -> Truth:
    """Evaluates a condition of a document, `{kind: body}`, over a context."""
    ((kind, body),) = condition.items()
    match kind:
        case "constant":
            return body
        case "and":
            return conjunction([evaluate(part, context) for part in body])
        case "or":
            return negation(conjunction([negation(evaluate(part, context)) for part in body]))
        case "not":
            return negation(evaluate(body, context))
        case "present":
            return attribute(context, body) is not Attribute.ABSENT
        case "compare":
            return _compare(attribute(context, body["attribute"]), body["operator"], body["value"])
        case "in":
            return _member(attribute(context, body["attribute"]), body["values"])
        case "text":
            return _text(attribute(context, body["attribute"]), body["operator"], body["value"])
    raise ValueError(f"unknown condition {kind!r}")


def conjunction(parts: list[Truth]) -> Truth:
    """False if any is false, else unknown if any is unknown, else true."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def negation(truth: Truth) -> Truth:
    """Swaps true and false; unknown stays unknown."""
    return None if truth is None else not truth


def _compare(value: object, name: str, literal: object) -> Truth:
    other = _literal(literal)
    if type(value) is not type(other):
        return None
    return COMPARISONS[name](value, other)


def _member(value: object, literals: list) -> Truth:
    others = [_literal(literal) for literal in literals]
    if type(value) is not type(others[0]):
        return None
    return any(value == other for other in others)


def _text(value: object, name: str, needle: str) -> Truth:
    if not isinstance(value, bytes):
        return None
    return TEXT_TESTS[name](value, needle.encode())


def _literal(literal: object) -> bool | float | bytes:
    """A literal in the type that `attribute` gives values in: bool, float or bytes."""
    if isinstance(literal, bool):
        return literal
    if isinstance(literal, str):
        return literal.encode()
    return float(literal)
