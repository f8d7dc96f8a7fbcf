"""At least so many events, users, or such a share of traffic, within a sliding window."""

from collections import deque
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from schemas.alert_rules import AlertRuleFile, Threshold, span_seconds
from streams.alerts.facts import HOUR, Facts, Range
from streams.alerts.firing import Firing, from_run, from_windows
from streams.alerts.windows import groups, matching, runs, series_of

FINEST_UP_TO = 6 * HOUR  # beyond, a window is counted by the hour


def counts_minutes(when: Threshold) -> bool:
    """Whether the rule needs signals by the minute."""
    window = span_seconds(when.window)
    return when.measure == "events" and (window <= FINEST_UP_TO or window % HOUR != 0)


def threshold(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires."""
    when = rule.when
    return {"events": _events, "users": _users, "share": _share}[when.measure](rule, when, facts, span)


def _events(rule: AlertRuleFile, when: Threshold, facts: Facts, span: Range) -> list[Firing]:
    window = span_seconds(when.window)
    found = series_of(facts, "minutes" if counts_minutes(when) else "hours", when.group_by, when.count)
    value = found.within(found.group, found.at, window)
    fires = (value >= when.at_least) & (found.at + found.step > span.since)
    return from_windows(rule, found, fires, value, when.at_least, window)


def _share(rule: AlertRuleFile, when: Threshold, facts: Facts, span: Range) -> list[Firing]:
    window = span_seconds(when.window)
    found = series_of(facts, "hours", when.group_by, when.count)
    volumes, volume_groups = matching(facts, found, [name for name in when.group_by if name in ("organization", "country", "model")])
    tagged = found.within(found.group, found.at, window)
    possible = (tagged >= when.at_least * when.least_volume) & (found.at + found.step > span.since) & (volume_groups[found.group] >= 0)
    chosen = np.flatnonzero(possible)
    volume = volumes.within(volume_groups[found.group[chosen]], found.at[chosen], window)
    share, fires = np.zeros(len(tagged)), np.zeros(len(tagged), bool)
    share[chosen] = np.minimum(tagged[chosen] / np.maximum(volume, 1), 1.0)
    fires[chosen] = (share[chosen] >= when.at_least) & (volume >= when.least_volume)
    return from_windows(rule, found, fires, share, when.at_least, window)


def _users(rule: AlertRuleFile, when: Threshold, facts: Facts, span: Range) -> list[Firing]:
    window = span_seconds(when.window)
    codes, at, users, labels = facts.once(("users", tuple(when.group_by), repr(when.count)), lambda: _sorted_users(when, facts))
    ends, values, fired = [], [], []
    for group, part in _parts(codes):
        if part.stop - part.start < when.at_least:
            continue
        for moment, distinct in _distinct(at[part].tolist(), users[part].tolist(), window):
            if distinct >= when.at_least and moment + 1 > span.since:
                ends.append(moment + 1)
                values.append(distinct)
                fired.append(group)
    limits = np.full(len(ends), when.at_least)
    joined = runs(np.asarray(fired, np.int64), np.asarray(ends, np.int64), np.asarray(values, float), limits, span_seconds(rule.cooldown))
    return [from_run(rule, labels, run, window) for run in joined]


def _sorted_users(when: Threshold, facts: Facts) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, str]]]:
    """Group, moment and user of every event, by group and time; and what the groups are."""
    rows = facts.users.only(facts.users.fitting(when.count))
    codes, labels = groups(rows.dimensions, when.group_by, len(rows.at))
    order = np.lexsort((rows.at, codes))
    return codes[order], rows.at[order], rows.value[order], labels


def _parts(codes: np.ndarray) -> Iterator[tuple[int, slice]]:
    if len(codes):
        edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
        for start, end in pairwise(edges):
            yield int(codes[start]), slice(start, end)


def _distinct(at: list[int], users: list[int], window: int) -> Iterator[tuple[int, int]]:
    """After each moment, how many users the window that ends with it has seen."""
    recent: deque[tuple[int, int]] = deque()
    seen: dict[int, int] = {}
    for moment, user in zip(at, users, strict=True):
        recent.append((moment, user))
        seen[user] = seen.get(user, 0) + 1
        while recent[0][0] <= moment - window:
            _, gone = recent.popleft()
            seen[gone] -= 1
            if not seen[gone]:
                del seen[gone]
        yield moment, len(seen)
