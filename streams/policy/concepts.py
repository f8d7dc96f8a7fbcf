"""Concepts: words and phrases of many languages that mean one thing to the classifier, such as `polling` or `whereabouts`.

They carry what no corpus of this size can teach: that two words are near each other in meaning, also across languages. Read from the pack's
`concepts.toml`: a table per concept, in it the words and phrases of each language, with commas between; `*` stands for any ending.
"""

import tomllib
from collections.abc import Mapping

from streams.policy.features import plain

MOST_KEPT = 200_000  # words whose concepts are remembered
LONGEST_UNSPACED = 8  # characters of a phrase in a script without spaces


class Lexicon:
    """Which concepts a text names."""

    def __init__(self, source: str) -> None:
        self.names: list[str] = []
        self._words: dict[str, set[int]] = {}
        self._stems: dict[str, set[int]] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], bool, int]]] = {}
        self._unspaced: dict[str, set[int]] = {}
        self._kept: dict[str, frozenset[int]] = {}
        self._all: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
        for number, (name, by_language) in enumerate(tomllib.loads(source).items()):
            self.names.append(name)
            self._add(number, by_language)
        self.size = len(self.names) * (len(self.names) + 1)

    def _add(self, number: int, by_language: Mapping[str, str]) -> None:
        for phrase in (each for phrases in by_language.values() for each in phrases.split(",")):
            stem = phrase.rstrip().endswith("*")
            words = plain(phrase.rstrip().rstrip("*")).split()
            if not words:
                continue
            self._all.setdefault(self.names[number], []).append((tuple(words), stem))
            if _is_unspaced(words[0]):
                self._unspaced.setdefault("".join(words), set()).add(number)
            elif len(words) == 1:
                (self._stems if stem else self._words).setdefault(words[0], set()).add(number)
            else:
                self._phrases.setdefault(words[0], []).append((tuple(words), stem, number))

    def phrases(self, name: str) -> list[tuple[tuple[str, ...], bool]]:
        """The words of each phrase of a concept, and whether any ending is admitted."""
        return self._all[name]

    def concepts(self, text: str) -> list[int]:
        """Numbers of the concepts in a `plain` text, ascending."""
        words, found = text.split(), set()
        for place, word in enumerate(words):
            kept = self._kept.get(word)
            found |= self._of(word) if kept is None else kept
            for phrase, stem, number in self._phrases.get(word, ()):
                here = tuple(words[place : place + len(phrase)])
                if here == phrase or (stem and here[:-1] == phrase[:-1] and len(here) == len(phrase) and here[-1].startswith(phrase[-1])):
                    found.add(number)
        return sorted(found)

    def _of(self, word: str) -> frozenset[int]:
        found = set(self._words.get(word, ()))
        for end in range(2, len(word) + 1):
            found |= self._stems.get(word[:end], set())
        if _is_unspaced(word):
            pieces = (word[start : start + size] for start in range(len(word)) for size in range(1, LONGEST_UNSPACED + 1))
            for piece in pieces:
                found |= self._unspaced.get(piece, set())
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[word] = kept = frozenset(found)
        return kept

    def rows(self, found: list[int]) -> list[int]:
        """Numbers below `size`: the concepts of a text and all pairs of them."""
        count = len(self.names)
        return [*found, *(count + first * count + second for at, first in enumerate(found) for second in found[at + 1 :])]


def _is_unspaced(word: str) -> bool:
    return any("\u0e00" <= each <= "\u0eff" or "\u3040" <= each <= "\u30ff" or "\u3400" <= each <= "\u9fff" for each in word)
