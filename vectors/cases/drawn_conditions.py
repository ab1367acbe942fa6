"""Pseudo-random conditions, and attributes for them to look at."""

from .splitmix import SplitMix64
from .tests import belongs, compare, holds, matches, member, negated, network, present, semver, text, timestamp

PATHS = (["country"], ["app", "version"], ["app", "build"], ["n"], ["beta"], ["plan name"], ["a", "b", "c"])
STRINGS = ("", "IN", "US", "pro", "2.10", "2.9", "caf\u00e9", "\u7528\u6237", "\U0001f680")
SPELLED = ("2.4.0-rc.1", "v2.4", "2026-01-05", "2026-01-05T00:30:00+01:00", "10.1.2.3", "2001:db8::1")
NUMBERS = (-1, 0, 0.5, 1, 2, 3, 17, 1e6, 1_767_571_200_000)
LISTS = ([], ["IN"], ["US", "pro"], ["pro", ""], ["IN", 1])
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge")
TEXT_OPERATORS = ("starts_with", "ends_with", "contains")
PATTERNS = ("^[A-Z]+$", "p.o|IN", "^2\\.[0-9]+$", "\u7528", "^$")
VERSIONS = ("2.4.0", "2.9.0", "2.10", "v3")
INSTANTS = ("2026-01-05", "2026-01-05T02:00:00Z", "2025-12-31T23:59:59.999Z")
NETWORKS = ("10.0.0.0/8", "2001:db8::/32", "::/0", "192.0.2.1")


def condition(rng: SplitMix64, depth: int, segments: list[str]) -> dict:
    """A tree of at most this depth, over the paths and the segments."""
    kind = rng.below(14 if depth else 11)
    path = rng.pick(PATHS)
    if kind == 11:
        return negated(condition(rng, depth - 1, segments))
    if kind > 11:
        return {("and", "or")[kind - 12]: [condition(rng, depth - 1, segments) for _ in range(rng.below(4))]}
    return _test(rng, kind, path, segments)


def attribute(rng: SplitMix64) -> object:
    """A value, often one that some test is true of."""
    kind = rng.below(12)
    if kind < 4:
        return rng.pick(STRINGS)
    if kind < 6:
        return rng.pick(SPELLED)
    if kind < 9:
        return rng.pick(NUMBERS)
    if kind < 10:
        return rng.pick(LISTS)
    return rng.pick((True, False, True, False, None, {}))


def _test(rng: SplitMix64, kind: int, path: list[str], segments: list[str]) -> dict:
    match kind:
        case 0:
            return present(path)
        case 1:
            literals = rng.pick((STRINGS, NUMBERS))
            return member(path, *[rng.pick(literals) for _ in range(1 + rng.below(4))])
        case 2:
            return text(path, rng.pick(TEXT_OPERATORS), rng.pick(STRINGS))
        case 3:
            return matches(path, rng.pick(PATTERNS))
        case 4:
            return semver(path, rng.pick(OPERATORS), rng.pick(VERSIONS))
        case 5:
            return timestamp([] if rng.one_in(3) else path, rng.pick(OPERATORS), rng.pick(INSTANTS))
        case 6:
            return network(path, *[rng.pick(NETWORKS) for _ in range(1 + rng.below(3))])
        case 7:
            return holds(path, rng.pick(("any", "all")), *[rng.pick(STRINGS) for _ in range(1 + rng.below(3))])
        case 8 if segments:
            return belongs(rng.pick(segments))
        case 9:
            return {"constant": rng.one_in(2)}
    return _comparison(rng, path)


def _comparison(rng: SplitMix64, path: list[str]) -> dict:
    if rng.one_in(4):
        return compare(path, rng.pick(OPERATORS[:2]), rng.one_in(2))
    return compare(path, rng.pick(OPERATORS), rng.pick(rng.pick((STRINGS, NUMBERS))))
