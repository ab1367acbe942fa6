"""What share of the draws each variant gets."""

from collections import Counter
from fractions import Fraction
from itertools import product

from .draw import BUCKETS

Shares = dict[str, Fraction]


def propensities(experiment: dict) -> Shares:
    """Each variant's share, exactly; the shares sum to less than 1 where buckets belong to nobody."""
    variants = [variant["id"] for variant in experiment["variants"]]
    if experiment.get("strategy") == "round_robin":
        return dict.fromkeys(variants, Fraction(1, len(variants)))
    if experiment.get("factors"):
        shares = _of_cells(experiment)
    else:
        shares = _of_ranges(experiment["allocation"], "variant")
    return {variant: shares.get(variant, Fraction(0)) for variant in variants}


def _of_ranges(ranges: list[dict], owner: str) -> Shares:
    shares: Counter = Counter()
    for item in ranges:
        shares[item[owner]] += Fraction(item["end"] - item["start"], BUCKETS)
    return shares


def _of_cells(experiment: dict) -> Shares:
    """Factors are drawn independently: a combination's share is the product of those of its levels."""
    drawn = [(factor["levels"], _of_ranges(factor["allocation"], "level")) for factor in experiment["factors"]]
    shares: Counter = Counter()
    for cell, combination in zip(experiment["cells"], product(*(levels for levels, _ in drawn)), strict=True):
        share = Fraction(1)
        for level, (_, of_levels) in zip(combination, drawn, strict=True):
            share *= of_levels.get(level, Fraction(0))
        shares[cell] += share
    return shares
