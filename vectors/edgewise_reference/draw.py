"""From a unit id to its two draws."""

from functools import cache
from typing import NamedTuple

from .siphash import siphash_2_4

BUCKETS = 1_000_000


class Draws(NamedTuple):
    """What one hash decides: `entry` (ramp, rollout) by its high half, `variant` by its low half."""

    hash: int
    entry: int
    variant: int


@cache
def key(seed: int, salt: str) -> bytes:
    """The SipHash key of a salt in a workspace: k0 is the seed, k1 the salt's hash under (seed, 0)."""
    k0 = seed.to_bytes(8, "little")
    k1 = siphash_2_4(k0 + bytes(8), salt.encode())
    return k0 + k1.to_bytes(8, "little")


def draw(salt_key: bytes, unit: bytes) -> Draws:
    """Hashes a unit's bytes, as they are, and takes both draws."""
    h = siphash_2_4(salt_key, unit)
    return Draws(h, bucket(h >> 32), bucket(h & 0xFFFF_FFFF))


def bucket(x: int) -> int:
    """Maps a 32-bit draw to [0, 1,000,000) by multiply-shift."""
    return (x * BUCKETS) >> 32
