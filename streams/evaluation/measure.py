"""The figures. A category counts as found where its detections together reach 0.5, the score at which the decisions of a pack tag."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from schemas import Detection
from streams.evaluation.labelled import Labelled
from streams.policy import Auditor
from streams.policy.decide import combined
from streams.policy.pack import Pack

THRESHOLD, BINS, WORST = 0.5, 10, 20
BASE_RATE = 0.01  # share of violations in traffic, where nothing else is said
Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Scored:
    """One text with the score of each category that was found in it, and the rule that weighed most."""

    row: Labelled
    scores: Mapping[str, float]
    rules: Mapping[str, str]

    @property
    def found(self) -> set[str]:
        return {category for category, score in self.scores.items() if score >= THRESHOLD}


@dataclass(frozen=True)
class Evaluation:
    """All figures, ready for JSON."""

    categories: list[dict[str, Any]]
    overall: dict[str, Any]
    languages: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    confusion: list[dict[str, Any]]
    worst: list[dict[str, Any]]


def silent_kinds(pack: Pack) -> frozenset[str]:
    """Kinds that only excuse: those that a decision wants to be absent."""
    return frozenset(kind for revision in pack.revisions for decision in revision.decisions for kind in decision.without_kinds)


def evaluate(auditor: Auditor, rows: Sequence[Labelled], *, base_rate: float = BASE_RATE) -> Evaluation:
    """Detect in all rows and compare with their labels. `base_rate`: the share of violations in the traffic that is told of."""
    silent, kinds = silent_kinds(auditor.pack), auditor.pack.kinds
    found = auditor.detect_batch([row.content for row in rows])
    scored = [_scored(row, [each for each in detections if kinds.get(each.rule) not in silent]) for row, detections in zip(rows, found, strict=True)]
    names = sorted({category for row in rows for category in row.labels} | {category for each in scored for category in each.found})
    categories = [_category(name, scored) for name in names]
    ordinary = [bool(each.found) for each in scored if not each.row.labels and not each.row.near]
    near = [bool(each.found) for each in scored if not each.row.labels and each.row.near]
    recalls = [each["recall"] for each in categories if each["texts"]]
    overall = {
        "texts": len(rows),
        "macro_recall": round(sum(recalls) / len(recalls), 4) if recalls else None,
        "ordinary_tagged": rate(sum(ordinary), len(ordinary)),
        "look_alikes_tagged": rate(sum(near), len(near)),
        "at_base_rate": _at_base_rate(scored, ordinary, base_rate),
    }
    return Evaluation(categories, overall, _languages(scored), _calibration(scored, base_rate), _confusion(scored), _worst(scored))


def _scored(row: Labelled, detections: Sequence[Detection]) -> Scored:
    by_category: dict[str, list[Detection]] = {}
    for each in detections:
        by_category.setdefault(each.category, []).append(each)
    best = {category: max(found, key=lambda each: (each.score, each.rule)).rule for category, found in by_category.items()}
    return Scored(row, {category: combined(found) for category, found in by_category.items()}, best)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson; of nothing it is everything."""
    if not whole:
        return 0.0, 1.0
    share, weight = part / whole, Z * Z / whole
    middle, half = share + weight / 2, Z * sqrt(share * (1 - share) / whole + weight / (4 * whole))
    return round(max(0.0, (middle - half) / (1 + weight)), 4), round(min(1.0, (middle + half) / (1 + weight)), 4)


def rate(part: int, whole: int) -> dict[str, Any]:
    """A share with its interval."""
    return {"count": part, "of": whole, "share": round(part / whole, 4) if whole else None, "interval": wilson(part, whole)}


def _category(name: str, scored: Sequence[Scored]) -> dict[str, Any]:
    wanted = [each for each in scored if name in each.row.labels]
    found = [each for each in scored if name in each.found]
    right = sum(name in each.found for each in wanted)
    near = [each for each in scored if not each.row.labels and each.row.near == name]
    return {
        "category": name,
        "texts": len(wanted),
        "precision": round(right / len(found), 4) if found else None,
        "precision_interval": wilson(right, len(found)),
        "recall": round(right / len(wanted), 4) if wanted else None,
        "recall_interval": wilson(right, len(wanted)),
        "f1": round(2 * right / (len(found) + len(wanted)), 4) if found or wanted else None,
        "look_alikes_tagged": rate(sum(bool(each.found) for each in near), len(near)),
    }


