"""Concepts: words and phrases of many languages that mean one thing to the classifier, such as `polling` or `whereabouts`.

They carry what no corpus of this size can teach: that two words are near each other in meaning, also across languages. Read from the pack's
`concepts.toml`: a table per concept, in it the words and phrases of each language, with commas between; `*` stands for any ending.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from streams.policy.features import Words
from streams.policy.normal import normal_words
from streams.policy.prefilter import literals_of

Integers = npt.NDArray[np.int64]


class Lexicon:
    """Which concepts a block of normal forms names, and where. One per process or thread."""

    def __init__(self, source: str, *, cache: Path | None = None, with_hyperscan: bool = True) -> None:
        tables = tomllib.loads(source)
        self.names = list(tables)
        concepts: dict[str, set[int]] = {}
        for number, by_language in enumerate(tables.values()):
            for phrase in (each for phrases in by_language.values() for each in phrases.split(",")):
                if literal := _literal(phrase.strip()):
                    concepts.setdefault(literal, set()).add(number)
        self.literals = sorted(concepts)
        self._found = literals_of(self.literals, cache=cache, with_hyperscan=with_hyperscan)
        self._closed = np.array([literal.endswith(" ") for literal in self.literals], dtype=np.int64)
        self._sizes = np.array([len(concepts[literal]) for literal in self.literals], dtype=np.int64)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._concepts = np.array([number for literal in self.literals for number in sorted(concepts[literal])], dtype=np.int64)
        self.size = len(self.names) * (len(self.names) + 1)

    def rows(self, normal: bytes, words: Words, starts: Integers, ends: Integers) -> tuple[Integers, Integers]:
        """Of the windows of words [`starts`, `ends`): numbers of windows and, below `size`, the concepts and pairs of concepts that each names."""
        at, concepts = self._named(normal, words)
        first, last = np.searchsorted(at, starts), np.searchsorted(at, ends)
        window, place = _ranges(first, last - first)
        count = len(self.names)
        keys = np.unique(window * count + concepts[place])
        window, concept = keys // count, keys % count
        behind = np.searchsorted(window, window, side="right") - np.arange(len(window)) - 1
        one, other = _ranges(np.arange(len(window)) + 1, behind)
        return np.concatenate([window, window[one]]), np.concatenate([concept, count + concept[one] * count + concept[other]])

    def _named(self, normal: bytes, words: Words) -> tuple[Integers, Integers]:
        """The word that each mention ends in, ascending, and its concept."""
        numbers, ends = (np.array(each, dtype=np.int64) for each in self._found.find(normal))
        at = np.searchsorted(words.starts, ends - 1 - self._closed[numbers], side="right") - 1
        which, place = _ranges(self._starts[numbers], self._sizes[numbers])
        at, concepts = at[which], self._concepts[place]
        order = np.argsort(at, kind="stable")
        return at[order], concepts[order]


def _literal(phrase: str) -> str:
    words = normal_words(phrase.rstrip("*"))
    return (f" {words}" if phrase.endswith("*") else f" {words} ") if words else ""


def _ranges(starts: Integers, sizes: Integers) -> tuple[Integers, Integers]:
    """For each of several ranges its number, repeated, and the integers in it."""
    number = np.repeat(np.arange(len(starts)), sizes)
    return number, np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(starts, sizes)


def names_in(lexicon: Lexicon, rows: Sequence[int]) -> list[str]:
    """Rows as names; of a pair both, with a plus."""
    count = len(lexicon.names)
    return [lexicon.names[row] if row < count else "+".join(lexicon.names[each] for each in divmod(row - count, count)) for row in rows]
