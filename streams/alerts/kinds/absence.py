"""Nothing where there was something."""

from collections.abc import Iterator, Mapping

import numpy as np

from schemas.alert_rules import Absence, AlertRuleFile, span_seconds
from streams.alerts.facts import DAY, HOUR, MINUTE, Facts, Range
from streams.alerts.firing import Firing
from streams.alerts.windows import series_of

WEEK = 7 * 24 * HOUR
FEW = 1_000  # records


def absence(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires."""
    when, window = rule.when, span_seconds(rule.when.window)
    if when.of == "lag":
        waiting = facts.landing.waiting
        late = waiting is not None and waiting >= when.at_least and span.now - facts.landing.landed_at >= window
        return [_of(rule, {}, facts.landing.landed_at, span.now // MINUTE * MINUTE, waiting or 0, when.at_least)] if late else []
    if when.of == "landing":
        silent = span.now - facts.landing.landed_at
        fires = facts.landing.landed_at > 0 and silent >= window
        return [_of(rule, {}, facts.landing.landed_at, span.now // MINUTE * MINUTE, silent // MINUTE * MINUTE, window)] if fires else []
    return [] if _behind(facts, span) else list(_gaps(rule, when, window, facts, span))


def _behind(facts: Facts, span: Range) -> bool:
    """Whether more waits than comes in a minute: then what seems to be missing may just not have landed."""
    lately = facts.volumes.at >= span.now - DAY
    per_minute = facts.volumes.value[lately].sum() / (DAY / MINUTE)
    return (facts.landing.waiting or 0) > max(FEW, per_minute)


def _gaps(rule: AlertRuleFile, when: Absence, window: int, facts: Facts, span: Range) -> Iterator[Firing]:
    """Stretches without an event, of groups that had `at_least` in the same hours a week before.

    At least `window` of a stretch is hours in which others sent something, and these are compared: when nobody sends, the whole system pauses or
    reads a history, and no group has stopped.
    """
    found = series_of(facts, "volumes", when.group_by, None)
    busy = np.unique(found.at[found.value > 0])
    now = span.now // HOUR * HOUR  # the hour that runs may yet bring something
    last = np.append(found.group[1:] != found.group[:-1], True) if len(found.group) else np.zeros(0, bool)
    until = np.where(last, now, np.append(found.at[1:], now)) if len(found.at) else found.at
    start = found.at + found.step
    first, behind, hours = np.searchsorted(busy, start), np.searchsorted(busy, until), window // found.step
    for index in np.flatnonzero((behind - first >= hours) & (until > span.since)):
        compared = busy[first[index] : first[index] + hours] - WEEK
        expected = found.within(np.full(len(compared), found.group[index]), compared, found.step).sum()
        if expected >= when.at_least:
            yield _of(rule, found.labels[found.group[index]], int(start[index]), int(until[index]), 0, expected)


def _of(rule: AlertRuleFile, group: Mapping[str, str], start: int, end: int, value: float, threshold: float) -> Firing:
    return Firing(rule, group, start, end, float(value), float(threshold), start, end)
