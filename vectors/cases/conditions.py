"""Every operator against every type, and three-valued logic."""

from itertools import product

from .notation import case, document, group, targeted
from .tests import compare, holds, matches, member, negated, network, present, semver, text, timestamp

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge")
TEXT_OPERATORS = ("starts_with", "ends_with", "contains")
TRUE, FALSE, UNKNOWN = {"constant": True}, {"constant": False}, compare("never_given", "eq", 1)


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_operators(), _negations(), _kleene(), _nesting(), _paths(), _numbers(), _strings()]


def _operators() -> dict:
    """Each operator with a literal of each type it knows."""
    return group("each operator against each type", document(targeted(_each_operator())), _cases_of("x", _VALUES))


def _negations() -> dict:
    conditions = {f"not {name}": negated(condition) for name, condition in _each_operator().items()}
    return group("unknown passes through not", document(targeted(conditions)), _cases_of("x", _VALUES))


def _each_operator() -> dict:
    conditions = {f"x {operator} true": compare("x", operator, True) for operator in ("eq", "ne")}
    conditions |= {f"x {operator} 10": compare("x", operator, 10) for operator in OPERATORS}
    conditions |= {f"x {operator} 'mm'": compare("x", operator, "mm") for operator in OPERATORS}
    conditions |= {f"x {operator} 'mm' (text)": text("x", operator, "mm") for operator in TEXT_OPERATORS}
    conditions["x in strings"] = member("x", "IN", "mm", "US")
    conditions["x in numbers"] = member("x", 3, 10, -0.5)
    conditions |= {f"x {operator} 2.0.0 (version)": semver("x", operator, "2.0.0") for operator in OPERATORS}
    conditions |= {f"x {operator} 2026 (instant)": timestamp("x", operator, "2026-01-01") for operator in OPERATORS}
    conditions |= {f"x holds {operator}": holds("x", operator, "mm", "IN") for operator in ("any", "all")}
    conditions["x in a network"] = network("x", "192.0.2.0/24")
    conditions["x matches"] = matches("x", "^mm")
    conditions["x present"] = present("x")
    return conditions


# What x may be, by name; "absent" is no x at all.
_VALUES = {
    "null": None,
    "true": True,
    "false": False,
    "the number": 10,
    "the number as a float": 10.0,
    "a smaller number": 9.999,
    "a greater number": 10.001,
    "zero, which is not false": 0,
    "one, which is not true": 1,
    "a number in the list": -0.5,
    "the string": "mm",
    "a smaller string": "ml",
    "a greater string": "mmm",
    "a string that ends so": "amm",
    "a string that holds it": "ammo",
    "the empty string": "",
    "another case": "MM",
    "a string in the list": "IN",
    "the number as a string": "10",
    "true as a string": "true",
    "an object": {"mm": 10},
    "an empty object": {},
    "a list": ["mm"],
    "a list of both": ["IN", "mm"],
    "an empty list": [],
    "a list with a number in it": ["mm", 10],
    "a version": "2.0.0",
    "a smaller version": "1.9",
    "an instant": "2026-01-01T00:00:00Z",
    "a later one": "2026-01-02",
    "that instant as a number": 1_767_225_600_000,
    "an address": "192.0.2.1",
    "another address": "::1",
}


def _cases_of(attribute: str, values: dict) -> list[dict]:
    given = [case(f"{attribute} is {name}", {"user": "u_42", attribute: value}) for name, value in values.items()]
    surrogate = case(f"{attribute} is a lone surrogate", r'{"user": "u_42", "%s": "\ud800"}' % attribute)
    return [case(f"{attribute} is absent", {"user": "u_42"}), *given, surrogate]


def _kleene() -> dict:
    """The truth tables of `and`, `or` and `not` over all triples."""
    truths = {"T": TRUE, "F": FALSE, "U": UNKNOWN}
    conditions = {f"{kind}()": {kind: []} for kind in ("and", "or")}
    for kind, size in product(("and", "or"), (1, 2, 3)):
        for letters in product(truths, repeat=size):
            conditions[f"{kind}({','.join(letters)})"] = {kind: [truths[letter] for letter in letters]}
    conditions |= {f"not {letter}": negated(truth) for letter, truth in truths.items()}
    conditions |= {f"not not {letter}": negated(negated(truth)) for letter, truth in truths.items()}
    conditions["U or not U"] = {"or": [UNKNOWN, negated(UNKNOWN)]}
    conditions["U and not U"] = {"and": [UNKNOWN, negated(UNKNOWN)]}
    return group("Kleene's tables", document(targeted(conditions)), [case("a user", {"user": "u_42"})])


