"""The statistical scanner: a linear model over n-grams and concepts, read from the pack. Beside the patterns, for what no pattern foresees.

A text costs some microseconds where its topics are none of ours, about a hundred where it is read. Sums are of integers, so that every machine
gives the same scores.
"""

from collections.abc import Sequence
from math import exp
from pathlib import Path

import numpy as np
import numpy.typing as npt

from streams.policy.concepts import Lexicon
from streams.policy.features import buckets, plain
from streams.policy.matches import Content, Match, RuleId
from streams.policy.model import CONCEPTS, MODEL, Model, parse
from streams.policy.pack import Pack
from streams.policy.windows import Window, windows

CONCEPT_WEIGHT = 0.7  # of the concepts beside the n-grams, in training and in use
HIGHEST, LOWEST = 0.98, 0.3  # scores that are reported
BEST = 2  # windows shown per output
WINDOW_DOUBT = 1.0  # logits that a window of a longer text has against it: many windows are many chances to be wrong


class Scorer:
    """Logits of a text; of what it names no topic of, minus infinity."""

    def __init__(self, model: Model, lexicon: Lexicon, topics: "Topics") -> None:
        self._model, self._lexicon, self._topics = model, lexicon, topics
        self._scales = np.array([output.scale for output in model.outputs])
        self._biases = np.array([output.bias for output in model.outputs])

    def logits(self, text: str) -> npt.NDArray[np.float64]:
        """One logit per output, for one window."""
        model, seen = self._model, plain(text)
        concepts = self._lexicon.concepts(seen)
        named = self._topics.named(concepts, seen)
        if not named:
            return np.full(len(model.outputs), -np.inf)
        silent = np.array([output.category not in named for output in model.outputs])
        rows = buckets(seen)
        total = _share(model.ngrams[rows], model.ngram_squares[rows])
        pairs = self._lexicon.rows(concepts)
        total = total + CONCEPT_WEIGHT * _share(model.concepts[pairs], model.concept_squares[pairs])
        return np.where(silent, -np.inf, total * self._scales + self._biases)


def _share(weights: npt.NDArray[np.int8], squares: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The sum of the rows over their length."""
    return weights.sum(axis=0, dtype=np.int32) / np.sqrt(float(max(1, int(squares.sum(dtype=np.int64)))))


class Classifier:
    """The model of a pack as a scanner. One per process or thread."""

    def __init__(self, pack: Pack, *, cache: Path | None = None, with_hyperscan: bool = True) -> None:
        self.model = parse(pack.files[MODEL], concepts=pack.files[CONCEPTS])
        lexicon = Lexicon(pack.files[CONCEPTS])
        self.topics = Topics(lexicon, self.model.header["topics"], self.model.header["words"], cache=cache, with_hyperscan=with_hyperscan)
        self._scorer = Scorer(self.model, lexicon, self.topics)
        self._rules = [RuleId(output.rule, output.category, self.model.version) for output in self.model.outputs]
        # Below its threshold a score is not told: two weak hints, of a pattern and of the model, would add up to a tag.
        self._least = np.array([output.threshold for output in self.model.outputs])

    def scan_batch(self, contents: Sequence[Content]) -> list[list[Match] | tuple[()]]:
        """The matches in each event's content."""
        possible = self.topics.possible
        return [self._matches(content) if any(possible(text) for _, text in content) else () for content in contents]

    def _matches(self, content: Content) -> list[Match]:
        parts = list(windows(content))
        logits = np.array([self._scorer.logits(part.text) for part in parts])
        logits[1:] -= WINDOW_DOUBT
        best = logits.max(axis=0)
        matches: list[Match] = []
        for number in np.flatnonzero(best >= self._least):
            output = self.model.outputs[number]
            for at in _highest(logits[:, number]):
                if logits[at, number] >= output.threshold:
                    matches.append(_match(self._rules[number], parts[at], score(logits[at, number], output.threshold, output.floor)))
        return matches


def score(logit: float, threshold: float, floor: float) -> float:
    """0.5 at the threshold; above it the odds beyond it, below it down to `LOWEST` at the floor."""
    if logit >= threshold:
        return round(min(HIGHEST, 1.0 / (1.0 + exp(threshold - logit))), 3)
    return round(min(0.499, LOWEST + (0.5 - LOWEST) * (logit - floor) / (threshold - floor)), 3)


def _highest(logits: npt.NDArray[np.float64]) -> list[int]:
    return np.argsort(-logits, kind="stable")[:BEST].tolist()


def _match(rule: RuleId, part: Window, value: float) -> Match:
    return Match(rule, value, part.field, part.start, part.end)
