"""Epochs of experiments and holdouts: digests of what decides who gets what."""

from .ranges import merged
from .siphash import siphash_2_4

STRATEGIES = {"hash": 0, "random": 1, "round_robin": 2, "context": 3}


def epoch(seed: int, experiment: dict) -> str:
    """16 hexadecimal digits over seed, salt, unit type, strategy, bucket ranges and factors, and nothing else."""
    message = _start(seed, experiment) + bytes([STRATEGIES[experiment.get("strategy", "hash")]])
    message += _ranges(experiment.get("allocation", []), "variant")
    if experiment.get("factors"):
        message += _list([_factor(one) for one in experiment["factors"]])
        message += _list([_text(cell) for cell in experiment["cells"]])
    return _digest(message)


def holdout_epoch(seed: int, holdout: dict) -> str:
    """16 hexadecimal digits over seed, salt, unit type and the number of buckets held out."""
    return _digest(_start(seed, holdout) + _u32(holdout["buckets"]))


def _factor(factor: dict) -> bytes:
    """The order of the levels decides which cell is whose."""
    levels = _list([_text(level) for level in factor["levels"]])
    return _text(factor["id"]) + levels + _ranges(factor["allocation"], "level")


def _start(seed: int, drawn: dict) -> bytes:
    return seed.to_bytes(8, "little") + _text(drawn["salt"]) + _text(drawn["unit"])


def _digest(message: bytes) -> str:
    return f"{siphash_2_4(bytes(16), message):016x}"


def _ranges(allocation: list[dict], owner: str) -> bytes:
    ranges = merged(allocation, owner)
    return _list([_u32(start) + _u32(end) + _text(name) for start, end, name in ranges])


def _list(items: list[bytes]) -> bytes:
    return _u32(len(items)) + b"".join(items)


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _u32(len(encoded)) + encoded