def _at_base_rate(scored: Sequence[Scored], ordinary: Sequence[bool], base_rate: float) -> dict[str, Any]:
    """Of ordinary traffic with this share of violations, what share of tagged texts is right; `at_least` by the worse ends of the intervals."""
    caught = rate(sum(not each.found.isdisjoint(each.row.labels) for each in scored), sum(bool(each.row.labels) for each in scored))
    false = rate(sum(ordinary), len(ordinary))

    def precision(right: float | None, wrong: float | None) -> float | None:
        whole = (right or 0) * base_rate + (wrong or 0) * (1 - base_rate)
        return round((right or 0) * base_rate / whole, 4) if right is not None and wrong is not None and whole else None

    return {
        "base_rate": base_rate,
        "precision": precision(caught["share"], false["share"]),
        "at_least": precision(caught["interval"][0], false["interval"][1]),
    }


def _languages(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    pairs: dict[str, list[bool]] = {}
    for each in scored:
        pairs.setdefault(each.row.lang, []).extend(category in each.found for category in each.row.labels)
    return [{"lang": lang, **rate(sum(hits), len(hits))} for lang, hits in sorted(pairs.items()) if hits]


def _calibration(scored: Sequence[Scored], base_rate: float) -> list[dict[str, Any]]:
    """Of the scores in each tenth: how many there are, their mean, and the share that is right.

    At the base rate violations count so much, ordinary texts the rest, and look-alikes, whose share nobody knows, not at all.
    """
    violations = sum(bool(each.row.labels) for each in scored)
    ordinary = sum(not each.row.labels and not each.row.near for each in scored)
    bins: list[list[tuple[float, bool, float]]] = [[] for _ in range(BINS)]
    for each in scored:
        weight = base_rate / violations if each.row.labels else 0.0 if each.row.near else (1 - base_rate) / ordinary
        for category, score in each.scores.items():
            bins[min(BINS - 1, int(score * BINS))].append((score, category in each.row.labels, weight))
    return [
        {
            "from": at / BINS,
            "mean_score": round(sum(score for score, _, _ in found) / len(found), 4),
            **rate(sum(right for _, right, _ in found), len(found)),
            "share_at_base_rate": _weighed(found),
        }
        for at, found in enumerate(bins)
        if found
    ]


def _weighed(found: Sequence[tuple[float, bool, float]]) -> float | None:
    """The share that is right, each by its weight; None where nothing weighs."""
    whole = sum(weight for _, _, weight in found)
    return round(sum(right * weight for _, right, weight in found) / whole, 4) if whole else None


def _confusion(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """What was found in place of what is right; `none` on either side."""
    counts = Counter(
        (want, got)
        for each in scored
        for want in (sorted(each.row.labels) or ["none"])
        for got in ([want] if want in each.found else sorted(each.found) or ["none"])
    )
    return [{"right": want, "found": got, "texts": count} for (want, got), count in sorted(counts.items())]


def _worst(scored: Sequence[Scored]) -> list[dict[str, Any]]:
    """The surest false alarms and the misses that were furthest from the threshold, with the rule that weighed most. No text: the id leads to it."""
    wrong = []
    for each in scored:
        wrong += [(each.scores[name] - THRESHOLD, each, name, "false alarm") for name in each.found - each.row.labels]
        wrong += [(THRESHOLD - each.scores.get(name, 0.0), each, name, "miss") for name in each.row.labels - each.found]
    wrong.sort(key=lambda one: (-one[0], one[1].row.id, one[2]))
    return [
        {
            "id": each.row.id,
            "what": what,
            "category": name,
            "score": each.scores.get(name, 0.0),
            "rule": each.rules.get(name, ""),
            "look_alike_of": each.row.near,
        }
        for what_first in ("false alarm", "miss")
        for _, each, name, what in [one for one in wrong if one[3] == what_first][:WORST]
    ]
