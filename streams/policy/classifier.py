"""The statistical scanner: a linear model over words, pairs of words, characters and concepts, read from the pack. Beside the patterns, for what no
pattern foresees.

It reads many texts at once, and in three steps, so that ordinary traffic costs little: words say whether a window is about any category; of those
that may be, words and concepts are weighed for each; characters only where that comes near a threshold. Sums are of integers, so that every machine
gives the same scores.
"""

from collections.abc import Iterator
from math import exp

import numpy as np
import numpy.typing as npt

from streams.policy.concepts import Lexicon
from streams.policy.evidence import span_of_words
from streams.policy.loops import Loops, Numbers, loops
from streams.policy.matches import Match, RuleId
from streams.policy.model import CONCEPTS, MODEL, Model, parse
from streams.policy.pack import Pack
from streams.policy.ranges import Integers
from streams.policy.reading import Reading
from streams.policy.windows import Block, blocks

HIGHEST = 0.98  # score that is reported
BEST = 2  # windows shown per output
Margins = npt.NDArray[np.float64]


class Scorer:
    """Margins of windows. One per process or thread."""

    def __init__(self, model: Model, lexicon: Lexicon, by: Loops | None = None) -> None:
        self._model, self._lexicon, self._loops = model, lexicon, by or loops()
        self._scales = np.array([output.scales for output in model.outputs]).T
        self._biases = np.array([output.bias for output in model.outputs])
        self._gates = np.array([output.gate for output in model.outputs])

    def margins(self, block: Block) -> Margins:
        """(windows, outputs), exact where a threshold can be reached; elsewhere minus infinity."""
        result = np.full((len(block.starts), len(self._biases)), -np.inf)
        numbers = self._loops.numbers(self._model.words, block.words.keys)
        windows = np.flatnonzero(self.of_topic(block, numbers) >= self._model.topic.gate)
        found = self.of_words(block, numbers, windows)
        near = np.flatnonzero((found >= self._gates).any(axis=1))
        windows = windows[near]
        result[windows] = found[near] + self.of_characters(block, windows)
        return result

    def of_topic(self, block: Block, numbers: Numbers) -> npt.NDArray[np.float64]:
        """(windows): what words say of any category. `numbers`: the rows of the words."""
        topic = self._model.topic
        return _share(self._loops.sums(self._model.topics, numbers, block.starts, block.ends))[:, 0] * topic.scale + topic.bias

    def of_words(self, block: Block, numbers: Numbers, windows: Integers) -> Margins:
        """What words and concepts give some windows."""
        starts, ends = block.starts[windows], block.ends[windows]
        said = self._loops.sums(self._model.words, numbers, starts, ends)
        window, rows = self._lexicon.rows(block.words, starts, ends)
        named = _sums(self._model.concepts[rows], window, len(windows))
        return _share(said) * self._scales[0] + _share(named) * self._scales[2] + self._biases

    def of_characters(self, block: Block, windows: Integers) -> Margins:
        """What characters give some windows."""
        return _share(self._loops.characters(self._model.characters, block.words, block.starts[windows], block.ends[windows])) * self._scales[1]


def _sums(rows: npt.NDArray[np.int8], groups: Integers, count: int) -> npt.NDArray[np.int32]:
    """The sum of the rows of each group."""
    order = np.argsort(groups, kind="stable")
    sums = np.zeros((len(rows) + 1, rows.shape[1]), dtype=np.int32)
    np.cumsum(rows[order], axis=0, dtype=np.int32, out=sums[1:])
    ordered = groups[order]
    return sums[np.searchsorted(ordered, np.arange(count), side="right")] - sums[np.searchsorted(ordered, np.arange(count))]


def _share(total: npt.NDArray[np.int32]) -> Margins:
    """The sums over the length, which the last column holds the square of."""
    return total[:, :-1] / np.sqrt(np.maximum(1, total[:, -1:]).astype(np.float64))


class Classifier:
    """The model of a pack as a scanner. One per process or thread."""

    def __init__(self, pack: Pack, by: Loops | None = None) -> None:
        self.model = parse(pack.files[MODEL], concepts=pack.files[CONCEPTS])
        self.scorer = Scorer(self.model, Lexicon(pack.files[CONCEPTS], by), by)
        self._rules = [RuleId(output.rule, output.category, self.model.version) for output in self.model.outputs]
        # Below its threshold a margin is not told: two weak hints, of a pattern and of the model, would add up to a tag.
        self._least = np.array([output.threshold for output in self.model.outputs])
        self._doubt = float(self.model.header["doubt"])

    def scan(self, reading: Reading) -> Iterator[tuple[int, Match]]:
        """The matches, each with the number of its event."""
        for block in blocks(reading):
            margins = self.scorer.margins(block)
            margins -= self._doubt * ~block.first[:, None]
            for at in np.flatnonzero((margins >= self._least).any(axis=1)):
                yield from self._matches(reading, block, margins, int(at))

    def _matches(self, reading: Reading, block: Block, margins: Margins, at: int) -> Iterator[tuple[int, Match]]:
        event = int(block.events[at])
        others = np.flatnonzero(block.events == event)
        for number in self._kinds(margins[at] - self._least):
            better = (margins[others, number] > margins[at, number]) | ((margins[others, number] == margins[at, number]) & (others < at))
            if better.sum() < BEST:
                output = self.model.outputs[number]
                field, start, end = span_of_words(reading, block, at)
                yield event, Match(self._rules[number], score(margins[at, number], output.threshold, output.slope), field, start, end)

    def _kinds(self, beyond: Margins) -> list[int]:
        """Of each category that is found the output that is farthest beyond its threshold: its kinds are alternatives."""
        best: dict[str, int] = {}
        for number in np.flatnonzero(beyond >= 0).tolist():
            category = self.model.outputs[number].category
            if category not in best or beyond[number] > beyond[best[category]]:
                best[category] = number
        return list(best.values())


def score(margin: float, threshold: float, slope: float) -> float:
    """0.5 at the threshold; above it the odds beyond it."""
    return round(min(HIGHEST, 1.0 / (1.0 + exp(slope * (threshold - margin)))), 3)
