"""Pseudo-random documents and contexts: combinations that nobody thought of."""

from .drawn_conditions import PATHS, attribute, condition
from .notation import (
    HOUR,
    NOW,
    case,
    claim,
    document,
    factor,
    flag,
    group,
    holdout,
    layer,
    ranges_of,
    record,
    rule,
    segment,
)
from .splitmix import SplitMix64

DOCUMENTS = 80
CONTEXTS = 9

UNITS = ("user", "device", "session")
IDS = (
    "u_1",
    "u_2",
    "u_3",
    "42",
    42,
    0,
    -7,
    "\u7528\u6237",
    "caf\u00e9",
    "cafe\u0301",
    "018f4e3a-7c1b-7a2e-9d55-3f0a6b1c2d4e",
)
NOT_IDS = ("", True, 2.5, None, {}, ["u_1"])
VALUES = {
    "boolean": ("true", "false"),
    "number": ("0", "1", "-2.5", "1000000"),
    "string": ('""', '"a"', '"\u7528\u6237"'),
    "object": ("{}", '{"a":[1,2]}', "[]"),
}
STATES = ("running",) * 12 + ("paused", "frozen", "completed", "graduated")
STRATEGIES = ("hash",) * 5 + ("random", "round_robin", "context")
# Of both layers that divide "page", each slot has one taker at most; "inner" lies within one of them.
SLOTS = [
    claim("page", (0, 400_000)),
    claim("page", (900_000, 1_000_000)),
    claim("inner", (0, 500_000)),
    claim("inner", (500_000, 900_000)),
]


def groups() -> list[dict]:
    """One group a document; the document's number is its seed."""
    return [_group(number) for number in range(DOCUMENTS)]


def drawn_document(rng: SplitMix64) -> dict:
    """A document with a bit of everything that compiles."""
    units = UNITS[: 1 + rng.below(3)]
    segments = [segment(f"s{index}", condition(rng, 2, [])) for index in range(rng.below(3))]
    named = [one["id"] for one in segments]
    flags = [_flag(rng, f"f{index}", units, named) for index in range(rng.below(5))]
    holdouts = [holdout(f"h{index}", rng.below(300_001), rng.pick(units)) for index in range(rng.below(3))]
    slots = list(SLOTS)
    experiments: list[dict] = []
    for index in range(1 + rng.below(6)):
        experiments.append(_experiment(rng, f"e{index}", units, flags, named, holdouts, slots, experiments))
    doc = document(
        experiments,
        flags,
        units,
        segments=segments,
        holdouts=holdouts,
        layers=[layer("page", units[0]), layer("inner", units[0], within=claim("page", (400_000, 900_000)))],
    )
    doc["seed"] = f"{rng.next():016x}"
    if rng.one_in(15):
        doc["switches"] = {"experiments": rng.one_in(2), "flags": rng.one_in(2)}
    return doc


def _group(number: int) -> dict:
    rng = SplitMix64(number)
    doc = drawn_document(rng)
    units, experiments = tuple(doc["units"]), doc["experiments"]
    cases = [
        case(f"context {index}", _context(rng, units), NOW + (rng.below(9) - 4) * HOUR, **_directives(rng, experiments))
        for index in range(CONTEXTS)
    ]
    return group(f"drawn {number}", doc, cases)


def _experiment(
    rng: SplitMix64,
    name: str,
    units: tuple,
    flags: list[dict],
    segments: list[str],
    holdouts: list[dict],
    slots: list[dict],
    earlier: list[dict],
) -> dict:
    iteration = 1 + rng.below(3)
    state = rng.pick(STATES)
    strategy = rng.pick(STRATEGIES)
    made: dict = {
        "id": name,
        "iteration": iteration,
        "salt": f"experiment:{name}@{iteration}",
        "unit": rng.pick(units),
        "state": state,
        "strategy": strategy,
        # Later ones stand lower, and say so: whatever flags they share is masked, or exclusive.
        "priority": -int(name[1:]),
        "allow_masking": True,
    }
    if strategy in ("hash", "context") and (state == "frozen" or rng.one_in(3)):
        made["sticky"] = True
        if len(units) > 1 and rng.one_in(3):
            made["fallback"] = rng.pick([unit for unit in units if unit != made["unit"]])
    elif state == "frozen":
        made["state"] = "running"
    if rng.one_in(6):
        made["start"] = NOW - rng.below(4) * HOUR
    if rng.one_in(8):
        made["end"] = NOW + (1 + rng.below(4)) * HOUR
    if rng.one_in(2):
        made["targeting"] = condition(rng, 3, segments)
    if rng.one_in(3):
        made["ramp"] = _ramp(rng)
    bound = [one["id"] for one in holdouts if one["unit"] == made["unit"] and rng.one_in(2)]
    if bound:
        made["holdouts"] = bound[::-1] if rng.one_in(2) else bound
    if slots and made["unit"] == units[0] and rng.one_in(2):
        made["layer"] = slots.pop(rng.below(len(slots)))
    needed = _prerequisites(rng, earlier)
    if needed:
        made["prerequisites"] = needed
    names = [f"v{index}" for index in range(2 + rng.below(3))]
    made["variants"] = _variants(rng, names, [one for one in flags if rng.one_in(3)])
    made |= _allocation(rng, names, strategy)
    if strategy == "context":
        made["placements"] = [
            {"condition": condition(rng, 2, segments), "variant": rng.pick(names)} for _ in range(1 + rng.below(2))
        ]
    if rng.one_in(4):
        made["forced"] = [{"unit": unit, "variant": rng.pick(names)} for unit in ("u_1", "caf\u00e9")]
    if state == "graduated":
        made["graduation"] = {"winner": rng.pick(names)}
        back = [one["id"] for one in holdouts if one["unit"] == made["unit"]]
        if back:
            made["graduation"]["hold_back"] = rng.pick(back)
    if rng.one_in(3):
        made["plan"] = f"{rng.next():016x}{rng.next():016x}"
    return made


