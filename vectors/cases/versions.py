"""Versions, as texts spell them, and their order."""

from .notation import cases_of, document, group, targeted
from .tests import negated, semver

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge")


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_versions(), _version_order()]


def _versions() -> dict:
    """Each operator against spellings of versions, and against what is none."""
    conditions = {f"x {operator} 2.4.0": semver("x", operator, "2.4.0") for operator in OPERATORS}
    conditions |= {f"x {operator} v2.4": semver("x", operator, "v2.4") for operator in ("eq", "ge")}
    conditions["x eq 2"] = semver("x", "eq", "2")
    conditions["not x eq 2.4.0"] = negated(semver("x", "eq", "2.4.0"))
    spellings = [
        "2.4.0",
        "2.4",
        "2",
        "v2.4.0",
        "V2.4",
        "v2",
        "2.4.0+build.7",
        "2.4.0-rc.1",
        "v2.4.0-rc.1+exp.sha",
        "2.10.0",
        "2.3.99",
    ]
    spellings += ["10.0.0", "1.99.99", "0.0.0", "18446744073709551616.0.0", "2.4.0-0", "2.4.0--", "2.4.0+0-0.a"]
    none = [
        "",
        "v",
        "2.4.",
        ".4",
        "2.4.0.1",
        "02.4.0",
        "2.04",
        "2.4.00",
        "2.4-beta",
        "2-beta",
        "2.4+build",
        "2.4.0-",
        "2.4.0+",
    ]
    none += [
        "2.4.0-rc..1",
        "2.4.0-01",
        "2.4.0-a_b",
        " 2.4.0",
        "2.4.0 ",
        "2.4.0\n",
        "vv2.4.0",
        "2,4,0",
        "2.4.x",
        "-2.4.0",
        "\u0662.4.0",
    ]
    lengths = ["2.4.0-" + "1" * 250, "2.4.0-" + "1" * 251]
    return group(
        "versions",
        document(targeted(conditions)),
        cases_of("x", [*spellings, *none, *lengths, 2.4, ["2.4.0"], {"v": "2.4.0"}]),
    )


def _version_order() -> dict:
    """The example of section 11 of the specification, and identifiers of every kind, each against each."""
    order = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
    ]
    more = [
        "1.0.0-0",
        "1.0.0-9",
        "1.0.0-10",
        "1.0.0-18446744073709551616",
        "1.0.0--",
        "1.0.0-A",
        "1.0.0-a.0",
        "1.0.0-alpha.1.1",
        "1.0.1-0",
    ]
    conditions = {f"x lt {version}": semver("x", "lt", version) for version in order + more}
    return group("order of versions", document(targeted(conditions)), cases_of("x", order + more))
