"""An experiment's epoch: the digest of what decides who gets which variant."""

from .siphash import siphash_2_4

HASH_STRATEGY = 0


def epoch(seed: int, experiment: dict) -> str:
    """16 hexadecimal digits over seed, salt, unit type, strategy and bucket ranges, and nothing else."""
    message = seed.to_bytes(8, "little") + _text(experiment["salt"]) + _text(experiment["unit"])
    message += bytes([HASH_STRATEGY])
    ranges = merged(experiment["allocation"])
    message += _u32(len(ranges))
    for start, end, variant in ranges:
        message += _u32(start) + _u32(end) + _text(variant)
    return f"{siphash_2_4(bytes(16), message):016x}"


def merged(allocation: list[dict]) -> list[tuple[int, int, str]]:
    """The ranges by start, where ranges of one variant that touch are one."""
    ranges: list[tuple[int, int, str]] = []
    for item in sorted(allocation, key=lambda item: item["start"]):
        start, end, variant = item["start"], item["end"], item["variant"]
        if ranges and ranges[-1][1:] == (start, variant):
            start = ranges.pop()[0]
        ranges.append((start, end, variant))
    return ranges


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _u32(len(encoded)) + encoded
