"""Far more than the same hours of the week had in earlier weeks.

The baseline of a window is the windows at the same hour of the week, and one hour before and after it, in each of the earlier weeks: their
median, and as spread the median absolute deviation (times 1.4826, which makes it a standard deviation for normal data) or the square root of the
median (which is the deviation of a Poisson count), whichever is more. One earlier spike can move neither.
"""

import numpy as np

from schemas.alert_rules import AlertRuleFile, span_seconds
from streams.alerts.facts import HOUR, Facts, Range
from streams.alerts.firing import Firing, from_windows
from streams.alerts.windows import Series, series_of

WEEK = 7 * 24 * HOUR
NORMAL = 1.4826


def spike(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires."""
    when, window = rule.when, span_seconds(rule.when.window)
    found = series_of(facts, "hours", when.group_by, when.count)
    value = found.within(found.group, found.at, window)
    candidates = np.flatnonzero((value >= when.at_least) & (found.at + found.step > span.since))
    fires, limits = np.zeros(len(value), bool), np.zeros(len(value))
    if len(candidates):
        samples = _samples(found, candidates, window, when.weeks, facts.began)
        known = np.sum(~np.isnan(samples), axis=1)
        enough = known >= when.least_samples
        candidates, samples = candidates[enough], samples[enough]
        limits[candidates] = np.maximum(required(samples, when.deviations, when.ratio), when.at_least)
        fires[candidates] = value[candidates] >= limits[candidates]
    return from_windows(rule, found, fires, value, limits, window)


def _samples(found: Series, candidates: np.ndarray, window: int, weeks: int, began: int) -> np.ndarray:
    """Sums of the earlier windows, one row per candidate; NaN where nothing had been recorded yet."""
    back = np.asarray([week * WEEK + hour * HOUR for week in range(1, weeks + 1) for hour in (-1, 0, 1)])
    starts = found.at[candidates][:, None] - back[None, :]
    sums = found.within(np.broadcast_to(found.group[candidates][:, None], starts.shape), starts, window)
    return np.where(starts + found.step - window >= began, sums, np.nan)


def required(samples: np.ndarray, deviations: float, ratio: float) -> np.ndarray:
    """How much a window must have, by its samples (rows)."""
    if not len(samples):
        return np.zeros(0)
    middle = np.nanmedian(samples, axis=1)
    spread = np.maximum(NORMAL * np.nanmedian(np.abs(samples - middle[:, None]), axis=1), np.sqrt(np.maximum(middle, 1)))
    return np.maximum(middle + deviations * spread, ratio * middle)
