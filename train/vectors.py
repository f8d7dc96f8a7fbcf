"""Texts to dense rows of features, with the inverse document frequencies that the model file carries baked into its weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.policy.classifier import CONCEPT_WEIGHT
from streams.policy.concepts import Lexicon
from streams.policy.features import BITS, buckets, plain

Array = npt.NDArray[np.float32]
SQUARE_SCALE = 3.0  # squares of inverse document frequencies as bytes; their logarithms stay below 9.2


@dataclass(frozen=True)
class Read:
    """One text as the model sees it."""

    ngrams: npt.NDArray[np.uint32]
    concepts: list[int]  # rows: concepts and pairs
    named: list[int]  # concepts
    text: str


def read(text: str, lexicon: Lexicon) -> Read:
    """Buckets and concept rows of a text."""
    seen = plain(text)
    named = lexicon.concepts(seen)
    return Read(buckets(seen), lexicon.rows(named), named, seen)


@dataclass(frozen=True)
class Frequencies:
    """Inverse document frequency of each bucket and concept row."""

    ngrams: Array
    concepts: Array

    @classmethod
    def of(cls, texts: Sequence[Read], concept_rows: int) -> "Frequencies":
        ngrams, concepts = np.ones(2 << BITS), np.ones(concept_rows)
        for text in texts:
            ngrams[np.unique(text.ngrams)] += 1
            concepts[text.concepts] += 1
        return cls(*(np.log((len(texts) + 1) / counts).astype(np.float32) for counts in (ngrams, concepts)))

    def squares(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """As the model file holds them."""
        first, second = (np.clip(np.rint(each**2 * SQUARE_SCALE), 0, 255).astype(np.uint8) for each in (self.ngrams, self.concepts))
        return first, second


def dense(texts: Sequence[Read], frequencies: Frequencies) -> Array:
    """(texts, 2 ** BITS + concept rows)."""
    rows, squares = 1 << BITS, frequencies.squares()
    features = np.zeros((len(texts), rows + len(frequencies.concepts)), dtype=np.float32)
    signs = np.where(np.arange(2 << BITS) & 1, -1, 1).astype(np.float32)
    for number, text in enumerate(texts):
        length = np.sqrt(max(1.0, float(squares[0][text.ngrams].sum(dtype=np.int64))) / SQUARE_SCALE)
        values = frequencies.ngrams[text.ngrams] * signs[text.ngrams] / length
        features[number, :rows] = np.bincount(text.ngrams >> 1, weights=values, minlength=rows)
        if text.concepts:
            length = np.sqrt(max(1.0, float(squares[1][text.concepts].sum(dtype=np.int64))) / SQUARE_SCALE)
            features[number, rows + np.array(text.concepts)] = CONCEPT_WEIGHT * frequencies.concepts[text.concepts] / length
    return features


def baked(weights: Array, frequencies: Frequencies) -> tuple[Array, Array]:
    """Weights (features, outputs) as tables per bucket and concept row, in the units in which the classifier divides by the length."""
    rows = 1 << BITS
    signs = np.where(np.arange(2 << BITS) & 1, -1, 1).astype(np.float32)
    unit = np.float32(np.sqrt(SQUARE_SCALE))
    ngrams = np.repeat(weights[:rows], 2, axis=0) * (signs * frequencies.ngrams * unit)[:, None]
    return ngrams, weights[rows:] * (frequencies.concepts * unit)[:, None]
