"""Documents at the limits of the format: what still compiles has to be answered."""

from .factors import full
from .notation import case, document, experiment, factor, group, holdout, segment, variant
from .prerequisites import needs
from .tests import belongs, compare, negated

USERS = [case(f"unit {number}", {"user": f"u_{number}", "n": number}) for number in range(8)]


def groups() -> list[dict]:
    """All of this file's groups."""
    return [_holdouts(), _depth(), _work(), _factors(), _segments(), _variants()]


def _holdouts() -> dict:
    """Sixteen holdouts bind one experiment, the last one named first."""
    holdouts = [holdout(f"h{number:02}", 50_000) for number in range(16)]
    bound = [one["id"] for one in reversed(holdouts)]
    return group("sixteen holdouts", document([experiment("bound", holdouts=bound)], holdouts=holdouts), USERS)


def _depth() -> dict:
    """Sixteen experiments that need one another in a row."""
    mostly = ((0, 50_000, "control"), (50_000, 1_000_000, "treatment"))
    made = [experiment("e00", allocation=mostly)]
    for number in range(1, 16):
        wanted = [needs(f"e{number - 1:02}", "treatment")]
        made.append(experiment(f"e{number:02}", prerequisites=wanted, allocation=mostly))
    return group("sixteen in a row", document(made), USERS)


def _work() -> dict:
    """Each needs the one before twice over, so that the last one asks 1,023 times."""
    mostly = ((0, 50_000, "control"), (50_000, 1_000_000, "treatment"))
    made = [experiment("e0", allocation=mostly)]
    for number in range(1, 9):
        before = f"e{number - 1}"
        wanted = [needs(before, "treatment"), needs(before, "control", "treatment")]
        made.append(experiment(f"e{number}", prerequisites=wanted, allocation=mostly))
    made.append(experiment("e9", prerequisites=[needs("e8", "treatment"), needs("e8", "treatment")], allocation=mostly))
    return group("1,023 questions", document(made), USERS)


def _factors() -> dict:
    """Ten factors of two levels make 1,024 cells."""
    design = full(*[factor(f"f{number}", ("0", "1")) for number in range(10)])
    halves = [variant("even", control=True), variant("odd")]
    cells = [("even", "odd")[name.count("1") % 2] for name in design["cells"]]
    made = experiment("parity", factors=design["factors"], cells=cells, variants=halves)
    return group("ten factors", document([made]), USERS)


def _segments() -> dict:
    """Fifteen segments, each the negation of the one before: with the negations a tree of 31 levels, of 32 that there may be."""
    named = [segment("s00", compare("n", "ge", 4))]
    for number in range(1, 16):
        named.append(segment(f"s{number:02}", negated(belongs(f"s{number - 1:02}"))))
    made = [experiment(f"in_{one['id']}", targeting=belongs(one["id"])) for one in (named[0], named[7], named[14])]
    made.append(experiment("not_in_s14", targeting=negated(belongs("s14"))))
    return group("segments within segments", document(made, segments=named), [*USERS, case("no n", {"user": "u_42"})])


def _variants() -> dict:
    """A thousand variants, a thousand buckets each."""
    names = [f"v{number:03}" for number in range(1000)]
    ranges = tuple((index * 1000, (index + 1) * 1000, name) for index, name in enumerate(names))
    arms = [variant(name, control=name == "v500") for name in names]
    return group("a thousand variants", document([experiment("many", allocation=ranges, variants=arms)]), USERS)
