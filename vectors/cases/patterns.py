"""Regular expressions: where they match, in bytes and in code points."""

from .notation import case, cases_of, document, group, targeted
from .tests import matches, negated


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_patterns(), _patterns_beyond_ascii()]


def _patterns() -> dict:
    """A pattern is looked for anywhere unless it is anchored."""
    patterns = [
        "",
        "^",
        "$",
        "^$",
        "mm",
        "^mm",
        "mm$",
        "^mm$",
        "a|b|^c",
        "^(ab)+c?$",
        "[a-c]+\\.x",
        "^v[0-9]+(\\.[0-9]+)*$",
    ]
    patterns += [
        "@example\\.(com|org)$",
        "^.$",
        "a.c",
        "x*",
        "^x*$",
        "iP(hone|ad)",
        "^(a|b)*abb$",
        "aab",
        "(^a|b$)",
        "^[A-Z][a-z]*$",
    ]
    conditions = {f"x matches {pattern}": matches("x", pattern) for pattern in patterns}
    conditions["not x matches mm"] = negated(matches("x", "mm"))
    given = [
        "",
        "mm",
        "m",
        "mmm",
        "xmm",
        "mmx",
        "a",
        "b",
        "c",
        "cx",
        "xc",
        "abab",
        "ababc",
        "ababcc",
        "abba",
        "abb",
        "aabb",
        "b.x",
        "bx",
        "d.x",
    ]
    given += [
        "v1",
        "v1.20.3",
        "v1.",
        "u@example.com",
        "u@example.com.evil",
        "u@exampleXcom",
        "iPhone",
        "iPadding",
        "iPod",
        "xxx",
        "xxy",
        "aaab",
    ]
    given += ["a\nc", "abc", "\n", "mm\n", "Word", "word", "WORD", "x" * 3000 + "aab", "\u0000", "mM"]
    others = [None, True, 10, ["mm"], {"mm": 1}]
    surrogate = case("x is a lone surrogate", r'{"user": "u_42", "x": "\ud800"}')
    return group("patterns", document(targeted(conditions)), [*cases_of("x", [*given, *others]), surrogate])


def _patterns_beyond_ascii() -> dict:
    """Patterns look at code points, tables at bytes: a full stop takes one code point, whatever its length."""
    patterns = ["caf\u00e9", "^.$", "^..$", "^\u7528.$", "\U0001f680+$", "^(\u00e9|e\u0301)$", "\u7528|\u6237"]
    conditions = {f"x matches {pattern}": matches("x", pattern) for pattern in patterns}
    given = [
        "caf\u00e9",
        "cafe\u0301",
        "\u00e9",
        "e\u0301",
        "\u7528",
        "\u7528\u6237",
        "\u6237\u7528",
        "\U0001f680",
        "\U0001f680\U0001f680",
        "\U0010ffff",
    ]
    given += [
        "\ud7ff",
        "\ue000",
        "\u0080",
        "\u07ff",
        "\u0800",
        "\uffff",
        "\U00010000",
        "a",
        "\n",
        "\u0085",
        "\u2028",
        "\U0001f680 ",
    ]
    return group("patterns beyond ASCII", document(targeted(conditions)), cases_of("x", given))