def _nesting() -> dict:
    """Trees, long lists, and a guard by presence."""
    india_pro = {"and": [member("country", "IN", "US"), compare("app.plan", "eq", "pro")]}
    deep = compare("n", "ge", 3)
    for _ in range(10):
        deep = negated({"and": [{"or": [deep, FALSE]}, TRUE]})
    conditions = {
        "india_pro": india_pro,
        "india_pro or internal": {"or": [india_pro, compare("internal", "eq", True)]},
        "guarded": {"and": [present("n"), compare("n", "gt", 2)]},
        "guarded the other way": {"or": [negated(present("n")), compare("n", "gt", 2)]},
        "deep": deep,
        "between": {"and": [compare("n", "ge", 2), compare("n", "lt", 4)]},
        "any of sixty": {"or": [compare("n", "eq", number) for number in range(100, 160)]},
        "one of three hundred": member("country", *[f"C{number:03}" for number in range(299)], "IN"),
    }
    contexts = [
        {"country": "IN", "app": {"plan": "pro"}, "n": 3},
        {"country": "IN", "app": {"plan": "free"}, "internal": True, "n": 2},
        {"country": "DE", "app": {"plan": "pro"}, "internal": False, "n": 4},
        {"country": "IN", "n": 159},
        {"app": {"plan": "free"}, "n": "3"},
        {"internal": True},
        {"country": "C298", "n": 100},
        {"country": "C299", "n": 160},
        {},
    ]
    cases = [case(f"context {index}", {"user": "u_42", **context}) for index, context in enumerate(contexts)]
    return group("trees", document(targeted(conditions)), cases)


def _paths() -> dict:
    """Nested objects, names that need attr(), and what objects inherit in some languages."""
    paths = [
        ["app"],
        ["app", "version"],
        ["app.version"],
        ["a", "b", "c", "d"],
        ["a", "b.c", "d"],
        ["plan name"],
        ["\u7528\u6237"],
        ["\U0001f680"],
        [""],
        ["app", ""],
        ['quote"d'],
        ["0"],
        ["list", "0"],
        ["list", "length"],
        ["word", "length"],
        ["constructor"],
        ["toString"],
        ["__proto__"],
        ["app", "hasOwnProperty"],
    ]
    conditions = {f"present {'/'.join(path)}": present(path) for path in paths}
    conditions |= {f"{'/'.join(path)} is '1'": compare(path, "eq", "1") for path in paths}
    contexts = {
        "nothing": {},
        "nested": {"app": {"version": "1"}},
        "one name with a dot in it": {"app.version": "1"},
        "both, differing": {"app": {"version": "1"}, "app.version": "2"},
        "an object where a value is looked for": {"app": {"version": {"1": "1"}}},
        "a value where an object is looked for": {"app": "1"},
        "null where an object is looked for": {"app": None},
        "a list where an object is looked for": {"app": [{"version": "1"}]},
        "four deep": {"a": {"b": {"c": {"d": "1"}}, "b.c": {"d": "2"}}},
        "three deep with a dot": {"a": {"b.c": {"d": "1"}}},
        "unusual names": {"plan name": "1", "\u7528\u6237": "1", "\U0001f680": "1", 'quote"d': "1", "0": "1"},
        "empty names": {"": "1", "app": {"": "1"}},
        "lists and strings have no attributes": {"list": ["1"], "word": "1"},
        "own keys that shadow inherited ones": {
            "constructor": "1",
            "toString": "1",
            "__proto__": "1",
            "app": {"hasOwnProperty": "1"},
        },
    }
    cases = [case(name, {"user": "u_42", **context}) for name, context in contexts.items()]
    return group("paths", document(targeted(conditions)), cases)


