"""Validation by group: what the model says of rows whose subjects it has not seen, and the thresholds that follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from train.corpus import Row, fold_of
from train.logistic import fit
from train.vectors import Array

SILENT = frozenset({"back_office"})  # kinds that excuse; they are found, never tagged
# Outputs that real traffic showed to be surer than they are right: raised further, in logits.
RAISED = {
    ("cyber_compromise", "compromise"): 1.5,
    ("political_campaigning", "targeting"): 1.0,
    ("minors", "self_stated"): 0.8,
    ("high_risk_healthcare", "guidance"): 0.6,
    ("political_lobbying", "deceptive"): 0.3,
}
SPREAD = 2.5  # logits between the threshold and the floor


@dataclass(frozen=True)
class Budget:
    """Shares that may be tagged falsely, per category: of its own look-alikes, and of everything else that is not about it."""

    look_alikes: float = 0.08
    others: float = 0.002
    ordinary: float = 0.006  # of ordinary texts, all categories together
    margin: float = 1.75  # in logits, on top: real traffic is more varied than the corpus


@dataclass(frozen=True)
class Data:
    """Features of all texts (rows, their variants, windows of what is harmless), and which row each belongs to.

    `scored`: texts that a row is judged by.
    """

    features: Array
    labels: Array
    weights: Array
    owner: npt.NDArray[np.int64]
    trained: npt.NDArray[np.bool_]
    scored: npt.NDArray[np.bool_]
    silent: npt.NDArray[np.bool_]  # (texts, outputs): where the topics forbid it to speak


def held_out(rows: Sequence[Row], data: Data, *, folds: int, l2: float, iterations: int) -> Array:
    """Logits (rows, outputs) of each row by the model of the other folds; the highest of its windows."""
    fold = np.array([fold_of(row, folds) for row in rows])[data.owner]
    logits = np.full((len(rows), data.labels.shape[1]), -np.inf, dtype=np.float32)
    for number in range(folds):
        seen, asked = np.flatnonzero(data.trained & (fold != number)), np.flatnonzero(data.scored & (fold == number))
        if not len(asked):
            continue
        weights, biases = fit(data.features[seen], data.labels[seen], data.weights[seen], l2=l2, iterations=iterations)
        heard = np.where(data.silent[asked], -np.inf, data.features[asked] @ weights + biases)
        np.maximum.at(logits, data.owner[asked], heard.astype(np.float32))
    return logits


def thresholds(rows: Sequence[Row], outputs: Sequence[tuple[str, str]], logits: Array, budget: Budget) -> Array:
    """The lowest logit of each output that keeps to the budget."""
    limits = np.array([_threshold(rows, outputs[number], logits[:, number], budget) for number in range(len(outputs))], dtype=np.float32)
    ordinary = np.flatnonzero([row.is_ordinary for row in rows])
    truth = np.array([[row.labels.get(category) == kind for category, kind in outputs] for row in rows])
    while ((logits[ordinary] >= limits).any(1)).sum() > budget.ordinary * len(ordinary):
        limits = _cheapest(logits, limits, ordinary, truth)
    extra = np.array([RAISED.get(output, 0.0) if budget.margin else 0.0 for output in outputs], dtype=np.float32)
    return limits + np.float32(budget.margin) + extra


def _cheapest(logits: Array, limits: Array, ordinary: npt.NDArray[np.int64], truth: npt.NDArray[np.bool_]) -> Array:
    """The thresholds that silence one more ordinary text and lose the smallest share of what is right."""
    best, least = limits, np.inf
    for number in ordinary[(logits[ordinary] >= limits).any(1)]:
        raised = np.where(logits[number] >= limits, logits[number] + 1e-3, limits)
        lost = (truth & (logits >= limits) & (logits < raised)).sum(0) / np.maximum(1, truth.sum(0))
        if lost.sum() < least:
            best, least = raised, lost.sum()
    return best.astype(np.float32)


def _threshold(rows: Sequence[Row], output: tuple[str, str], logits: Array, budget: Budget) -> float:
    category, kind = output
    wrong = [category not in row.labels or (kind in SILENT) != (row.labels[category] in SILENT) for row in rows]
    own = [number for number, row in enumerate(rows) if wrong[number] and (row.near == category or category in row.labels)]
    others = [number for number, row in enumerate(rows) if wrong[number] and row.near != category and category not in row.labels]
    return max(_quantile(logits[own], budget.look_alikes), _quantile(logits[others], budget.others), -6.0)


def _quantile(logits: Array, share: float) -> float:
    """Just above what must stay silent."""
    if not len(logits):
        return -6.0
    ordered = np.sort(logits)[::-1]
    return max(-6.0, float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])) + 1e-3


def tagged(rows: Sequence[Row], outputs: Sequence[tuple[str, str]], logits: Array, limits: Array) -> list[set[str]]:
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
