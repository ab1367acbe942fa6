"""Pseudo-random documents and contexts: combinations that nobody thought of."""

from .notation import HOUR, NOW, case, compare, flag, group, member, negated, present, rule, text
from .splitmix import SplitMix64

DOCUMENTS = 40
CONTEXTS = 9

UNITS = ("user", "device", "session")
PATHS = (["country"], ["app", "version"], ["app", "build"], ["n"], ["beta"], ["plan name"], ["a", "b", "c"])
STRINGS = ("", "IN", "US", "pro", "2.10", "2.9", "caf\u00e9", "\u7528\u6237", "\U0001f680")
NUMBERS = (-1, 0, 0.5, 1, 2, 3, 17, 1e6)
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge")
TEXT_OPERATORS = ("starts_with", "ends_with", "contains")
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


def groups() -> list[dict]:
    """One group a document; the document's number is its seed."""
    return [_group(number) for number in range(DOCUMENTS)]


def _group(number: int) -> dict:
    rng = SplitMix64(number)
    units = UNITS[: 1 + rng.below(3)]
    flags = [_flag(rng, f"f{index}", units) for index in range(rng.below(5))]
    unclaimed = list(flags)
    experiments = []
    for index in range(1 + rng.below(4)):
        claimed, unclaimed = unclaimed[:1], unclaimed[1:]
        experiments.append(_experiment(rng, f"e{index}", units, claimed))
    doc = {"seed": f"{rng.next():016x}", "units": list(units), "experiments": experiments, "flags": flags}
    cases = [
        case(f"context {index}", _context(rng, units), NOW + (rng.below(9) - 4) * HOUR) for index in range(CONTEXTS)
    ]
    return group(f"drawn {number}", doc, cases)


def _experiment(rng: SplitMix64, name: str, units: tuple, claimed: list[dict]) -> dict:
    iteration = 1 + rng.below(3)
    made: dict = {
        "id": name,
        "iteration": iteration,
        "salt": f"experiment:{name}@{iteration}",
        "unit": rng.pick(units),
        "state": "paused" if rng.one_in(12) else "running",
    }
    if rng.one_in(3):
        made["start"] = NOW - rng.below(4) * HOUR
    if rng.one_in(4):
        made["end"] = NOW + (1 + rng.below(4)) * HOUR
    if not rng.one_in(3):
        made["targeting"] = _condition(rng, 3)
    if rng.one_in(2):
        made["ramp"] = _ramp(rng)
    names = [f"v{index}" for index in range(2 + rng.below(3))]
    made["variants"] = _variants(rng, names, claimed)
    made["allocation"] = _allocation(rng, names)
    if rng.one_in(3):
        made["plan"] = f"{rng.next():016x}{rng.next():016x}"
    return made


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


def _allocation(rng: SplitMix64, names: list[str]) -> list[dict]:
    """Disjoint ranges, some with holes between them, in any order."""
    cuts = sorted({rng.below(1_000_001) for _ in range(2 + rng.below(8))} | {0, 1_000_000})
    ranges = [
        {"start": start, "end": end, "variant": rng.pick(names)}
        for start, end in zip(cuts, cuts[1:])
        if not rng.one_in(8)
    ]
    return ranges[::-1] if rng.one_in(2) else ranges


def _ramp(rng: SplitMix64) -> list[dict]:
    buckets = sorted(rng.below(1_000_001) for _ in range(1 + rng.below(4)))
    hours = range(-4, 4, 2)
    stages = [{"from": NOW + hour * HOUR, "buckets": size} for hour, size in zip(hours, buckets)]
    if rng.one_in(3):
        del stages[0]["from"]
    return stages


def _flag(rng: SplitMix64, name: str, units: tuple) -> dict:
    value_type = rng.pick(tuple(VALUES))
    rules = []
    for _ in range(rng.below(4)):
        condition = None if rng.one_in(3) else _condition(rng, 2)
        buckets = rng.below(1_000_001) if rng.one_in(2) else None
        rules.append(rule(rng.pick(VALUES[value_type]), condition, buckets, rng.pick(units)))
    return flag(name, value_type, rng.pick(VALUES[value_type]), tuple(rules))


def _condition(rng: SplitMix64, depth: int) -> dict:
    kind = rng.below(8 if depth else 5)
    path = rng.pick(PATHS)
    if kind == 0:
        return present(path)
    if kind == 1:
        return _comparison(rng, path)
    if kind == 2:
        literals = rng.pick((STRINGS, NUMBERS))
        return member(path, *[rng.pick(literals) for _ in range(1 + rng.below(4))])
    if kind == 3:
        return text(path, rng.pick(TEXT_OPERATORS), rng.pick(STRINGS))
    if kind == 4:
        return {"constant": rng.one_in(2)} if rng.one_in(4) else _comparison(rng, path)
    if kind == 5:
        return negated(_condition(rng, depth - 1))
    return {("and", "or")[kind - 6]: [_condition(rng, depth - 1) for _ in range(rng.below(4))]}


def _comparison(rng: SplitMix64, path: list[str]) -> dict:
    if rng.one_in(4):
        return compare(path, rng.pick(OPERATORS[:2]), rng.one_in(2))
    return compare(path, rng.pick(OPERATORS), rng.pick(rng.pick((STRINGS, NUMBERS))))


def _context(rng: SplitMix64, units: tuple) -> dict:
    context: dict = {}
    for unit in units:
        if not rng.one_in(8):
            context[unit] = rng.pick(NOT_IDS) if rng.one_in(8) else rng.pick(IDS)
    for path in PATHS:
        if not rng.one_in(4):
            _put(context, path, _attribute(rng))
    return context


def _attribute(rng: SplitMix64) -> object:
    kind = rng.below(10)
    if kind < 4:
        return rng.pick(STRINGS)
    if kind < 8:
        return rng.pick(NUMBERS)
    return rng.pick((True, False, True, False, None, {}, [], ["IN"]))


def _put(context: dict, path: list[str], value: object) -> None:
    *parents, last = path
    for parent in parents:
        context = context.setdefault(parent, {})
    context[last] = value
