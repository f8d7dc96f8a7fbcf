"""A rise that goes on for whole days. A day that is not over does not count: it would look like a fall."""

import numpy as np

from schemas.alert_rules import AlertRuleFile, span_seconds
from streams.alerts.facts import DAY, Facts, Range
from streams.alerts.firing import Firing, from_run
from streams.alerts.windows import Series, runs, series_of

LEAST_TAU = 0.6  # Kendall's: 1 when every later day is above every earlier one, 0 for noise


def trend(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires: at the end of a day, for the days before it. The value is what the last third of the days had."""
    when, days = rule.when, rule.when.days
    found = series_of(facts, "hours", when.group_by, when.count)
    first_end = max(span.since // DAY + 1, facts.began // DAY + 1 + days)
    last_end = span.now // DAY
    if not len(found.at) or first_end > last_end:
        return []
    start = first_end - days
    by_day = _by_day(found, start, last_end)
    fired, ends, values, limits = [], [], [], []
    for end in range(first_end, last_end + 1):
        window = by_day[:, end - days - start : end - start]
        first, last = window[:, : days // 3].sum(axis=1), window[:, -(days // 3) :].sum(axis=1)
        limit = when.growth * np.maximum(first, 1)
        rising = np.flatnonzero((window.sum(axis=1) >= when.at_least) & (last >= limit))
        rising = rising[kendall(window[rising]) >= LEAST_TAU]
        fired += rising.tolist()
        ends += [end * DAY] * len(rising)
        values += last[rising].tolist()
        limits += limit[rising].tolist()
    gap = max(span_seconds(rule.cooldown), DAY)
    joined = runs(np.asarray(fired, np.int64), np.asarray(ends, np.int64), np.asarray(values, float), np.asarray(limits, float), gap)
    firings = [from_run(rule, found.labels, run, days * DAY) for run in joined]
    return [firing._replace(peak_start=firing.peak_end - days // 3 * DAY) for firing in firings]


def _by_day(found: Series, start: int, end: int) -> np.ndarray:
    """A row per group, a column per day from `start` to before `end` (days since 1970)."""
    day = found.at // DAY
    keep = (day >= start) & (day < end)
    table = np.zeros((len(found.labels), end - start))
    np.add.at(table, (found.group[keep], day[keep] - start), found.value[keep])
    return table


def kendall(window: np.ndarray) -> np.ndarray:
    """Kendall's tau of each row against time; ties count for neither side."""
    days = window.shape[1]
    above = np.sign(window[:, None, :] - window[:, :, None]) * np.triu(np.ones((days, days)), 1)
    return above.sum(axis=(1, 2)) / (days * (days - 1) / 2)
