"""Literals that are looked for in normal forms, as a trie in arrays, and what patterns ask of them. Read by streams/policy/loops.

Nearly all literals begin with the space before a word, so that a text is entered at each of its words and left after two or three letters.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.policy.ranges import Integers, Lists

BEGINNINGS = 8, 6, 4  # kernel.c says the same
_FEW, _MANY, _MANY_FROM = 16, 19, 8_000  # bits of the sets of beginnings: small as long as they are not full
_HASH, _BITS, _HASH_64 = 0x9E3779B1, 32, 0x9E3779B97F4A7C15


class Literals:
    """Many literals, numbered in the order given; one that is there twice has the number of its last place.

    An edge leads from a node along a byte to another node: `keys` holds node * 256 + byte in ascending order, `children` the node that each leads
    to. `slots` holds the same as a hash table: key and child in turn, child 0 where a slot is free. `numbers`: of each node the number of the
    literal that ends there, or -1.

    `firsts`: of each byte, whether a literal begins with it; 2 if one does that is shorter than all `BEGINNINGS` by more than a byte, so that every
    place with it is entered. `begun`: for each length of these a set of hashes as 2^`bits` bits, of those literals that are as long and not as long
    as the length before. Most words of a text are in none.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        edges: dict[int, int] = {}
        ends: dict[int, int] = {}
        for number, source in enumerate(sources):
            node = 0
            for byte in source.encode():
                node = edges.setdefault(node << 8 | byte, len(edges) + 1)
            ends[node] = number
        self.longest = max((len(source.encode()) for source in sources), default=0)
        self.keys = np.array(sorted(edges), dtype=np.uint32)
        self.children = np.array([edges[key] for key in self.keys.tolist()], dtype=np.uint32)
        self.numbers = np.full(len(edges) + 1, -1, dtype=np.int32)
        self.numbers[list(ends)] = list(ends.values())
        self.firsts = np.zeros(256, dtype=np.uint8)
        self.bits = _FEW if len(sources) < _MANY_FROM else _MANY
        self.begun = np.zeros((len(BEGINNINGS), (1 << self.bits) // 8), dtype=np.uint8)
        for source in map(str.encode, sources):
            self._begin(source)
        self.shift = _BITS - max(4, (2 * len(edges)).bit_length())
        self.slots = self._slots()

    def _begin(self, source: bytes) -> None:
        which = next((number for number, size in enumerate(BEGINNINGS) if len(source) >= size), None)
        if which is None and len(source) == BEGINNINGS[-1] - 1:  # one byte too short: with any byte behind it
            for byte in range(256):
                self._begin(source + bytes([byte]))
            return
        self.firsts[source[0]] = max(self.firsts[source[0]], 2 if which is None else 1)
        if which is not None:
            begin = int.from_bytes(source[: BEGINNINGS[which]], "little")
            at = (begin * _HASH_64 & 0xFFFFFFFFFFFFFFFF) >> 64 - self.bits
            self.begun[which, at // 8] |= 1 << at % 8

    def _slots(self) -> npt.NDArray[np.uint32]:
        """At most half full, and never full, so that a search ends. All keys at once: those that find their slot taken try the next one."""
        size = 1 << (_BITS - self.shift)
        slots = np.zeros((size, 2), dtype=np.uint32)
        left, at = np.arange(len(self.keys)), (self.keys * np.uint32(_HASH)) >> np.uint32(self.shift)
        while len(left):
            free = np.flatnonzero(slots[at, 1] == 0)
            place, first = np.unique(at[free], return_index=True)
            taken = free[first]
            slots[place] = np.stack([self.keys[left[taken]], self.children[left[taken]]], axis=1)
            others = np.ones(len(left), dtype=bool)
            others[taken] = False
            left, at = left[others], (at[others] + np.uint32(1)) % np.uint32(size)
        return slots


class Needs(NamedTuple):
    """What each pattern asks of literals: by literal the patterns that have it in their `first` and in their `second` set; `alone`: of each pattern,
    whether it has no second set."""

    first: Lists
    second: Lists
    alone: npt.NDArray[np.uint8]


class Hits(NamedTuple):
    """Literals that were found, text by text: their numbers, and the texts that hold them."""

    numbers: Integers
    texts: Integers
