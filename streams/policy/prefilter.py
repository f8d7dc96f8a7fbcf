"""Which patterns may match a text: the literals in it, found by one walk over many texts; RE2 confirms.

Too much is let through, never too little. What costs is a hit, so that rare words are looked for (streams/policy/anchors.py).
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from streams.policy.literals import Hits, Literals, Needs
from streams.policy.ranges import Lists
from streams.policy.reading import Reading

# One or two sets of anchors; a text must hold one of each for the pattern to match.
Anchors = tuple[tuple[str, ...], ...]


class Plan:
    """What is looked for, and what hits say of patterns.

    A pattern may match where one of its first set was hit, and, if it has a second set, one of that, too. `always`: patterns that have nothing that
    could be looked for.
    """

    def __init__(self, patterns: Sequence[Anchors]) -> None:
        sources = sorted({anchor for anchors in patterns for each in anchors for anchor in each if anchor})
        self.always = frozenset(number for number, anchors in enumerate(patterns) if "" in anchors[0])
        self.literals = Literals(sources)
        numbers = {source: number for number, source in enumerate(sources)}
        alone = np.array([len(anchors) == 1 for anchors in patterns], dtype=np.uint8)
        self._needs = Needs(_lists(patterns, numbers, 0), _lists(patterns, numbers, 1), alone)

    def candidates(self, reading: Reading) -> list[tuple[int, int]]:
        """(text, pattern) for all that may match, in ascending order."""
        numbers, ends = reading.loops.literals(self.literals, reading.normal)
        hits = Hits(numbers, np.searchsorted(reading.ends, ends))
        found = list(zip(*(each.tolist() for each in reading.loops.candidates(self._needs, hits)), strict=True))
        if not self.always:
            return found
        return sorted({*found, *product(range(len(reading.texts)), self.always)})


def _lists(patterns: Sequence[Anchors], numbers: dict[str, int], place: int) -> Lists:
    """Literal -> the patterns that have it in their first (0) or second (1) set."""
    found: list[list[int]] = [[] for _ in numbers]
    for pattern, anchors in enumerate(patterns):
        for anchor in anchors[place] if len(anchors) > place else ():
            if anchor:
                found[numbers[anchor]].append(pattern)
    return Lists(found)
