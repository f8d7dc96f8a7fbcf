"""Texts to sparse rows of features, by the code that the classifier reads with."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from streams.policy.concepts import Lexicon
from streams.policy.features import Codes, characters_of, words_of
from streams.policy.matches import Content
from streams.policy.normal import BETWEEN
from streams.policy.reading import Reading
from streams.policy.table import places
from streams.policy.windows import blocks

Floats = npt.NDArray[np.float32]
SQUARE_SCALE = 1.4  # squares of inverse document frequencies as small integers; their logarithms stay below 9.5


class Texts(NamedTuple):
    """Windows of contents as keys: of each its content, whether it is the beginning, and per part (words, characters, concepts) the window and the
    key of each mention."""

    owners: npt.NDArray[np.int64]
    first: npt.NDArray[np.bool_]
    mentions: tuple[tuple[npt.NDArray[np.int64], Codes], ...]


def read(contents: Sequence[Content], lexicon: Lexicon) -> Texts:
    """All windows of some contents."""
    owners, first = [], []
    mentions: tuple[list, list, list] = ([], [], [])
    count = 0
    for block in blocks(Reading(contents)):
        words = block.words
        for at, (start, end) in enumerate(zip(block.starts.tolist(), block.ends.tolist(), strict=True)):
            keys = np.concatenate([words.keys[0][start:end], words.keys[1][start:end], words.keys[2][start + 1 : end]])
            mentions[0].append((np.full(len(keys), count + at), keys))
            piece = words.normal[words.starts[start] - 1 : words.ends[end - 1] + 1] + BETWEEN
            for _, keys in characters_of(words_of(piece)):
                mentions[1].append((np.full(len(keys), count + at), keys))
        window, rows = lexicon.rows(words, block.starts, block.ends)
        mentions[2].append((window + count, rows.astype(np.uint64)))
        owners.append(block.events)
        first.append(block.first)
        count += len(block.events)
    joined = tuple(tuple(np.concatenate([each[place] for each in part]) for place in (0, 1)) for part in mentions)
    return Texts(np.concatenate(owners), np.concatenate(first), joined)


class Vocabulary(NamedTuple):
    """Keys that the model knows, ascending, and the inverse document frequency of each."""

    keys: Codes
    idf: Floats

    @property
    def squares(self) -> npt.NDArray[np.int8]:
        """As the model file holds them."""
        return np.clip(np.rint(self.idf**2 * SQUARE_SCALE), 0, 127).astype(np.int8)

    def vectors(self, windows: npt.NDArray[np.int64], keys: Codes, count: int) -> sparse.csr_matrix:
        """(count, keys): of each window its mentions, weighed and brought to length 1."""
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[at] == keys
        windows, at = windows[known], at[known]
        lengths = np.bincount(windows, weights=self.squares[at].astype(np.float64), minlength=count)
        values = self.idf[at] / np.sqrt(np.maximum(1, lengths) / SQUARE_SCALE)[windows]
        return sparse.csr_matrix((values.astype(np.float32), (windows, at)), shape=(count, len(self.keys)))


def vocabulary(windows: npt.NDArray[np.int64], keys: Codes, groups: npt.NDArray[np.int64], *, most: int, least: int) -> Vocabulary:
    """The keys of at least `least` windows of two groups, at most `most` of them, the commoner first; of two keys of one slot, the commoner.

    `groups`: of each window.
    """
    pairs = np.unique(np.stack([keys.view(np.int64), windows]), axis=1)
    found, starts, counts = np.unique(pairs[0], return_index=True, return_counts=True)
    owners = groups[pairs[1]]
    several = np.maximum.reduceat(owners, starts) != np.minimum.reduceat(owners, starts)
    kept = np.flatnonzero((counts >= least) & several)
    kept = kept[np.argsort(-counts[kept], kind="stable")]
    slots, _ = places(found[kept].view(np.uint64))
    kept = kept[np.sort(np.unique(slots, return_index=True)[1])][:most]
    chosen = found[kept].view(np.uint64)
    order = np.argsort(chosen)
    idf = np.log((windows.max(initial=0) + 2) / (counts[kept] + 1)).astype(np.float32)
    return Vocabulary(chosen[order], idf[order])


def of_concepts(windows: npt.NDArray[np.int64], rows: Codes, size: int) -> Vocabulary:
    """All concepts and pairs of them."""
    counts = np.bincount(rows.astype(np.int64), minlength=size)
    return Vocabulary(np.arange(size, dtype=np.uint64), np.log((windows.max(initial=0) + 2) / (counts + 1)).astype(np.float32))
