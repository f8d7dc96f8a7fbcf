"""The windows of a text in which the statistical model fired or nearly did, and the words that carried them: for explanations, not for the stream.

A word carries as much as the score falls when it is taken out of the window; so pairs of words and concepts count for each of their words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from math import inf
from typing import NamedTuple

import numpy as np

from streams.policy.classifier import Margins, Scorer, score
from streams.policy.concepts import Lexicon
from streams.policy.evidence import span_of_words
from streams.policy.matches import Content
from streams.policy.model import CONCEPTS, MODEL, Output, parse
from streams.policy.normal import character
from streams.policy.pack import Pack
from streams.policy.reading import Reading
from streams.policy.tamper import views_of
from streams.policy.windows import Block, blocks

THRESHOLD = 0.5  # score at which the model fires, by how scores are made
NEAR = 0.25  # below it, a window is not near
MOST_WORDS = 6  # shown of a window
LEAST_FALL = 0.1  # of the logarithm of the odds, for a word to be shown


class WindowReach(StrEnum):
    """How far a window got."""

    FIRED = "fired"
    THRESHOLD = "threshold"  # its score is too low
    GATE = "gate"  # its words alone come too near to nothing for the rest to be read
    KIND = "kind"  # another kind of its category is farther beyond its threshold


class Carrier(NamedTuple):
    """A word of a window, as it stands in the text, and the score that the window would have without it."""

    word: str
    without: float


class ModelTrace(NamedTuple):
    """One window and one rule of the model."""

    rule: str
    category: str
    field: str
    start: int
    end: int
    score: float
    reach: WindowReach
    carriers: tuple[Carrier, ...]

    @property
    def lacks(self) -> float:
        """What the score is short of."""
        return round(max(0.0, THRESHOLD - self.score), 3)


class ModelReader:
    """A pack's model with and without its gates: without them, every window has an exact score. One per process or thread."""

    def __init__(self, pack: Pack) -> None:
        model = parse(pack.files[MODEL], concepts=pack.files[CONCEPTS])
        lexicon = Lexicon(pack.files[CONCEPTS])
        self._outputs: Sequence[Output] = model.outputs
        self._doubt = float(model.header["doubt"])
        self._gated = Scorer(model, lexicon)
        open_outputs = tuple(replace(output, gate=-inf) for output in model.outputs)
        self._open = Scorer(replace(model, topic=replace(model.topic, gate=-inf), outputs=open_outputs), lexicon)

    def trace(self, content: Content) -> list[ModelTrace]:
        """Of each rule that comes near its threshold anywhere its best window, those that fired first, then by score."""
        best: dict[str, ModelTrace] = {}
        for view, original in _readings(content):
            for found in self._windows(view):
                start, end = original(found.start, found.end)
                if found.rule not in best or _rank(found) < _rank(best[found.rule]):
                    best[found.rule] = found._replace(start=start, end=end)
        return sorted(best.values(), key=_rank)

    def _windows(self, content: Content) -> Iterator[ModelTrace]:
        """The best window of each rule in one reading of a text."""
        reading = Reading([content])
        for block in blocks(reading):
            doubt = self._doubt * ~block.first[:, None]
            margins, gated = (scorer.margins(block) - doubt for scorer in (self._open, self._gated))
            for number, output in enumerate(self._outputs):
                at = int((gated if np.isfinite(gated[:, number]).any() else margins)[:, number].argmax()) if len(margins) else -1
                if at < 0 or (whole := _score(margins[at, number], output)) < NEAR:
                    continue
                place, reach = span_of_words(reading, block, at), self._reach(margins[at, number], gated[at], number)
                yield ModelTrace(output.rule, output.category, *place, whole, reach, self._carriers(reading, block, at, number))

    def _reach(self, margin: float, gated: Margins, number: int) -> WindowReach:
        own = self._outputs[number]
        if margin < own.threshold:
            return WindowReach.THRESHOLD
        if not np.isfinite(gated[number]):
            return WindowReach.GATE
        beyond = [margin - output.threshold for margin, output in zip(gated, self._outputs, strict=True) if output.category == own.category]
        return WindowReach.FIRED if gated[number] - own.threshold >= max(beyond) else WindowReach.KIND

    def _carriers(self, reading: Reading, block: Block, at: int, number: int) -> tuple[Carrier, ...]:
        """The words of a window without which it scores less, those that carry most first."""
        parts, output = _words(reading, block, at), self._outputs[number]
        words = [(part, place) for part, (_, places) in enumerate(parts) for place in places]
        margins = self._heads([_whole(parts), *(_without(parts, *word) for word in words)], number)
        falls = (margins[0] - margins[1:]) * output.slope
        doubt = 0.0 if block.first[at] else self._doubt
        order = [word for word in np.argsort(-falls, kind="stable")[:MOST_WORDS].tolist() if falls[word] >= LEAST_FALL]
        return tuple(Carrier(_word(parts, *words[word]), _score(margins[word + 1] - doubt, output)) for word in order)

    def _heads(self, contents: Sequence[Content], number: int) -> Margins:
        """Of short contents, the margin of an output; minus infinity where no word is left."""
        margins = np.full(len(contents), -inf)
        for block in blocks(Reading(contents)):
            margins[block.events[block.first]] = self._open.margins(block)[block.first, number]
        return margins


def _score(margin: float, output: Output) -> float:
    return score(float(margin), output.threshold, output.slope)


Span = tuple[int, int]
Part = tuple[str, list[Span]]  # a text and places of words in it


def _rank(found: ModelTrace) -> tuple[bool, float, str]:
    return (found.reach is not WindowReach.FIRED, -found.score, found.rule)


def _readings(content: Content) -> Iterator[tuple[Content, Callable[[int, int], Span]]]:
    """The content, and the other ways to read a text that hides its words, with what maps places back."""
    yield content, lambda start, end: (start, end)
    for field, text in content:
        for view in views_of(text):
            yield ((field, view.text),), view.original


def _words(reading: Reading, block: Block, at: int) -> list[Part]:
    """The texts that a window reaches into, and in each the places of the words that are in it."""
    start, end, found = int(block.starts[at]), int(block.ends[at]), []
    ends = [*block.texts[1:].tolist(), len(block.words.starts)]
    for number, (first, last) in enumerate(zip(block.texts.tolist(), ends, strict=True)):
        if first < end and start < last:
            text = reading.texts[block.number + number]
            found.append((text, _places(text)[max(start, first) - first : min(end, last) - first]))
    return found


def _places(text: str) -> list[Span]:
    """Code points [start, end) of the words of a text's normal form."""
    found: list[Span] = []
    inside = False
    for at, letter in enumerate(text):
        plain = character(letter)
        if plain == " ":
            inside = False
        elif inside and len(plain) == 1:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
            inside = len(plain) == 1
    return found


def _word(parts: Sequence[Part], part: int, place: Span) -> str:
    return parts[part][0][slice(*place)]


def _whole(parts: Sequence[Part]) -> Content:
    """A window's words as a content of its own."""
    return [(str(number), " ".join(text[start:end] for start, end in places)) for number, (text, places) in enumerate(parts)]


def _without(parts: Sequence[Part], part: int, place: Span) -> Content:
    """The same but for one word."""
    return _whole([(text, [each for each in places if number != part or each != place]) for number, (text, places) in enumerate(parts)])
