"""Where a rule fires: a group, a stretch of time, and what was measured."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from schemas.alert_rules import AlertRuleFile, span_seconds
from streams.alerts.windows import Run, Series, runs


class Firing(NamedTuple):
    """Windows of one rule and group that fired one after another, from `start` to `end`.

    `value` and `threshold` are those of the window that had the most, [`peak_start`, `peak_end`). `organizations`: the senders of a campaign.
    `likeness`: similarity hashes of its texts, the first one first.
    """

    rule: AlertRuleFile
    group: Mapping[str, str]
    start: int
    end: int
    value: float
    threshold: float
    peak_start: int
    peak_end: int
    organizations: tuple[str, ...] = ()
    likeness: tuple[int, ...] = ()


def from_windows(
    rule: AlertRuleFile, found: Series, fires: np.ndarray, value: np.ndarray, threshold: np.ndarray | float, window: int
) -> list[Firing]:
    """Firings from windows that end with the buckets of a series; `fires` says which of them."""
    thresholds = np.broadcast_to(np.asarray(threshold, float), value.shape)[fires]
    joined = runs(found.group[fires], found.at[fires] + found.step, value[fires], thresholds, span_seconds(rule.cooldown))
    return [from_run(rule, found.labels, run, window) for run in joined]


def from_run(rule: AlertRuleFile, labels: Sequence[Mapping[str, str]], run: Run, window: int) -> Firing:
    return Firing(rule, labels[run.group], run.first_end - window, run.last_end, run.peak, run.threshold, run.peak_end - window, run.peak_end)