def _prerequisites(rng: SplitMix64, earlier: list[dict]) -> list[dict]:
    """Of an earlier experiment alone, so that nothing needs itself."""
    if not earlier or not rng.one_in(6):
        return []
    other = rng.pick(earlier)
    variants = [variant["id"] for variant in other["variants"]]
    return [{"experiment": {"id": other["id"], "variants": variants[: 1 + rng.below(len(variants))]}}]


def _variants(rng: SplitMix64, names: list[str], claimed: list[dict]) -> list[dict]:
    control = rng.pick(names)
    variants = []
    for name in names:
        made: dict = {"id": name}
        if name == control:
            made["control"] = True
        overrides = {one["id"]: rng.pick(VALUES[one["type"]]) for one in claimed if rng.one_in(2)}
        if overrides:
            made["overrides"] = overrides
        variants.append(made)
    return variants


def _allocation(rng: SplitMix64, names: list[str], strategy: str) -> dict:
    if strategy == "round_robin":
        share = 1_000_000 // len(names)
        ends = [*range(share, share * len(names), share), 1_000_000]
        return {"allocation": ranges_of(tuple(zip([0, *ends], ends, names)))}
    if strategy == "hash" and rng.one_in(4):
        factors = [_factor(rng, f"x{index}") for index in range(1 + rng.below(3))]
        count = 1
        for one in factors:
            count *= len(one["levels"])
        return {"factors": factors, "cells": [rng.pick(names) for _ in range(count)]}
    return {"allocation": _ranges(rng, names, "variant")}


def _factor(rng: SplitMix64, name: str) -> dict:
    levels = ("l0", "l1", "l2")[: 2 + rng.below(2)]
    return {**factor(name, levels), "allocation": _ranges(rng, list(levels), "level")}


def _ranges(rng: SplitMix64, names: list[str], owner: str) -> list[dict]:
    """Disjoint ranges, some with holes between them, in any order."""
    cuts = sorted({rng.below(1_000_001) for _ in range(2 + rng.below(8))} | {0, 1_000_000})
    ranges = [
        {"start": start, "end": end, owner: rng.pick(names)} for start, end in zip(cuts, cuts[1:]) if not rng.one_in(8)
    ]
    return ranges[::-1] if rng.one_in(2) else ranges


def _ramp(rng: SplitMix64) -> list[dict]:
    buckets = sorted(rng.below(1_000_001) for _ in range(1 + rng.below(4)))
    hours = range(-4, 4, 2)
    stages = [{"from": NOW + hour * HOUR, "buckets": size} for hour, size in zip(hours, buckets)]
    if rng.one_in(3):
        del stages[0]["from"]
    return stages


def _flag(rng: SplitMix64, name: str, units: tuple, segments: list[str]) -> dict:
    value_type = rng.pick(tuple(VALUES))
    rules = []
    for _ in range(rng.below(4)):
        tested = None if rng.one_in(3) else condition(rng, 2, segments)
        buckets = rng.below(1_000_001) if rng.one_in(2) else None
        rules.append(rule(rng.pick(VALUES[value_type]), tested, buckets, rng.pick(units)))
    return flag(name, value_type, rng.pick(VALUES[value_type]), tuple(rules))


def _context(rng: SplitMix64, units: tuple) -> dict:
    context: dict = {}
    for unit in units:
        if not rng.one_in(8):
            context[unit] = rng.pick(NOT_IDS) if rng.one_in(8) else rng.pick(IDS)
    for path in PATHS:
        if not rng.one_in(4):
            _put(context, path, attribute(rng))
    return context


def _directives(rng: SplitMix64, experiments: list[dict]) -> dict:
    """What the host says beside the context, about some of the experiments."""
    made: dict = {}
    if rng.one_in(2):
        made["sticky"] = [_record(rng, rng.pick(experiments)) for _ in range(1 + rng.below(3))]
    if rng.one_in(6):
        one = rng.pick(experiments)
        made["forced"] = {one["id"]: rng.pick(one["variants"])["id"]}
    if rng.one_in(2):
        made["nonce"] = f"n_{rng.below(1000)}"
    if rng.one_in(2):
        made["counters"] = {one["id"]: rng.below(100) for one in experiments if rng.one_in(2)}
    return made


def _record(rng: SplitMix64, experiment: dict) -> dict:
    iteration = 1 + rng.below(3) if rng.one_in(3) else experiment["iteration"]
    variant = "v9" if rng.one_in(8) else rng.pick(experiment["variants"])["id"]
    return record(experiment["id"], variant, iteration, f"{rng.next():016x}")


def _put(context: dict, path: list[str], value: object) -> None:
    *parents, last = path
    for parent in parents:
        context = context.setdefault(parent, {})
    context[last] = value
