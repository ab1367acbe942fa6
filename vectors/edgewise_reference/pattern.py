"""Regular expressions, by Python's own `re`: neither the table of a document nor its layout is looked at here.

The patterns of the cases keep to what means the same in Python and in the documents' syntax, but for `$`, which
Python lets stand before a last line break as well; `\\Z` is what documents mean.
"""

import re
from functools import cache


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches somewhere in the text."""
    return _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern:
    return re.compile(pattern.replace("$", r"\Z"))
