"""Pattern tables, as documents hold them: a pattern becomes an automaton over bytes, laid out as core's `pattern` says.

Knows what the cases need: letters, escaped letters, `.`, classes of ASCII, groups, `|`, `*`, `+`, `?`, `^` and `$`.
Thompson's construction (Communications of the ACM 11, 1968), then the sets of its states that can be reached.
"""

from collections.abc import Iterable

MATCH = 0xFFFF
NO_MATCH = 0xFFFE
END = 256
ALL_BYTES = range(256)
CONTINUATION = range(0x80, 0xC0)

# The bytes of one code point that is no line break: https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7.
ANY_CODE_POINT = [
    [[byte for byte in range(0x80) if byte != 0x0A]],
    [range(0xC2, 0xE0), CONTINUATION],
    [[0xE0], range(0xA0, 0xC0), CONTINUATION],
    [[*range(0xE1, 0xED), 0xEE, 0xEF], CONTINUATION, CONTINUATION],
    [[0xED], range(0x80, 0xA0), CONTINUATION],
    [[0xF0], range(0x90, 0xC0), CONTINUATION, CONTINUATION],
    [range(0xF1, 0xF4), CONTINUATION, CONTINUATION, CONTINUATION],
    [[0xF4], range(0x80, 0x90), CONTINUATION, CONTINUATION],
]


def table(pattern: str) -> list[int]:
    """The words of the table that searches for the pattern anywhere in a text."""
    graph = _Graph()
    first, last = graph.state(), graph.state()
    _Parser(pattern, graph).alternatives(first, last)
    return _laid_out(*_subsets(graph, first, last))


class _Graph:
    """States with edges: by a byte, for nothing, at the start of the text, or at its end."""

    def __init__(self) -> None:
        self.by_byte: list[list[tuple[frozenset, int]]] = []
        self.free: list[list[tuple[str, int]]] = []

    def state(self) -> int:
        self.by_byte.append([])
        self.free.append([])
        return len(self.free) - 1

    def reach(self, states: Iterable[int], where: set[str]) -> frozenset:
        """The states, and those that follow without a byte, given what holds here."""
        reached, waiting = set(), list(states)
        while waiting:
            state = waiting.pop()
            if state not in reached:
                reached.add(state)
                waiting += [to for condition, to in self.free[state] if condition == "" or condition in where]
        return frozenset(reached)

    def step(self, states: frozenset, byte: int) -> set[int]:
        return {to for state in states for taken, to in self.by_byte[state] if byte in taken}


class _Parser:
    """Reads a pattern and draws the way from one state to another that takes what it matches."""

    def __init__(self, pattern: str, graph: _Graph) -> None:
        self.rest = list(pattern)
        self.graph = graph

    def alternatives(self, first: int, last: int) -> None:
        self._sequence(first, last)
        while self._took("|"):
            self._sequence(first, last)

    def _sequence(self, first: int, last: int) -> None:
        at = first
        while self.rest and self.rest[0] not in "|)":
            at = self._repeated(at)
        self.graph.free[at].append(("", last))

    def _repeated(self, before: int) -> int:
        """One item with what stands behind it; gives the state after it."""
        graph = self.graph
        first, last, after = graph.state(), graph.state(), graph.state()
        self._item(first, last)
        graph.free[before].append(("", first))
        graph.free[last].append(("", after))
        if self.rest and self.rest[0] in "*+?":
            mark = self.rest.pop(0)
            if mark in "*+":
                graph.free[last].append(("", first))
            if mark in "*?":
                graph.free[before].append(("", after))
        return after

    def _item(self, first: int, last: int) -> None:
        letter = self.rest.pop(0)
        match letter:
            case "^" | "$":
                self.graph.free[first].append((letter, last))
            case "(":
                if self._took("?"):
                    self.rest.pop(0)
                self.alternatives(first, last)
                self.rest.pop(0)
            case "[":
                self._bytes(first, last, [self._class()])
            case ".":
                for sequence in ANY_CODE_POINT:
                    self._bytes(first, last, sequence)
            case _:
                literal = self.rest.pop(0) if letter == "\\" else letter
                self._bytes(first, last, [[byte] for byte in literal.encode()])

    def _class(self) -> list[int]:
        """The bytes of a class such as `[a-z0-9_]`."""
        taken: list[int] = []
        while not self._took("]"):
            low = self.rest.pop(0)
            high = low
            if self._took("-"):
                high = self.rest.pop(0)
            taken += range(ord(low), ord(high) + 1)
        return taken

    def _bytes(self, first: int, last: int, sequence: list) -> None:
        at = first
        for taken in sequence[:-1]:
            after = self.graph.state()
            self.graph.by_byte[at].append((frozenset(taken), after))
            at = after
        self.graph.by_byte[at].append((frozenset(sequence[-1]), last))

    def _took(self, letter: str) -> bool:
        if self.rest and self.rest[0] == letter:
            self.rest.pop(0)
            return True
        return False


def _subsets(graph: _Graph, first: int, last: int) -> tuple[frozenset | int, dict[frozenset, list]]:
    """The start, and for each set of states what follows each byte, then the answer at the end of the text."""
    anew = graph.reach([first], set())
    rows: dict[frozenset, list] = {}

    def judged(states: frozenset) -> frozenset | int:
        if last in states:
            return MATCH
        return states if any(graph.by_byte[state] or graph.free[state] for state in states) else NO_MATCH

    def at_end(states: frozenset) -> int:
        return MATCH if last in graph.reach(states, {"$"}) else NO_MATCH

    start = judged(graph.reach([first], {"^"}))
    # An empty text has its start and its end in one place.
    empty = MATCH if last in graph.reach([first], {"^", "$"}) else NO_MATCH
    waiting = [start]
    while waiting:
        states = waiting.pop()
        if isinstance(states, int) or states in rows:
            continue
        rows[states] = [judged(graph.reach(graph.step(states, byte), set()) | anew) for byte in ALL_BYTES]
        rows[states].append(at_end(states))
        waiting += rows[states]
    if isinstance(start, frozenset) and rows[start][END] != empty:
        apart = frozenset({*start, -1})
        rows = {apart: [*rows[start][:END], empty], **rows}
        start = apart
    return start, rows


def _laid_out(start: frozenset | int, rows: dict[frozenset, list]) -> list[int]:
    """Header, the class of each byte, and the rows; bytes that every row treats alike are one class."""
    kinds: dict[tuple, int] = {}
    classes = [kinds.setdefault(tuple(row[byte] for row in rows.values()), len(kinds)) for byte in ALL_BYTES]
    columns = len(kinds) + 1
    index = {states: number * columns for number, states in enumerate(rows)}
    index |= {MATCH: MATCH, NO_MATCH: NO_MATCH}
    members = [classes.index(kind) for kind in range(len(kinds))]
    words = [columns, len(rows), index[start]]
    words += [classes[at] | classes[at + 1] << 8 for at in range(0, 256, 2)]
    for row in rows.values():
        words += [*(index[row[byte]] for byte in members), row[END]]
    return words
