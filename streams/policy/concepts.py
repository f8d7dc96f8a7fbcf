"""Concepts: words and phrases of many languages that mean one thing to the classifier, such as `polling` or `whereabouts`.

They carry what no corpus of this size can teach: that two words are near each other in meaning, also across languages. Read from the pack's
`concepts.toml`: a table per concept, in it the words and phrases of each language, with commas between; `*` stands for any ending.
"""

import tomllib

import numpy as np

from streams.policy.features import Words
from streams.policy.literals import Literals
from streams.policy.loops import Loops, loops
from streams.policy.normal import BETWEEN, normal_words
from streams.policy.ranges import Integers, Lists, ranges

_ARTICLE, _OPEN_FROM = "ال", 4  # letters from which an Arabic word may have any ending
_ATTACHED = "", "ال", "و", "وال", "ف", "ب", "بال", "ل", "لل"  # what is written in one with an Arabic word: articles, and, with, for


class Lexicon:
    """Which concepts a block of normal forms names, and where. One per process or thread."""

    def __init__(self, source: str, by: Loops | None = None) -> None:
        tables = tomllib.loads(source)
        self.names = list(tables)
        concepts: dict[str, set[int]] = {}
        for number, by_language in enumerate(tables.values()):
            for phrase, language in ((phrase, language) for language, phrases in by_language.items() for phrase in phrases.split(",")):
                for literal in _literals(phrase, language):
                    concepts.setdefault(literal, set()).add(number)
        literals = sorted(concepts)
        self._literals, self._loops = Literals(literals), by or loops()
        self._concepts = Lists([sorted(concepts[literal]) for literal in literals])
        self.size = len(self.names) * (len(self.names) + 1)

    def rows(self, words: Words, starts: Integers, ends: Integers) -> tuple[Integers, Integers]:
        """Of the windows of words [`starts`, `ends`): numbers of windows and, below `size`, the concepts and pairs of concepts that each names."""
        window, concepts = self._named(words, starts, ends)
        count = len(self.names)
        keys = np.unique(window * count + concepts)
        window, concept = keys // count, keys % count
        behind = np.searchsorted(window, window, side="right") - np.arange(len(window)) - 1
        one, other = ranges(np.arange(len(window)) + 1, behind)
        return np.concatenate([window, window[one]]), np.concatenate([concept, count + concept[one] * count + concept[other]])

    def _named(self, words: Words, starts: Integers, ends: Integers) -> tuple[Integers, Integers]:
        """All mentions: windows and concepts. A window is cut out with the gaps at its ends, so that nothing reaches from one into another."""
        bounds = zip((words.starts[starts] - 1).tolist(), (words.ends[ends - 1] + 1).tolist(), strict=True)
        cut = [words.normal[begin:end] for begin, end in bounds]
        numbers, behind = self._loops.literals(self._literals, BETWEEN.join(cut))
        limits = np.cumsum([len(each) + len(BETWEEN) for each in cut], dtype=np.int64)
        place, concepts = self._concepts.of(numbers)
        return np.searchsorted(limits, behind[place], side="right"), concepts


def _literals(phrase: str, language: str) -> list[str]:
    """What is looked for: a phrase between spaces, or any ending; an Arabic word with all that may be written in one with it."""
    words = normal_words(phrase.strip().rstrip("*"))
    if language == "ar":
        bare = words.removeprefix(_ARTICLE) if len(words) > _OPEN_FROM else words
        open_end = "" if len(bare) >= _OPEN_FROM else " "
        return [f" {before}{bare}{open_end}" for before in _ATTACHED] if bare else []
    return [f" {words}" if phrase.rstrip().endswith("*") else f" {words} "] if words else []
