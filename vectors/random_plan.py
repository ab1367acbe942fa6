#!/usr/bin/env python3
"""Writes what random evaluations are made of: documents, and pools that contexts are drawn from.

`python3 vectors/random_plan.py 300` prints a plan of 300 documents as JSON. The plan says nothing about answers:
`core/examples/random_evaluations` and `wasm/test/random` draw the same contexts from it, and compare theirs.
"""

import json
import sys

from cases.drawn import IDS, NOT_IDS, drawn_document
from cases.drawn_conditions import LISTS, NUMBERS, PATHS, SPELLED, STRINGS
from cases.notation import NOW
from cases.splitmix import SplitMix64

# Far from the seeds of assign.json's groups, so that these are other documents.
FIRST_SEED = 1_000_000


def main() -> None:
    """Prints the plan."""
    count = int(sys.argv[1])
    plan = {
        "now": NOW,
        "ids": [*IDS, *NOT_IDS],
        "paths": PATHS,
        "values": [*STRINGS, *SPELLED, *NUMBERS, *LISTS, True, False, None, {}],
        "documents": [drawn_document(SplitMix64(FIRST_SEED + number)) for number in range(count)],
    }
    json.dump(plan, sys.stdout)


if __name__ == "__main__":
    main()
