"""Concepts: words and phrases of many languages that mean one thing to the classifier, such as `polling` or `whereabouts`.

They carry what no corpus of this size can teach: that two words are near each other in meaning, also across languages. Read from the pack's
`concepts.toml`: a table per concept, in it the words and phrases of each language, with commas between; `*` stands for any ending.
"""

import tomllib
from pathlib import Path

import numpy as np

from streams.policy.features import Words
from streams.policy.normal import normal_words
from streams.policy.prefilter import literals_of
from streams.policy.ranges import Integers, Lists, ranges


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
        self._concepts = Lists([sorted(concepts[literal]) for literal in self.literals])
        self.size = len(self.names) * (len(self.names) + 1)

    def rows(self, normal: bytes, words: Words, starts: Integers, ends: Integers) -> tuple[Integers, Integers]:
        """Of the windows of words [`starts`, `ends`): numbers of windows and, below `size`, the concepts and pairs of concepts that each names."""
        at, concepts = self._named(normal, words)
        first, last = np.searchsorted(at, starts), np.searchsorted(at, ends)
        window, place = ranges(first, last - first)
        count = len(self.names)
        keys = np.unique(window * count + concepts[place])
        window, concept = keys // count, keys % count
        behind = np.searchsorted(window, window, side="right") - np.arange(len(window)) - 1
        one, other = ranges(np.arange(len(window)) + 1, behind)
        return np.concatenate([window, window[one]]), np.concatenate([concept, count + concept[one] * count + concept[other]])

    def _named(self, normal: bytes, words: Words) -> tuple[Integers, Integers]:
        """The word that each mention ends in, ascending, and its concept."""
        numbers, ends = (np.array(each, dtype=np.int64) for each in self._found.find(normal))
        at = np.searchsorted(words.starts, ends - 1 - self._closed[numbers], side="right") - 1
        place, concepts = self._concepts.of(numbers)
        at = at[place]
        order = np.argsort(at, kind="stable")
        return at[order], concepts[order]


def _literal(phrase: str) -> str:
    words = normal_words(phrase.rstrip("*"))
    return (f" {words}" if phrase.endswith("*") else f" {words} ") if words else ""
