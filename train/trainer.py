"""The steps of training in their order: read, vary, vectorize, validate by group, set thresholds, fit all, write."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from streams.policy.concepts import Lexicon
from streams.policy.model import CONCEPTS, FORMAT, MODEL, PARTS, Output, Topic, digest, render
from streams.policy.table import places
from train import corpus, validate
from train.augment import augmented, mixtures
from train.card import write_card
from train.corpus import Row
from train.fitting import Fit, Floats, slopes
from train.vectors import SQUARE_SCALE, Texts, Vocabulary, of_concepts, read, vocabulary

MODEL_VERSION = 2  # of the rules that the model's detections carry: raised when their meaning changes
ORDINARY_WEIGHT, CASE_WEIGHT, WINDOW_WEIGHT, VARIANT_WEIGHT, SIBLING_WEIGHT = 3.0, 15.0, 0.5, 0.5, 0.3


@dataclass(frozen=True)
class Settings:
    """What can be chosen.

    `cost`, `topic_cost`: of an error in training; `topic`: the share of the topic in each output; `concepts`: how much the concepts count beside the
    words; `doubt`: the margin that a window of a longer text has against it; `lost`: share of right tags that each gate may lose.
    """

    folds: int = 3
    seed: int = 20240606
    cost: float = 0.2
    topic: float = 0.5
    topic_cost: float = 0.05
    concepts: float = 0.7
    doubt: float = 0.5
    lost: float = 0.01
    words: int = 120_000
    characters: int = 120_000
    budget: validate.Budget = field(default_factory=validate.Budget)


class Data(NamedTuple):
    """All windows as vectors: `parts`, one matrix for each of the model's parts. `owners`: rows; `judged`: what is tested, too."""

    parts: tuple[sparse.csr_matrix, ...]
    vocabularies: tuple[Vocabulary, ...]
    owners: npt.NDArray[np.int64]
    first: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.bool_]
    labels: npt.NDArray[np.bool_]
    on_topic: npt.NDArray[np.bool_]
    weights: Floats

    def split(self, chosen: Fit) -> list[Floats]:
        """The margins as sums: of each part, the bias with the first."""
        bounds = np.cumsum([0, *(len(each.keys) for each in self.vocabularies)])
        found = [part @ chosen.weights[bounds[at] : bounds[at + 1]] for at, part in enumerate(self.parts)]
        found[0] = found[0] + chosen.biases
        return found


def train(corpus_folder: Path, pack_folder: Path, settings: Settings, *, docs: Path | None = None) -> Iterator[str]:
    """Write the pack's model file, and into the folder `docs` its card. Yields what it does and finds."""
    rows = corpus.read(corpus_folder)
    real = len(rows)
    outputs = list(corpus.with_labels(rows))
    concepts = (pack_folder / CONCEPTS).read_text(encoding="utf-8")
    lexicon = Lexicon(concepts)
    yield f"{len(rows)} rows, {len({row.group for row in rows})} groups, {len(outputs)} outputs"
    rows += corpus.cases_of(pack_folder)
    rows += mixtures(rows, random.Random(settings.seed))
    data = prepared(rows, outputs, lexicon, settings)
    yield f"{len(data.owners)} texts of {', '.join(f'{len(each.keys)} {part}' for each, part in zip(data.vocabularies, PARTS, strict=True))}"
    margins = validate.held_out(rows, data, settings)
    limits = validate.thresholds(rows, outputs, margins.whole, settings.budget)
    figures = validate.figures(rows, validate.tagged(rows, outputs, margins.whole, limits))
    yield from (f"{name}: {values}" for name, values in figures.items())
    truth = np.array([[row.labels.get(category) == kind for category, kind in outputs] for row in rows])
    gates, topic_gate = validate.gates(margins, truth, limits, lost=settings.lost)
    final = validate.fitted(data, np.ones(len(data.owners), dtype=bool), settings)
    chosen, limits = limits, above_cases(rows, data, sum(data.split(final.outputs)), limits)
    yield "raised above the pack's own cases: " + ", ".join(
        f"{category}.{kind} {low:.2f} to {high:.2f}" for (category, kind), low, high in zip(outputs, chosen, limits, strict=True) if high > low
    )
    tables, scales, topic_scale = quantized(final, data.vocabularies, concepts=settings.concepts)
    biases, topic = final.outputs.biases, Topic(topic_scale, round(float(final.topic.biases[0]), 6), round(topic_gate, 6))
    named = [
        Output(*output, [round(float(part[at]), 9) for part in scales], *(round(float(each[at]), 6) for each in (biases, limits, gates)), slope)
        for (at, output), slope in zip(enumerate(outputs), (round(each, 4) for each in slopes(margins.whole, truth)), strict=True)
    ]
    header = "\n".join([_header(settings, corpus.corpus_hash(corpus_folder), concepts, data, figures, topic), *map(_described, named)])
    text = render(header, tables)
    (pack_folder / MODEL).write_text(text, encoding="utf-8")
    yield f"wrote {pack_folder / MODEL}: {len(text)} bytes"
    if docs:
        facts = {"texts": real, "lost": settings.lost, "groups": len({row.group for row in rows}), "folds": settings.folds, **asdict(settings.budget)}
        yield f"wrote {write_card(pack_folder, docs, facts)}"