def _numbers() -> dict:
    """Numbers are IEEE 754 doubles, however they are written."""
    conditions = {
        "x eq 0": compare("x", "eq", 0),
        "x eq -0.0": compare("x", "eq", -0.0),
        "x lt 0": compare("x", "lt", 0),
        "x in (0)": member("x", 0),
        "x in (-0.0, 5)": member("x", -0.0, 5),
        "x in (0, -0.0, 0)": member("x", 0, -0.0, 0),
        "x eq 0.3": compare("x", "eq", 0.3),
        "x gt 0.3": compare("x", "gt", 0.3),
        "x eq 2^53": compare("x", "eq", 9_007_199_254_740_992),
        "x gt 2^53 - 1": compare("x", "gt", 9_007_199_254_740_991),
        "x ge 1e308": compare("x", "ge", 1e308),
        "x gt 5e-324": compare("x", "gt", 5e-324),
        "x le -1.5": compare("x", "le", -1.5),
        "x ge a number of 16 digits": compare("x", "ge", 936.2395387648645),
        "x in many": member("x", *[number / 4 for number in range(-40, 40)]),
    }
    values = {
        "zero": 0,
        "minus zero": -0.0,
        "0.3": 0.3,
        "just below a number of 16 digits": 936.2395387648644,
        "0.1 + 0.2": 0.30000000000000004,
        "0.29999999999999993": 0.29999999999999993,
        "2^53 - 1": 9_007_199_254_740_991,
        "2^53": 9_007_199_254_740_992,
        "2^53 + 1, which rounds to 2^53": 9_007_199_254_740_993,
        "2^63": 9_223_372_036_854_775_808,
        "the greatest double": 1.7976931348623157e308,
        "the smallest double": 5e-324,
        "the next smallest": 1e-323,
        "-1.5": -1.5,
        "-1.25": -1.25,
        "9.75": 9.75,
        "9.76": 9.76,
    }
    return group("numbers", document(targeted(conditions)), _cases_of("x", values)[:-1])


def _strings() -> dict:
    """Strings are their UTF-8 bytes: no normalisation, no case, no locale, and not UTF-16's order."""
    conditions = {
        "x lt U+1F680": compare("x", "lt", "\U0001f680"),
        "x gt U+FF5E": compare("x", "gt", "\uff5e"),
        "x eq caf\u00e9 (NFC)": compare("x", "eq", "caf\u00e9"),
        "x ge caf\u00e9 (NFC)": compare("x", "ge", "caf\u00e9"),
        "x starts with caf\u00e9": text("x", "starts_with", "caf\u00e9"),
        "x ends with U+0301": text("x", "ends_with", "\u0301"),
        "x contains \u7528\u6237": text("x", "contains", "\u7528\u6237"),
        "x contains ''": text("x", "contains", ""),
        "x starts with ''": text("x", "starts_with", ""),
        "x ends with ''": text("x", "ends_with", ""),
        "x eq ''": compare("x", "eq", ""),
        "x gt ''": compare("x", "gt", ""),
        "x contains aab": text("x", "contains", "aab"),
        "x contains a null byte": text("x", "contains", "\u0000"),
        "x in (NFC, NFD, rocket)": member("x", "caf\u00e9", "cafe\u0301", "\U0001f680"),
        "x in ('')": member("x", ""),
        "x in (b, ab, abc, a)": member("x", "b", "ab", "abc", "a"),
    }
    values = {
        "empty": "",
        "composed": "caf\u00e9",
        "decomposed": "cafe\u0301",
        "upper case": "CAF\u00c9",
        "composed and more": "caf\u00e9s",
        "plain": "cafe",
        "U+FF5E": "\uff5e",
        "U+1F680": "\U0001f680",
        "U+1F680 in the middle": "a\U0001f680b",
        "U+10FFFF": "\U0010ffff",
        "Chinese": "\u65b0\u7528\u6237\u7ec4",
        "half of the Chinese": "\u65b0\u7528",
        "a needle after a false start": "aaab",
        "a needle cut short": "aaa",
        "a null byte": "a\u0000b",
        "a prefix of another literal": "a",
        "ab": "ab",
        "abcd": "abcd",
        "long": "x" * 3000 + "aab",
    }
    return group("strings", document(targeted(conditions)), _cases_of("x", values))
