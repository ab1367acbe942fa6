"""The order of versions: https://semver.org/spec/v2.0.0.html, sections 2, 9, 10 and 11.

Beyond it, one `v` may stand in front, and the patch, or minor and patch, may be missing from a version without more.
"""

import re

MAX_BYTES = 256

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRE_RELEASE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_FULL = re.compile(
    rf"[vV]?({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    rf"(?:-({_PRE_RELEASE}(?:\.{_PRE_RELEASE})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_SHORT = re.compile(rf"[vV]?({_NUMBER})(?:\.({_NUMBER}))?")


def order(text: str) -> tuple | None:
    """Compares as the version stands to others; None for what is no version. Build metadata does not count."""
    if len(text) > MAX_BYTES:
        return None
    if short := _SHORT.fullmatch(text):
        return _ordered([short[1], short[2] or "0", "0"], None)
    if full := _FULL.fullmatch(text):
        *numbers, pre_release = full.groups()
        return _ordered(numbers, pre_release)
    return None


def _ordered(numbers: list[str], pre_release: str | None) -> tuple:
    """A version without a pre-release stands after all that have one."""
    identifiers = tuple(_identifier(part) for part in (pre_release or "").split("."))
    return tuple(int(number) for number in numbers), pre_release is None, identifiers


def _identifier(part: str) -> tuple:
    """Numbers stand before words; numbers by value, words by ASCII."""
    return (False, int(part), "") if part.isdigit() else (True, 0, part)