def prepared(rows: Sequence[Row], outputs: Sequence[tuple[str, str]], lexicon: Lexicon, settings: Settings) -> Data:
    """All texts as vectors: each row with its windows, and one variant of it."""
    chance, ordinary = random.Random(settings.seed), [row for row in rows if row.is_ordinary]
    variants = [(("text", augmented(row, ordinary, chance)),) for row in rows]
    texts = read([*(row.content for row in rows), *variants], lexicon)
    owners, judged = texts.owners % len(rows), texts.owners < len(rows)
    vocabularies = _vocabularies(rows, texts, judged, lexicon, settings)
    parts = [vocabulary.vectors(*mentions, len(owners)) for vocabulary, mentions in zip(vocabularies, texts.mentions, strict=True)]
    parts[2] = parts[2] * np.float32(settings.concepts)
    labels = np.array([[row.labels.get(category) == kind for category, kind in outputs] for row in rows])[owners]
    weights = _weights(rows, outputs, owners, texts.first, judged)
    on_topic = np.array([not row.is_ordinary for row in rows])[owners]
    return Data(tuple(parts), tuple(vocabularies), owners, texts.first, judged, labels, on_topic, weights)


def _vocabularies(rows: Sequence[Row], texts: Texts, judged: npt.NDArray[np.bool_], lexicon: Lexicon, settings: Settings) -> list[Vocabulary]:
    """What the model knows, from the rows as they stand."""
    names = {group: number for number, group in enumerate(sorted({row.group for row in rows}))}
    groups = np.array([names[row.group] for row in rows])[texts.owners % len(rows)]
    used = judged & texts.first
    kept = [tuple(each[used[windows]] for each in (windows, keys)) for windows, keys in texts.mentions]
    return [
        vocabulary(*kept[0], groups, most=settings.words, least=2),
        vocabulary(*kept[1], groups, most=settings.characters, least=3),
        of_concepts(*kept[2], lexicon.size),
    ]


def _weights(rows: Sequence[Row], outputs: Sequence[tuple[str, str]], owners: np.ndarray, first: np.ndarray, judged: np.ndarray) -> Floats:
    """How much each window counts for each output. Of a violation the beginning counts; another kind of its category is no clear counter-example."""
    cases = np.array([row.group.startswith(corpus.CASES) for row in rows])
    plain = np.where(cases, CASE_WEIGHT, np.where([row.is_ordinary for row in rows], ORDINARY_WEIGHT, 1.0)).astype(np.float32)
    harmless = np.array([not row.labels for row in rows])
    counts = np.where(judged, np.where(first, plain[owners], WINDOW_WEIGHT * harmless[owners]), VARIANT_WEIGHT * (first | harmless[owners]))
    sibling = np.array([[_is_sibling(row.labels.get(category, kind), kind) for category, kind in outputs] for row in rows])
    return (counts[:, None] * np.where(sibling[owners], SIBLING_WEIGHT, 1.0)).astype(np.float32)


def _is_sibling(own: str, kind: str) -> bool:
    return own != kind and not {own, kind} & validate.SILENT


def above_cases(rows: Sequence[Row], data: Data, margins: Floats, limits: Floats) -> Floats:
    """Thresholds above what the final model says of the pack's own cases that must stay silent."""
    cases = np.array([row.group.startswith(corpus.CASES) for row in rows])[data.owners] & data.judged
    wrong = np.where(data.labels[cases], -np.inf, margins[cases])
    return np.maximum(limits, wrong.max(0, initial=-np.inf) + np.float32(0.02)).astype(np.float32)


def quantized(final: validate.Machines, vocabularies: Sequence[Vocabulary], *, concepts: float) -> tuple[list[np.ndarray], list[Floats], float]:
    """The arrays of the model file, and what a unit of each output's weights is worth: per part, and of the topic."""
    arrays, scales, at = [], [], 0
    unit = np.float32(np.sqrt(SQUARE_SCALE))
    topics = final.topic.weights[:, 0] * vocabularies[0].idf * unit
    topic_scale = float(np.abs(topics).max() / 127)
    for number, known in enumerate(vocabularies):
        weights = final.outputs.weights[at : at + len(known.keys)] * known.idf[:, None] * unit
        at += len(known.keys)
        weights = weights * np.float32(concepts if number == 2 else 1.0)
        scale = np.maximum(np.abs(weights).max(0) / 127, np.float32(1e-9))
        rows = np.concatenate([np.rint(weights / scale).astype(np.int8), known.squares[:, None]], axis=1)
        if number < 2:
            slots, checks = places(known.keys)
            arrays += [slots.astype("<u4"), checks.astype("<u2")]
        if number == 0:
            arrays.append(np.rint(topics / topic_scale).astype(np.int8))
        arrays.append(rows)
        scales.append(scale)
    return arrays, scales, topic_scale


def _header(settings: Settings, corpus_hash: str, concepts: str, data: Data, figures: dict, topic: Topic) -> str:
    sizes = ", ".join(f"{part} = {len(each.keys)}" for each, part in zip(data.vocabularies, PARTS, strict=True))
    lines = [
        "# The statistical classifier: written by `make train`, not by hand.",
        f"version = {MODEL_VERSION}",
        f"format = {FORMAT}",
        f'corpus = "{corpus_hash}"',
        f'concepts = "{digest(concepts)}"',
        f"rows = {{ {sizes} }}",
        f"topic = {{ scale = {topic.scale:.9g}, bias = {topic.bias}, gate = {topic.gate} }}",
        f"doubt = {settings.doubt}",
        f"seed = {settings.seed}",
        f"figures = '{json.dumps(figures)}'",
    ]
    return "\n".join(lines)


def _described(output: Output) -> str:
    numbers = [f"{name} = {getattr(output, name)}" for name in ("bias", "threshold", "gate", "slope")]
    return "\n".join(["[[outputs]]", f'category = "{output.category}"', f'kind = "{output.kind}"', f"scales = {list(output.scales)}", *numbers])
