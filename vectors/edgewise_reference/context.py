"""What a host hands in as JSON: unit ids and attributes."""

import math
from enum import Enum, auto

MAX_UNIT_BYTES = 1024
MAX_SAFE_INTEGER = 2**53 - 1


class Unit(Enum):
    """Why there is no unit id."""

    MISSING = auto()
    INVALID = auto()


class Attribute(Enum):
    """What an attribute is that is no boolean, number or string."""

    ABSENT = auto()
    OTHER = auto()


def unit_id(value: object) -> bytes | Unit:
    """The bytes that are hashed, for the JSON value given as a unit id (None where nothing is given)."""
    if value is None:
        return Unit.MISSING
    if isinstance(value, bool):
        return Unit.INVALID
    if isinstance(value, int | float):
        return _integer_id(value)
    if isinstance(value, str):
        return _string_id(value)
    return Unit.INVALID


def attribute(context: dict, path: list[str]) -> bool | float | bytes | Attribute:
    """What the context holds at the path: a boolean, a finite number, a string's UTF-8 bytes, OTHER or ABSENT."""
    value: object = context
    for segment in path:
        if not isinstance(value, dict) or segment not in value:
            return Attribute.ABSENT
        value = value[segment]
    if value is None:
        return Attribute.ABSENT
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _finite(value)
    if isinstance(value, str):
        encoded = _utf8(value)
        return Attribute.OTHER if encoded is None else encoded
    return Attribute.OTHER


def _integer_id(value: int | float) -> bytes | Unit:
    if isinstance(value, float):
        if not value.is_integer():
            return Unit.INVALID
        value = int(value)
    if abs(value) > MAX_SAFE_INTEGER:
        return Unit.INVALID
    return str(value).encode()


def _string_id(value: str) -> bytes | Unit:
    encoded = _utf8(value)
    if encoded is None or not 1 <= len(encoded) <= MAX_UNIT_BYTES:
        return Unit.INVALID
    return encoded


def _finite(value: int | float) -> float | Attribute:
    try:
        number = float(value)
    except OverflowError:
        return Attribute.OTHER
    return number if math.isfinite(number) else Attribute.OTHER


def _utf8(text: str) -> bytes | None:
    """None for a string with a lone surrogate, which has no UTF-8 form."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
