#!/usr/bin/env python3
"""Finds unit ids whose draws fall on chosen buckets, for the boundary cases: `python3 vectors/search.py`.

Takes minutes; its findings are kept as constants in cases/boundary.py, which checks them each time.
"""

from edgewise_reference.draw import draw, key

SEED = 0x9F86_D081_884C_7D65

EDGES = (0, 99_999, 100_000, 333_333, 333_334, 499_999, 500_000, 899_999, 900_000, 999_999)
WANTED = {
    "experiment:boundary@1": {"entry": EDGES, "variant": EDGES},
    "flag:boundary": {"entry": (0, 249_999, 250_000, 999_999), "variant": ()},
    "layer:boundary": {"entry": (0, 249_999, 250_000, 749_999, 750_000, 999_999), "variant": ()},
    "holdout:boundary": {"entry": (0, 49_999, 50_000, 999_999), "variant": ()},
    "experiment:boundary@1/colour": {"entry": (), "variant": (0, 499_999, 500_000, 999_999)},
}


def main() -> None:
    """Prints `salt, draw, bucket, id` for the first id that falls on each wanted bucket."""
    for salt, wanted in WANTED.items():
        missing = {(name, bucket) for name, buckets in wanted.items() for bucket in buckets}
        salt_key = key(SEED, salt)
        number = 0
        while missing:
            unit = f"u_{number}"
            draws = draw(salt_key, unit.encode())
            for hit in (("entry", draws.entry), ("variant", draws.variant)):
                if hit in missing:
                    missing.remove(hit)
                    print(salt, *hit, unit, flush=True)
            number += 1


if __name__ == "__main__":
    main()
