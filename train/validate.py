"""Validation by group: what the model says of rows whose subjects it has not seen, and the thresholds that follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from train.corpus import Row, fold_of
from train.fitting import Fit, Floats, fit, fit_one

if TYPE_CHECKING:
    from train.trainer import Data, Settings

SILENT = frozenset({"back_office"})  # kinds that excuse; they are found, never tagged


@dataclass(frozen=True)
class Budget:
    """Shares that may be tagged falsely, per category: of its own look-alikes, and of everything else that is not about it."""

    look_alikes: float = 0.075
    others: float = 0.012
    ordinary: float = 0.003  # of ordinary texts, all categories together
    margin: float = 0.05  # on top, where real traffic is more varied than the corpus


class Machines(NamedTuple):
    """`outputs`: of all parts; `topic`: of words alone, for the first gate."""

    outputs: Fit
    topic: Fit


def fitted(data: "Data", used: npt.NDArray[np.bool_], settings: "Settings") -> Machines:
    """The machines of some of the windows.

    To each output a share is added of a machine that tells violations and look-alikes alike from ordinary texts: most of what an output learns from
    is look-alikes, so that alone it knows too little of texts unlike any that it has seen.
    """
    rows = np.flatnonzero(used & (data.weights.max(1) > 0))
    vectors, weights = sparse.hstack(data.parts).tocsr()[rows], data.weights[rows]
    found = fit(vectors, data.labels[rows], weights, cost=settings.cost, seed=settings.seed)
    on_topic, counts = data.on_topic[rows], np.minimum(weights.max(1), 1)
    topic = fit_one(vectors, on_topic, counts, cost=settings.topic_cost, seed=settings.seed)
    outputs = Fit(found.weights + settings.topic * topic.weights, found.biases + settings.topic * topic.biases)
    return Machines(outputs, fit_one(data.parts[0][rows], on_topic, counts, cost=settings.topic_cost, seed=settings.seed))


class Margins(NamedTuple):
    """Of each row the highest of its windows, by machines that have not seen its subject: of outputs, of words and concepts alone, of the topic."""

    whole: Floats
    partial: Floats
    topic: Floats


def held_out(rows: Sequence[Row], data: "Data", settings: "Settings") -> Margins:
    """Margins (rows, outputs), and (rows) of the topic, by the model of the other folds."""
    fold = np.array([fold_of(row, settings.folds) for row in rows])[data.owners]
    whole, partial = (np.full((len(rows), data.labels.shape[1]), -np.inf, dtype=np.float32) for _ in range(2))
    topic = np.full(len(rows), -np.inf, dtype=np.float32)
    doubt = np.float32(settings.doubt) * ~data.first[:, None]
    for number in range(settings.folds):
        asked = np.flatnonzero(data.judged & (fold == number))
        machines = fitted(data, fold != number, settings)
        words, characters, concepts = data.split(machines.outputs)
        np.maximum.at(whole, data.owners[asked], (words + characters + concepts - doubt)[asked].astype(np.float32))
        np.maximum.at(partial, data.owners[asked], (words + concepts)[asked].astype(np.float32))
        np.maximum.at(topic, data.owners[asked], machines.topic.margins(data.parts[0][asked])[:, 0])
    return Margins(whole, partial, topic)


def gates(margins: Margins, truth: npt.NDArray[np.bool_], limits: Floats, *, lost: float) -> tuple[Floats, float]:
    """Of each output the margin of words and concepts, and the margin of the topic, that all but a share of what is rightly tagged reaches."""
    right = truth & (margins.whole >= limits)
    found = [np.quantile(margins.partial[right[:, at], at], lost) if right[:, at].any() else -np.inf for at in range(len(limits))]
    topic = np.quantile(margins.topic[right.any(1)], lost) if right.any() else -9.0
    return np.maximum(np.array(found), -9.0).astype(np.float32), float(topic)


def thresholds(rows: Sequence[Row], outputs: Sequence[tuple[str, str]], logits: Floats, budget: Budget) -> Floats:
    """The lowest logit of each output that keeps to the budget."""
    limits = np.array([_threshold(rows, outputs[number], logits[:, number], budget) for number in range(len(outputs))], dtype=np.float32)
    ordinary = np.flatnonzero([row.is_ordinary for row in rows])
    truth = np.array([[row.labels.get(category) == kind for category, kind in outputs] for row in rows])
    while ((logits[ordinary] >= limits).any(1)).sum() > budget.ordinary * len(ordinary):
        limits = _cheapest(logits, limits, ordinary, truth)
    return limits + np.float32(budget.margin)


def _cheapest(logits: Floats, limits: Floats, ordinary: npt.NDArray[np.int64], truth: npt.NDArray[np.bool_]) -> Floats:
    """The thresholds that silence one more ordinary text and lose the smallest share of what is right."""
    best, least = limits, np.inf
    for number in ordinary[(logits[ordinary] >= limits).any(1)]:
        raised = np.where(logits[number] >= limits, logits[number] + 1e-3, limits)
        lost = (truth & (logits >= limits) & (logits < raised)).sum(0) / np.maximum(1, truth.sum(0))
        if lost.sum() < least:
            best, least = raised, lost.sum()
    return best.astype(np.float32)


def _threshold(rows: Sequence[Row], output: tuple[str, str], logits: Floats, budget: Budget) -> float:
    category, kind = output
    wrong = [category not in row.labels or (kind in SILENT) != (row.labels[category] in SILENT) for row in rows]
    own = [number for number, row in enumerate(rows) if wrong[number] and (row.near == category or category in row.labels)]
    others = [number for number, row in enumerate(rows) if wrong[number] and row.near != category and category not in row.labels]
    return max(_quantile(logits[own], budget.look_alikes), _quantile(logits[others], budget.others), -6.0)


def _quantile(logits: Floats, share: float) -> float:
    """Just above what must stay silent."""
    if not len(logits):
        return -6.0
    ordered = np.sort(logits)[::-1]
    return max(-6.0, float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])) + 1e-3


def tagged(rows: Sequence[Row], outputs: Sequence[tuple[str, str]], logits: Floats, limits: Floats) -> list[set[str]]:
    """Categories that each row would be tagged with."""
    over = logits >= limits
    return [{outputs[number][0] for number in np.flatnonzero(over[at]) if outputs[number][1] not in SILENT} for at in range(len(rows))]


def figures(rows: Sequence[Row], found: Sequence[set[str]]) -> dict[str, dict[str, float]]:
    """Recall and precision by category; shares tagged of ordinary texts and look-alikes; recall by language and shape."""
    wanted = [{category for category, kind in row.labels.items() if kind not in SILENT} for row in rows]
    result: dict[str, dict[str, float]] = {}
    for category in sorted({category for row in rows for category in row.labels}):
        right = sum(category in want and category in got for want, got in zip(wanted, found, strict=True))
        result[category] = {
            "recall": _share(right, sum(category in want for want in wanted)),
            "precision": _share(right, sum(category in got for got in found)),
            "look_alikes_tagged": _rate([bool(got) for row, got in zip(rows, found, strict=True) if not row.labels and row.near == category]),
        }
    result["overall"] = {
        "macro_recall": round(sum(each["recall"] for each in result.values()) / max(1, len(result)), 3),
        "ordinary_tagged": _rate([bool(got) for row, got in zip(rows, found, strict=True) if row.is_ordinary]),
        "look_alikes_tagged": _rate([bool(got) for row, got in zip(rows, found, strict=True) if not row.labels and row.near]),
    }
    for name in ("lang", "shape"):
        hits: dict[str, list[bool]] = {}
        for row, want, got in zip(rows, wanted, found, strict=True):
            hits.setdefault(getattr(row, name), []).extend(category in got for category in want)
        result[f"recall_by_{name}"] = {key: _rate(values) for key, values in sorted(hits.items()) if values}
    return result


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def _rate(values: Sequence[bool]) -> float:
    return _share(sum(values), len(values))
