"""What a host hands in as JSON: unit ids, attributes, and what it remembers or decides for the unit."""

import math
from enum import Enum, auto
from typing import NamedTuple

MAX_UNIT_BYTES = 1024
MAX_SAFE_INTEGER = 2**53 - 1


class Context(NamedTuple):
    """Whom a host asks for: the object of ids and attributes, and its directives beside it."""

    values: dict
    # The unit's sticky records, `{experiment, iteration, variant, epoch}`, in the order of the host.
    sticky: tuple = ()
    # Experiment id to variant id: authorised overrides.
    forced: dict = {}
    # What `random` draws with.
    nonce: str | None = None
    # Experiment id to the number that `round_robin` draws with.
    counters: dict = {}


class Unit(Enum):
    """Why there is no unit id."""

    MISSING = auto()
    INVALID = auto()


class Attribute(Enum):
    """What an attribute is that is no boolean, number, string or list of strings."""

    ABSENT = auto()
    OTHER = auto()


Value = bool | float | bytes | tuple[bytes, ...] | Attribute


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


def attribute(values: dict, path: list[str], unit_types: list[str]) -> Value:
    """What the values hold at the path: a unit type's name is that unit's id, everything else an attribute."""
    if len(path) == 1 and path[0] in unit_types:
        unit = unit_id(values.get(path[0]))
        return {Unit.MISSING: Attribute.ABSENT, Unit.INVALID: Attribute.OTHER}.get(unit, unit)
    return _typed(_at(values, path))


def _at(values: dict, path: list[str]) -> object:
    found: object = values
    for segment in path:
        if not isinstance(found, dict) or segment not in found:
            return None
        found = found[segment]
    return found


def _typed(value: object) -> Value:
    if value is None:
        return Attribute.ABSENT
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _finite(value)
    if isinstance(value, str):
        encoded = _utf8(value)
        return Attribute.OTHER if encoded is None else encoded
    if isinstance(value, list):
        return _strings(value)
    return Attribute.OTHER


def _strings(items: list) -> tuple[bytes, ...] | Attribute:
    """A list of strings; one item that is anything else makes the whole list OTHER."""
    encoded = [_utf8(item) if isinstance(item, str) else None for item in items]
    return Attribute.OTHER if None in encoded else tuple(encoded)


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
