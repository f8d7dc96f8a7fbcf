"""The loops by numpy: what kernel.c does, where no compiler was at hand."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from streams.policy.features import MOST_BYTES, Codes, Words, characters_of, words_of
from streams.policy.literals import Hits, Literals, Needs
from streams.policy.normal import BETWEEN, joined
from streams.policy.ranges import Integers, Lists, ranges
from streams.policy.table import CHECK_BITS, Table, places


class Plain:
    def normal(self, texts: Sequence[str]) -> bytes:
        return joined(texts)

    def words(self, normal: bytes) -> Words:
        return words_of(normal)

    def numbers(self, table: Table, keys: Codes) -> npt.NDArray[np.uint32]:
        slots, checks = places(keys)
        known = table.known.take(slots)
        return np.where(known & ((1 << CHECK_BITS) - 1) == checks, known >> CHECK_BITS, 0).astype(np.uint32)

    def literals(self, literals: Literals, normal: bytes) -> tuple[Integers, Integers]:
        codes = np.frombuffer(normal + BETWEEN * literals.longest, dtype=np.uint8)
        starts = np.flatnonzero(literals.firsts[codes])
        nodes, at, found = np.zeros(len(starts), dtype=np.uint32), starts, []
        while len(at):
            keys = nodes << np.uint32(8) | codes[at]
            place = np.minimum(np.searchsorted(literals.keys, keys), len(literals.keys) - 1)
            goes_on = literals.keys[place] == keys
            nodes, starts, at = literals.children[place[goes_on]], starts[goes_on], at[goes_on] + 1
            ends_here = np.flatnonzero(literals.numbers[nodes] >= 0)
            found.append((literals.numbers[nodes[ends_here]], starts[ends_here], at[ends_here]))
        if not found:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        numbers, begins, ends = (np.concatenate(each).astype(np.int64) for each in zip(*found, strict=True))
        order = np.lexsort((ends, begins))
        return numbers[order], ends[order]

    def candidates(self, needs: Needs, hits: Hits) -> tuple[Integers, Integers]:
        count = max(1, len(needs.alone))
        first, second = (_keys(lists, hits, count) for lists in (needs.first, needs.second))
        keys = np.unique(first)
        keys = keys[needs.alone[keys % count].astype(bool) | np.isin(keys, second)]
        return keys // count, keys % count

    def sums(self, table: Table, numbers: npt.NDArray[np.uint32], starts: Integers, ends: Integers) -> npt.NDArray[np.int32]:
        total = np.zeros((len(starts), table.columns), dtype=np.int32)
        for part, later in enumerate((0, 0, 1)):  # the first pair of a window reaches out of it
            sizes = np.maximum(0, ends - starts - later)
            _, at = ranges(starts + later, sizes)
            total += _summed(table.rows.take(numbers[part][at], axis=0), sizes)
        return total

    def characters(self, table: Table, words: Words, starts: Integers, ends: Integers) -> npt.NDArray[np.int32]:
        total = np.zeros((len(starts), table.columns), dtype=np.int32)
        for windows, piece, firsts in _pieces(words, starts, ends):
            for word, keys in characters_of(piece):
                numbers = self.numbers(table, keys)
                known = np.flatnonzero(numbers)
                bounds = np.searchsorted(word[known], firsts)
                total[windows] += _summed(table.rows.take(numbers[known], axis=0), np.diff(bounds, append=len(known)))
        return total


def _pieces(words: Words, starts: Integers, ends: Integers) -> Iterator[tuple[slice, Words, Integers]]:
    """Windows cut out of their block, in batches of at most `MOST_BYTES`: which, their words, and of each window its first word."""
    cut = [
        words.normal[begin - 1 : end + 1] + BETWEEN for begin, end in zip(words.starts[starts].tolist(), words.ends[ends - 1].tolist(), strict=True)
    ]
    limits = np.append(0, np.cumsum([len(each) for each in cut], dtype=np.int64))
    at = 0
    while at < len(cut):
        until = max(at + 1, int(np.searchsorted(limits, limits[at] + MOST_BYTES, side="right")) - 1)
        piece = words_of(b"".join(cut[at:until]))
        yield slice(at, until), piece, np.searchsorted(piece.starts, limits[at:until] - limits[at])
        at = until


def _keys(lists: Lists, hits: Hits, count: int) -> Integers:
    """Text and pattern as one number, of every hit and each pattern that has the literal."""
    place, patterns = lists.of(hits.numbers)
    return hits.texts[place] * count + patterns


def _summed(rows: npt.NDArray[np.int8], sizes: Integers) -> npt.NDArray[np.int32]:
    """The sums of the rows of groups that stand one behind another."""
    sums = np.zeros((len(sizes), rows.shape[1]), dtype=np.int32)
    filled = np.flatnonzero(sizes)
    if len(filled):
        sums[filled] = np.add.reduceat(rows, (np.cumsum(sizes) - sizes)[filled], axis=0, dtype=np.int32)
    return sums
