"""Instants: texts, numbers, and the time of the evaluation."""

from .notation import HOUR, NOW, case, cases_of, document, group, targeted
from .tests import timestamp

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge")


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_instants(), _now()]


def _instants() -> dict:
    """Each operator against texts and numbers, and against what is no instant."""
    noon = "2026-01-05T12:00:00Z"
    conditions = {f"x {operator} noon": timestamp("x", operator, noon) for operator in OPERATORS}
    conditions["x eq a date"] = timestamp("x", "eq", "2026-01-05")
    conditions["x lt a nanosecond after"] = timestamp("x", "lt", "2026-01-05T12:00:00.000000001Z")
    conditions["x gt long ago"] = timestamp("x", "gt", "0001-01-01T00:00:00Z")
    conditions["x lt the last second"] = timestamp("x", "lt", "9999-12-31T23:59:59Z")
    conditions["x ge before 1970"] = timestamp("x", "ge", "1969-12-31T23:59:59.999Z")
    conditions["x eq a leap second"] = timestamp("x", "eq", "2016-12-31T23:59:60Z")
    texts = [
        noon,
        "2026-01-05t12:00:00z",
        "2026-01-05 12:00:00Z",
        "2026-01-05T13:00:00+01:00",
        "2026-01-05T06:30:00-05:30",
    ]
    texts += [
        "2026-01-05T12:00:00.000Z",
        "2026-01-05T12:00:00.0000000009Z",
        "2026-01-05T12:00:00.000000001Z",
        "2026-01-05T12:00:00-00:00",
    ]
    texts += [
        "2026-01-05T11:59:59.999999999Z",
        "2026-01-05",
        "2026-01-05T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "2017-01-01T00:00:00Z",
    ]
    texts += [
        "2017-01-01T05:29:60.5+05:30",
        "2024-02-29T00:00:00Z",
        "2000-02-29",
        "1969-12-31T23:59:59.999Z",
        "1969-12-31T23:59:59.998Z",
    ]
    texts += [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.5-23:59",
        "2015-06-30T23:59:60Z",
    ]
    none = [
        "",
        "now",
        "2026",
        "2026-01",
        "2026-1-5",
        "2026-01-05T12:00Z",
        "2026-01-05T12:00:00",
        "2026-01-05T12:00:00.Z",
        "2026-13-01",
    ]
    none += [
        "2026-00-01",
        "2026-01-00",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-01-05T24:00:00Z",
        "2026-01-05T12:60:00Z",
    ]
    none += [
        "2026-01-05T12:00:61Z",
        "2026-01-05T23:59:60Z",
        "2016-12-31T22:59:60Z",
        "2026-01-05T12:00:00+24:00",
        "2026-01-05T12:00:00+0100",
    ]
    none += [
        "2026-01-05T12:00:00+01",
        "0000-01-01",
        "10000-01-01",
        "+2026-01-05",
        "2026-01-05T12:00:00Z ",
        " 2026-01-05",
        "2026-01-05Z",
        "20260105",
    ]
    none += ["2026-01-05_12:00:00Z", "1767614400000", "\u0662\u0660\u0662\u0666-01-05"]
    numbers = [
        NOW + 12 * HOUR,
        NOW + 12 * HOUR + 0.5,
        NOW + 12 * HOUR - 0.25,
        float(NOW),
        0,
        -1,
        -1.5,
        8.64e15,
        8_640_000_000_000_001,
        -8.64e15,
    ]
    numbers += [-8_640_000_000_000_001, 1e300, 1_483_228_800_000]
    return group("instants", document(targeted(conditions)), cases_of("x", [*texts, *none, *numbers, True, [noon], {}]))


def _now() -> dict:
    """The empty path is the time of the evaluation."""
    conditions = {f"now {operator} noon": timestamp([], operator, "2026-01-05T00:00:00Z") for operator in OPERATORS}
    conditions["now lt a microsecond later"] = timestamp([], "lt", "2026-01-05T00:00:00.000001Z")
    conditions["now is before 1970"] = timestamp([], "lt", "1970-01-01")
    times = {"then": NOW, "a millisecond before": NOW - 1, "a millisecond later": NOW + 1, "in 1970": 0, "before": -1}
    cases = [case(name, {"user": "u_42", "": "2026-01-05", "now": 0}, now) for name, now in times.items()]
    return group("the time of the evaluation", document(targeted(conditions)), cases)
