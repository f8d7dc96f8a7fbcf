"""The topics of a category: concepts and words of which a text must name one before the classifier may speak of it.

They keep it silent on what it has never seen the like of, and they are the gate: one scan says which texts can be about any category; most can not.
The scan over-approximates; the exact answer is that of the lexicon, so that it is the same without Hyperscan.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from streams.policy.concepts import Lexicon
from streams.policy.features import plain
prefilter_for=None

# What `plain` undoes hides words from the scan: a text that shows it goes through.
_TAMPERED = (
    "[a-z][013457@$!]+[a-z]",
    r"[a-z][ .\-_*]{1,2}[a-z][ .\-_*]{1,2}[a-z][ .\-_*]{1,2}[a-z](?:[^a-z0-9]|$)",
    "[013457@$!][a-z]{3}",
    "[a-z]{2}[@$!013457]",
)


class Topics:
    """Which categories a text can be about. `concepts` and `words`: by category."""

    def __init__(
        self,
        lexicon: Lexicon,
        concepts: Mapping[str, Sequence[str]],
        words: Mapping[str, Sequence[str]],
        *,
        cache: Path | None = None,
        with_hyperscan: bool = True,
    ) -> None:
        self._lexicon, self._concepts, self._words = lexicon, concepts, words
        numbers = {name: number for number, name in enumerate(lexicon.names)}
        self._numbers = {category: frozenset(numbers[name] for name in names) for category, names in concepts.items()}
        self._exact = {category: frozenset(each) for category, each in words.items()}
        self._candidates = prefilter_for([(tuple(self._anchors()),)], cache=cache, with_hyperscan=with_hyperscan).candidates

    def _anchors(self) -> Iterator[str]:
        yield from _TAMPERED
        for name in sorted({name for names in self._concepts.values() for name in names}):
            for phrase, stem in self._lexicon.phrases(name):
                yield _anchor(phrase, stem=stem)
        for word in sorted({word for words in self._words.values() for word in words}):
            yield _anchor([word], stem=False)

    def possible(self, text: str) -> bool:
        """Whether a text may be about any category: sometimes a false yes, never a false no."""
        scanned = text.encode() if text.isascii() else plain(text, limit=None).encode("utf-8", "replace")
        return bool(self._candidates(scanned))

    def named(self, concepts: Sequence[int], text: str) -> set[str]:
        """The categories that a `plain` text and its concepts allow."""
        words = set(text.split())
        return {
            category for category, numbers in self._numbers.items() if not (numbers.isdisjoint(concepts) and words.isdisjoint(self._exact[category]))
        }


def _anchor(phrase: Sequence[str], *, stem: bool) -> str:
    """An expression that is found wherever the lexicon finds the phrase."""
    source = "[^a-z0-9]+".join(re.escape(word) for word in phrase)
    if not phrase[0].isascii():
        return source
    return f"(?:^|[^a-z0-9]){source}" + ("" if stem else "(?:[^a-z0-9]|$)")
