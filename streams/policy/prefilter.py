"""Which patterns may match a text: the literals in it, found by one scan over many texts; RE2 confirms.

Too much is let through, never too little. Hyperscan finds a few thousand literals at a third of a microsecond per text; what costs is to be told of a
hit, so that rare words are looked for (streams/policy/anchors.py). Without Hyperscan the same literals are found by plain Python.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from streams.policy.database import database_of
from streams.policy.ranges import Integers, Lists
from streams.policy.reading import Reading

# One or two sets of anchors; a text must hold one of each for the pattern to match.
Needs = tuple[tuple[str, ...], ...]


class Hits(NamedTuple):
    """Literals that were found: their numbers, and the texts that hold them."""

    numbers: Integers
    texts: Integers


class Literals(Protocol):
    """Finds literals in a normal form."""

    def find(self, normal: bytes) -> tuple[list[int], list[int]]:
        """Numbers and ends of all literals, overlapping ones too."""


class Compiled:
    """Literals by Hyperscan. One per process: the scratch space is not shared between threads."""

    def __init__(self, database: Any) -> None:
        self._database, self._scan = database, database.scan

    def find(self, normal: bytes) -> tuple[list[int], list[int]]:
        numbers: list[int] = []
        ends: list[int] = []
        note, place = numbers.append, ends.append

        def on_hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            note(number)
            place(end)

        self._scan(normal, match_event_handler=on_hit)
        return numbers, ends


class Plain:
    """Literals by plain Python: those that begin with a space are looked for at spaces only."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._numbers = {source.encode(): number for number, source in enumerate(sources)}
        self._spaced = sorted({len(literal) for literal in self._numbers if literal.startswith(b" ")})
        self._lengths = sorted({len(literal) for literal in self._numbers if not literal.startswith(b" ")})
        self._first = {literal[0] for literal in self._numbers if not literal.startswith(b" ")}

    def find(self, normal: bytes) -> tuple[list[int], list[int]]:
        numbers, ends = [], []
        for at, byte in enumerate(normal):
            for length in self._spaced if byte == ord(" ") else self._lengths if byte in self._first else ():
                number = self._numbers.get(normal[at : at + length])
                if number is not None:
                    numbers.append(number)
                    ends.append(at + length)
        return numbers, ends


def literals_of(sources: Sequence[str], *, cache: Path | None, with_hyperscan: bool = True) -> Literals:
    """The best way to find literals that this machine has."""
    database = database_of(sources, cache, literal=True) if with_hyperscan else None
    return Compiled(database) if database else Plain(sources)


def hits_in(reading: Reading, literals: Literals) -> Hits:
    """All literals in the texts of a reading."""
    numbers, ends = literals.find(reading.normal)
    return Hits(np.array(numbers, dtype=np.int64), np.searchsorted(reading.ends, np.array(ends, dtype=np.int64)))


class Plan:
    """What is looked for, and what hits say of patterns.

    A pattern may match where one of its first set was hit, and, if it has a second set, one of that, too. `always`: patterns that have nothing that
    could be looked for.
    """

    def __init__(self, patterns: Sequence[Needs]) -> None:
        self.sources = sorted({anchor for needs in patterns for each in needs for anchor in each if anchor})
        self.always = frozenset(number for number, needs in enumerate(patterns) if "" in needs[0])
        self._count = max(1, len(patterns))
        self._alone = np.array([len(needs) == 1 for needs in patterns], dtype=bool)
        self._first, self._second = (self._lists(patterns, place) for place in (0, 1))

    def _lists(self, patterns: Sequence[Needs], place: int) -> Lists:
        """Literal -> the patterns that have it in their first (0) or second (1) set."""
        numbers = {source: number for number, source in enumerate(self.sources)}
        found: list[list[int]] = [[] for _ in self.sources]
        for pattern, needs in enumerate(patterns):
            for anchor in needs[place] if len(needs) > place else ():
                if anchor:
                    found[numbers[anchor]].append(pattern)
        return Lists(found)

    def candidates(self, hits: Hits) -> list[tuple[int, int]]:
        """(text, pattern) for all that may match beside those of `always`, in ascending order."""
        keys = np.unique(self._keys(self._first, hits))
        sure = self._alone[keys % self._count]
        if not sure.all():
            sure |= np.isin(keys, self._keys(self._second, hits))
        keys = keys[sure]
        return list(zip((keys // self._count).tolist(), (keys % self._count).tolist(), strict=True))

    def _keys(self, lists: Lists, hits: Hits) -> Integers:
        """Text and pattern as one number, of every hit and each pattern that has the literal."""
        place, patterns = lists.of(hits.numbers)
        return hits.texts[place] * self._count + patterns
