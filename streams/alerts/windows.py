"""Sliding sums by group over sorted columns, without a loop over rows or groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from streams.alerts.facts import Facts, Labels, Rows

_BITS = 36  # seconds since 1970, with room


@dataclass(frozen=True)
class Series:
    """Per group a series of buckets with their values, sorted by group and time. `labels[g]` are the values of the dimensions of group g."""

    step: int
    group: np.ndarray
    at: np.ndarray
    value: np.ndarray
    labels: Sequence[Mapping[str, str]]
    keys: np.ndarray
    sums: np.ndarray  # running, with a leading zero

    def within(self, group: np.ndarray, start: np.ndarray, window: int) -> np.ndarray:
        """The sum over the window of `window` seconds that ends with the bucket that starts at `start`."""
        base = group << _BITS
        upto = np.searchsorted(self.keys, base + start, "right")
        before = np.searchsorted(self.keys, base + np.maximum(start - window, -1), "right")
        return self.sums[upto] - self.sums[before]


class Run(NamedTuple):
    """Windows that fired one after another: ends of the first and the last, and the most that one of them had."""

    group: int
    first_end: int
    last_end: int
    peak: float
    threshold: float
    peak_end: int  # of the window that had the most


def series(rows: Rows, dimensions: Sequence[str], keep: np.ndarray | None = None) -> Series:
    """Rows summed by group and bucket."""
    if keep is not None:
        rows = rows.only(keep)
    codes, labels = groups(rows.dimensions, dimensions, len(rows.at))
    keys = (codes << _BITS) + rows.at
    unique, inverse = np.unique(keys, return_inverse=True)
    value = np.bincount(inverse, weights=rows.value, minlength=len(unique)) if len(unique) else np.zeros(0)
    sums = np.concatenate(([0.0], np.cumsum(value)))
    return Series(rows.step, unique >> _BITS, unique & ((1 << _BITS) - 1), value, labels, unique, sums)


def groups(columns: Mapping[str, Labels], dimensions: Sequence[str], length: int) -> tuple[np.ndarray, list[dict[str, str]]]:
    """A number for each row by its values of the dimensions, and what the numbers stand for."""
    combined, sizes = np.zeros(length, np.int64), []
    for name in dimensions:
        sizes.append(max(1, len(columns[name].names)))
        combined = combined * sizes[-1] + columns[name].codes
    unique, codes = np.unique(combined, return_inverse=True) if length else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    labels = []
    for number in unique.tolist():
        rest, label = number, {}
        for name, size in zip(reversed(dimensions), reversed(sizes), strict=True):
            rest, code = divmod(rest, size)
            label[name] = columns[name].names[code]
        labels.append({name: label[name] for name in dimensions})
    return codes, labels


def runs(group: np.ndarray, end: np.ndarray, value: np.ndarray, threshold: np.ndarray, gap: int) -> list[Run]:
    """Join firing windows of the same group whose ends are at most `gap` apart."""
    order = np.lexsort((end, group))
    group, end, value, threshold = group[order], end[order], value[order], threshold[order]
    if not len(group):
        return []
    breaks = np.flatnonzero((np.diff(group) != 0) | (np.diff(end) > gap)) + 1
    joined = []
    for part in np.split(np.arange(len(group)), breaks):
        peak = part[np.argmax(value[part])]
        joined.append(Run(int(group[part[0]]), int(end[part[0]]), int(end[part[-1]]), float(value[peak]), float(threshold[peak]), int(end[peak])))
    return joined


def series_of(facts: Facts, name: str, dimensions: Sequence[str], count: object) -> Series:
    """The series of a feed for a filter and grouping, made once per evaluation however many rules ask."""
    rows: Rows = getattr(facts, name)
    return facts.once((name, tuple(dimensions), repr(count)), lambda: series(rows, dimensions, None if count is None else rows.fitting(count)))


def matching(facts: Facts, found: Series, dimensions: Sequence[str]) -> tuple[Series, np.ndarray]:
    """The series of all events by these dimensions, and for each group of `found` the number of its group there, -1 without."""
    volumes = series_of(facts, "volumes", dimensions, None)

    def numbers() -> np.ndarray:
        known = {tuple(label.values()): number for number, label in enumerate(volumes.labels)}
        wanted = (tuple(label[name] for name in dimensions) for label in found.labels)
        return np.fromiter((known.get(key, -1) for key in wanted), np.int64, len(found.labels))

    return volumes, facts.once(("matching", id(found), tuple(dimensions)), numbers)
