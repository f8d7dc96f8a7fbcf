"""The innermost loops of reading texts and weighing their words: in C where that was compiled at set-up (`compiled`), else by numpy (`plain`).

Both give the same; only the time differs.
"""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from streams.policy.features import Codes, Words
from streams.policy.literals import Hits, Literals, Needs
from streams.policy.loops.compiled import Compiled, library
from streams.policy.loops.plain import Plain
from streams.policy.ranges import Integers
from streams.policy.table import Table

Numbers = npt.NDArray[np.uint32]
Sums = npt.NDArray[np.int32]


class Loops(Protocol):
    def normal(self, texts: Sequence[str]) -> bytes:
        """The normal forms of texts, a byte 255 behind each."""

    def words(self, normal: bytes) -> Words:
        """The words of at most `MOST_BYTES` of normal forms."""

    def numbers(self, table: Table, keys: Codes) -> Numbers:
        """The row of each key in the table; 0 where it is not known."""

    def literals(self, literals: Literals, normal: bytes) -> tuple[Integers, Integers]:
        """The numbers and ends of all literals in a normal form, by their beginning, overlapping ones too."""

    def candidates(self, needs: Needs, hits: Hits) -> tuple[Integers, Integers]:
        """Texts and patterns that were hit as the patterns need it, each once, in ascending order. `hits`: text by text."""

    def sums(self, table: Table, numbers: Numbers, starts: Integers, ends: Integers) -> Sums:
        """(windows, columns): the sum of the rows of the words [`starts`, `ends`), their beginnings and pairs. `numbers`: (3, words)."""

    def characters(self, table: Table, words: Words, starts: Integers, ends: Integers) -> Sums:
        """(windows, columns): the sum of the rows of the characters in a row within the words [`starts`, `ends`)."""


@cache
def loops(*, compiled: bool = True) -> Loops:
    """The fastest that this machine has; without `compiled`, those of numpy."""
    return Compiled(found) if compiled and (found := library()) else Plain()
