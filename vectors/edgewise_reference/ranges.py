"""Half-open bucket ranges that belong to something: a variant, a level, a slot."""


def merged(ranges: list[dict], owner: str) -> list[tuple[int, int, str | None]]:
    """`(start, end, owner)` by start, where ranges of one owner that touch are one; `owner` names the field."""
    made: list[tuple[int, int, str | None]] = []
    for item in sorted(ranges, key=lambda item: item["start"]):
        start, end, mine = item["start"], item["end"], item.get(owner)
        if made and made[-1][1:] == (start, mine):
            start = made.pop()[0]
        made.append((start, end, mine))
    return made


def owner_of(ranges: list[dict], owner: str, bucket: int) -> str | None:
    """Whose range the bucket lies in."""
    return next((item[owner] for item in ranges if item["start"] <= bucket < item["end"]), None)


def contains(ranges: list[dict], bucket: int) -> bool:
    """Whether the bucket lies in one of the ranges."""
    return any(item["start"] <= bucket < item["end"] for item in ranges)


def disjoint(some: list[dict], others: list[dict]) -> bool:
    """Whether no bucket lies in both."""
    return not any(a["start"] < b["end"] and b["start"] < a["end"] for a in some for b in others)
