"""A small generator whose numbers no Python version can change."""

MASK = 0xFFFF_FFFF_FFFF_FFFF


class SplitMix64:
    """Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014); constants as in
    https://prng.di.unimi.it/splitmix64.c.
    """

    def __init__(self, seed: int) -> None:
        self.state = seed & MASK

    def next(self) -> int:
        """The next 64 bits."""
        self.state = (self.state + 0x9E37_79B9_7F4A_7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB) & MASK
        return z ^ (z >> 31)

    def below(self, limit: int) -> int:
        """A number in [0, limit); the bias of the remainder does not matter here."""
        return self.next() % limit

    def one_in(self, count: int) -> bool:
        """True once in `count` times."""
        return self.below(count) == 0

    def pick(self, items):
        """One of the items."""
        return items[self.below(len(items))]
