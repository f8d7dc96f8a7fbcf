"""The steps of training in their order: read, vary, vectorize, validate by group, set thresholds, fit all, write."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from streams.policy.classifier import LOWEST
from streams.policy.concepts import Lexicon
from streams.policy.features import BITS
from streams.policy.model import CONCEPTS, MODEL, Output, digest, render
from streams.policy.topics import Topics
from streams.policy.windows import windows
from train import corpus, validate
from train.augment import augmented, mixtures
from train.card import write_card
from train.corpus import Row
from train.logistic import fit
from train.topics import TOPICS, topic_words
from train.vectors import Array, Frequencies, Read, baked, dense, read

MODEL_VERSION = 1  # of the rules that the model's detections carry: raised when their meaning changes


@dataclass(frozen=True)
class Settings:
    """What can be chosen. `l2`: how strongly large weights are held back."""

    folds: int = 3
    seed: int = 20240606
    l2: float = 0.02
    iterations: int = 45
    budget: validate.Budget = field(default_factory=validate.Budget)


def train(corpus_folder: Path, pack_folder: Path, settings: Settings, *, docs: Path | None = None) -> Iterator[str]:
    """Write the pack's model file, and into the folder `docs` its card. Yields what it does and finds."""
    rows = corpus.read(corpus_folder)
    real = len(rows)
    outputs = list(corpus.with_labels(rows))
    concepts = (pack_folder / CONCEPTS).read_text(encoding="utf-8")
    lexicon = Lexicon(concepts)
    yield f"{len(rows)} rows, {len({row.group for row in rows})} groups, {len(outputs)} outputs"
    words = topic_words(rows, lexicon)
    rows += corpus.silent_cases(pack_folder)
    rows += mixtures(rows, random.Random(settings.seed))
    topics = Topics(lexicon, TOPICS, words, with_hyperscan=False)
    data, frequencies = prepared(rows, outputs, lexicon, topics, settings)
    yield f"{len(data.features)} texts of {data.features.shape[1]} features"
    logits = validate.held_out(rows, data, folds=settings.folds, l2=settings.l2, iterations=settings.iterations)
    limits = validate.thresholds(rows, outputs, logits, settings.budget)
    found = validate.tagged(rows, outputs, logits, limits)
    figures = validate.figures(rows, found)
    yield from (f"{name}: {values}" for name, values in figures.items())
    chosen = np.flatnonzero(data.trained)
    weights, biases = fit(data.features[chosen], data.labels[chosen], data.weights[chosen], l2=settings.l2, iterations=settings.iterations)
    limits = above_cases(rows, data, data.features @ weights + biases, limits)
    tables, scales = quantized(weights, frequencies)
    named = [
        Output(category, kind, float(scales[at]), float(biases[at]), float(limits[at]), float(limits[at]) - validate.SPREAD)
        for at, (category, kind) in enumerate(outputs)
    ]
    topic_lines = [
        f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(each, ensure_ascii=False)}" for key, each in table.items())
        for name, table in (("topics", TOPICS), ("words", words))
    ]
    header = "\n".join([_header(settings, corpus.corpus_hash(corpus_folder), concepts, lexicon, figures), *topic_lines, *map(_described, named)])
    squares = frequencies.squares()
    text = render(header, [tables[0], squares[0], tables[1], squares[1]])
    (pack_folder / MODEL).write_text(text, encoding="utf-8")
    yield f"wrote {pack_folder / MODEL}: {len(text)} bytes"
    if docs:
        facts = {"rows": real, "groups": len({row.group for row in rows}), "low": LOWEST, "folds": settings.folds, **asdict(settings.budget)}
        yield f"wrote {write_card(pack_folder, docs, facts)}"


def prepared(
    rows: Sequence[Row], outputs: Sequence[tuple[str, str]], lexicon: Lexicon, topics: Topics, settings: Settings
) -> tuple[validate.Data, Frequencies]:
    """All texts as features: each row, its windows, one variant of it; windows of harmless rows are trained on, too."""
    chance, ordinary = random.Random(settings.seed), [row for row in rows if row.is_ordinary]
    texts, owner, trained, scored, weights = [], [], [], [], []

    def add(number: int, text: str, *, train: bool, judge: bool, weight: float) -> None:
        texts.append(read(text, lexicon))
        owner.append(number)
        trained.append(train)
        scored.append(judge)
        weights.append(weight)

    for number, row in enumerate(rows):
        first, *others = [window.text for window in windows(row.content)]
        add(number, first, train=True, judge=True, weight=3.0 if row.is_ordinary or row.group.startswith(corpus.CASES) else 1.0)
        for text in others:
            add(number, text, train=not row.labels, judge=True, weight=0.5)
        add(number, augmented(row, ordinary, chance), train=True, judge=False, weight=0.5)
    frequencies = Frequencies.of([texts[at] for at in range(len(texts)) if scored[at]], lexicon.size)
    silent = silenced(texts, outputs, topics)
    labels = np.array([[row.labels.get(category) == kind for category, kind in outputs] for row in rows], dtype=np.float32)[owner]
    counts = np.repeat(np.array(weights, dtype=np.float32)[:, None], len(outputs), axis=1)
    return validate.Data(dense(texts, frequencies), labels, counts, np.array(owner), np.array(trained), np.array(scored), silent), frequencies


def above_cases(rows: Sequence[Row], data: validate.Data, logits: Array, limits: Array) -> Array:
    """Thresholds above what the final model says of the pack's own cases that must stay silent."""
    cases = np.array([row.group.startswith(corpus.CASES) for row in rows])[data.owner] & data.scored
    heard = np.where(data.silent, -np.inf, logits)[cases]
    return np.maximum(limits, heard.max(0, initial=-np.inf) + np.float32(0.1)).astype(np.float32)


def silenced(texts: Sequence[Read], outputs: Sequence[tuple[str, str]], topics: Topics) -> np.ndarray:
    """(texts, outputs): where a text names no topic of the output's category."""
    named = [topics.named(text.named, text.text) for text in texts]
    return np.array([[category not in each for category, _ in outputs] for each in named])


def quantized(weights: Array, frequencies: Frequencies) -> tuple[list[np.ndarray], Array]:
    """Both tables as small integers, and the scale of each output."""
    tables = baked(weights, frequencies)
    scales = np.maximum(np.maximum(np.abs(tables[0]).max(0), np.abs(tables[1]).max(0)) / 127, np.float32(1e-9))
    return [np.rint(table / scales).astype(np.int8) for table in tables], scales


def _header(settings: Settings, corpus_hash: str, concepts: str, lexicon: Lexicon, figures: dict) -> str:
    lines = [
        "# The statistical classifier: written by `make train`, not by hand.",
        f"version = {MODEL_VERSION}",
        f"bits = {BITS}",
        f'corpus = "{corpus_hash}"',
        f'concepts = "{digest(concepts)}"',
        f"concept_rows = {lexicon.size}",
        f"seed = {settings.seed}",
        f"figures = '{json.dumps(figures)}'",
    ]
    return "\n".join(lines)


def _described(output: Output) -> str:
    numbers = [f"{name} = {getattr(output, name):#.9g}" for name in ("scale", "bias", "threshold", "floor")]
    return "\n".join(["[[outputs]]", f'category = "{output.category}"', f'kind = "{output.kind}"', *numbers])
