"""Factorial designs: one draw for each factor."""

from . import boundary
from .notation import case, document, experiment, factor, group, record, variant
from .tests import compare

COLOURS = factor("colour", ("blue", "green"))
SIZES = factor("size", ("s", "m", "l"))


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_designs(), _edges(), _steps()]


def full(*factors: dict) -> dict:
    """A full factorial: a variant for each combination of levels, the first one being the control."""
    names = [""]
    for one in factors:
        names = [f"{name}-{level}".strip("-") for name in names for level in one["levels"]]
    arms = [variant(name, control=index == 0) for index, name in enumerate(names)]
    return {"factors": list(factors), "cells": names, "variants": arms}


def _designs() -> dict:
    """Two and three factors, cells that share a variant, a level without buckets, a hole, and one factor alone."""
    half = [variant("off", control=True), variant("on")]
    doc = document(
        [
            experiment("two_by_three", **full(COLOURS, SIZES)),
            experiment("three_by_two", **full(SIZES, COLOURS)),
            experiment("two_by_three_by_two", **full(COLOURS, SIZES, factor("shape", ("round", "square")))),
            experiment(
                "fraction",
                factors=[COLOURS, factor("size", ("s", "l"))],
                cells=["off", "on", "on", "off"],
                variants=half,
            ),
            experiment("one_factor", **full(COLOURS)),
            experiment(
                "uneven",
                **full(factor("colour", ("blue", "green"), (900_000, 1_000_000, "green"), (0, 900_000, "blue"))),
            ),
            experiment(
                "level_without_buckets", **full(factor("colour", ("blue", "green", "red"), (0, 1_000_000, "green")))
            ),
            experiment(
                "with_a_hole", **full(COLOURS, factor("size", ("s", "l"), (0, 300_000, "s"), (700_000, 1_000_000, "l")))
            ),
            experiment(
                "in_pieces", **full(factor("c", ("x", "y"), (0, 1, "x"), (1, 400_000, "y"), (400_000, 1_000_000, "x")))
            ),
        ]
    )
    return group("factors", doc, [case(f"unit {number}", {"user": f"u_{number}"}) for number in range(24)])


def _edges() -> dict:
    """Each factor draws with a key of its own: the experiment's salt, a slash and the factor's name."""
    doc = document(
        [
            experiment("halves", salt=boundary.EXPERIMENT_SALT, share_salt=True, **full(COLOURS)),
            experiment("with_sizes", salt=boundary.EXPERIMENT_SALT, share_salt=True, **full(COLOURS, SIZES)),
            experiment(
                "ends",
                salt=boundary.EXPERIMENT_SALT,
                share_salt=True,
                **full(factor("colour", ("blue", "green"), (0, 1, "blue"), (999_999, 1_000_000, "green"))),
            ),
        ]
    )
    cases = [
        case(f"variant bucket {bucket}", {"user": boundary.unit(boundary.FACTOR_SALT, "variant", bucket)})
        for bucket in (0, 499_999, 500_000, 999_999)
    ]
    return group("first and last bucket of a level", doc, cases)


def _steps() -> dict:
    """Factors are the last step: targeting, ramp, records and states are those of any experiment."""
    design = full(COLOURS, SIZES)
    doc = document(
        [
            experiment("targeted", targeting=compare("country", "eq", "IN"), **design),
            experiment("with_ramp", ramp=[{"buckets": 500_000}], **design),
            experiment("kept", sticky=True, **design),
            experiment("completed", state="completed", **design),
            experiment("graduated", state="graduated", graduation={"winner": "green-l"}, **design),
            experiment("listed", forced=[{"unit": "u_42", "variant": "blue-m"}], **design),
        ]
    )
    records = [record("kept", "green-m")]
    cases = [case(f"unit {number}", {"user": f"u_{number}", "country": "IN"}) for number in range(6)]
    return group(
        "factors among the steps",
        doc,
        [
            *cases,
            case("elsewhere, with a record", {"user": "u_1", "country": "US"}, sticky=records),
            case("on the list", {"user": "u_42"}),
            case("forced", {"user": "u_1"}, forced={"with_ramp": "green-s"}),
        ],
    )
