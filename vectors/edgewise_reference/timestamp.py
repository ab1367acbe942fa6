"""Instants, in whole nanoseconds since the Unix epoch: RFC 3339 texts, or numbers of milliseconds."""

import math
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

# What JavaScript's Date can hold: https://tc39.es/ecma262/#sec-time-values-and-time-range.
MAX_MILLISECONDS = 8_640_000_000_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The calendar repeats itself after 400 years.
_CALENDAR_SECONDS = 146_097 * 86_400
_TEXT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?P<time>[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2})))?"
)


def instant(value: object) -> int | None:
    """What a text or a number of milliseconds names, rounded down to the nanosecond; None for what is no instant."""
    if isinstance(value, float):
        return math.floor(Fraction(value) * 1_000_000) if abs(value) <= MAX_MILLISECONDS else None
    return _parsed(value) if isinstance(value, str) else None


def _parsed(text: str) -> int | None:
    """A date alone is its midnight in UTC."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    date = [int(found[name]) for name in ("year", "month", "day")]
    hour, minute, second, hours, minutes = (
        int(found[name] or 0) for name in ("hour", "minute", "second", "hours", "minutes")
    )
    if hours > 23 or minutes > 59 or second > 60:
        return None
    try:
        local = datetime(*date, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    east = timedelta(hours=hours, minutes=minutes) * (-1 if found["sign"] == "-" else 1)
    since_epoch = (local - _EPOCH - east) // timedelta(seconds=1)
    if second == 60:
        return _after_leap_second(since_epoch)
    return since_epoch * 10**9 + int((found["fraction"] or "0")[:9].ljust(9, "0"))


def _after_leap_second(since_epoch: int) -> int | None:
    """The start of the day after, where 23:59:59 UTC is the end of June or of December: RFC 3339, section 5.7."""
    last = _EPOCH + timedelta(seconds=since_epoch % _CALENDAR_SECONDS)
    at_end = (last.hour, last.minute, last.second) == (23, 59, 59) and (last.month, last.day) in ((6, 30), (12, 31))
    return (since_epoch + 1) * 10**9 if at_end else None
