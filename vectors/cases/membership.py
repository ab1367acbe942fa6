"""Lists of strings, segments, and unit ids as attributes."""

from .notation import NOW, case, document, experiment, flag, group, rule, segment, targeted
from .tests import belongs, compare, holds, matches, member, negated, present, text, timestamp


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_lists(), _segments(), _unit_ids()]


def _lists() -> dict:
    """Any or all of the strings; a list with anything else in it is no list of strings."""
    conditions = {
        "any of one": holds("x", "any", "a"),
        "any of three": holds("x", "any", "b", "a", "c"),
        "all of one": holds("x", "all", "a"),
        "all of two": holds("x", "all", "b", "a"),
        "all, one of them twice": holds("x", "all", "a", "b", "a"),
        "any, beyond ASCII": holds("x", "any", "caf\u00e9", "\U0001f680"),
        "the empty string": holds("x", "any", ""),
        "the empty string and a": holds("x", "all", "", "a"),
        "not any of one": negated(holds("x", "any", "a")),
        "any of three hundred": holds("x", "any", *[f"t{number:03}" for number in range(299)], "a"),
        "a nested path": holds("user_tags.list", "any", "a"),
        "present": present("x"),
        "equal": compare("x", "eq", "a"),
        "in": member("x", "a", "b"),
        "contains": text("x", "contains", "a"),
        "matches": matches("x", "a"),
    }
    lists = [
        ["a"],
        ["b"],
        ["a", "b"],
        ["b", "a"],
        ["c", "b", "a"],
        ["a", "a"],
        [],
        [""],
        ["", "a"],
        ["A"],
        ["ab"],
        ["a\u0000"],
    ]
    lists += [
        ["caf\u00e9"],
        ["cafe\u0301"],
        ["\U0001f680"],
        ["t298"],
        ["t299"],
        ["x" * 3000, "a"],
        [f"t{number}" for number in range(500)],
    ]
    mixed = [["a", 1], [1], ["a", None], [None], ["a", True], [["a"]], [{"a": 1}], ["a", []]]
    others = ["a", "", 1, True, None, {}, {"0": "a"}, {"a": True}]
    cases = [case(f"x is {value!a}"[:80], {"user": "u_42", "x": value}) for value in [*lists, *mixed, *others]]
    cases.append(case("x is a list with a lone surrogate", r'{"user": "u_42", "x": ["a", "\ud800"]}'))
    cases.append(case("a nested list", {"user": "u_42", "user_tags": {"list": ["a"]}}))
    return group("lists", document(targeted(conditions)), [*cases, case("no list", {"user": "u_42"})])


def _segments() -> dict:
    """A segment is its condition, unknown included; segments use one another."""
    named = [
        segment("wide", {"or": [belongs("india"), belongs("staff")]}),
        segment("india", compare("country", "eq", "IN")),
        segment("staff", compare("staff", "eq", True)),
        segment("not_staff", negated(belongs("staff"))),
        segment("nobody", {"constant": False}),
        segment("\u7528\u6237", belongs("wide")),
        segment("unused", compare("never", "eq", 1)),
    ]
    conditions = {
        "in india": belongs("india"),
        "not in india": negated(belongs("india")),
        "in wide": belongs("wide"),
        "in india and not staff": {"and": [belongs("india"), belongs("not_staff")]},
        "in nobody": belongs("nobody"),
        "in another script": belongs("\u7528\u6237"),
        "twice": {"and": [belongs("wide"), belongs("wide")]},
    }
    flags = [flag("shown", "number", "0", (rule("1", belongs("wide")), rule("2", negated(belongs("staff")))))]
    placed = experiment(
        "placed",
        strategy="context",
        placements=[
            {"condition": belongs("not_staff"), "variant": "control"},
            {"condition": belongs("wide"), "variant": "treatment"},
        ],
    )
    contexts = [
        {"country": country, "staff": staff}
        for country in ("IN", "US", 1, None)
        for staff in (True, False, "yes", None)
    ]
    cases = [case(f"context {index}", {"user": "u_42", **context}) for index, context in enumerate(contexts)]
    return group("segments", document([*targeted(conditions), placed], flags, segments=named), cases)


def _unit_ids() -> dict:
    """A path of one name that is a unit type is that unit's id, as the string that is hashed."""
    conditions = {
        "user is u_1": compare("user", "eq", "u_1"),
        "user is not u_1": compare("user", "ne", "u_1"),
        "user is 42": compare("user", "eq", "42"),
        "user is the number 42": compare("user", "eq", 42),
        "user in a list": member("user", "u_1", "u_2"),
        "user begins with u_": text("user", "starts_with", "u_"),
        "user matches": matches("user", "^u_[0-9]$"),
        "user present": present("user"),
        "device present": present("device"),
        "device is 7": compare("device", "eq", "7"),
        "user as a date": timestamp("user", "ge", "2026-01-01"),
    }
    made = [experiment(name, unit="session", targeting=condition) for name, condition in conditions.items()]
    contexts = {
        "strings": {"user": "u_1", "device": "7"},
        "other strings": {"user": "u_3", "device": "d_3"},
        "integers": {"user": 42, "device": 7.0},
        "a digit string": {"user": "42"},
        "missing": {},
        "null": {"user": None, "device": None},
        "invalid": {"user": "", "device": True},
        "a fraction": {"user": 1.5},
        "too long": {"user": "u_" + "1" * 1023},
        "a list": {"user": ["u_1"]},
        "an object": {"device": {"name": "phone"}},
        "a date": {"user": "2026-01-05"},
        "milliseconds": {"user": NOW},
    }
    doc = document(made, units=("session", "user", "device"))
    return group(
        "unit ids as attributes", doc, [case(name, {"session": "s_1", **context}) for name, context in contexts.items()]
    )
