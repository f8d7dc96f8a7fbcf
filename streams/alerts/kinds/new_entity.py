"""The first time that an organization, a category or both turn up."""

import numpy as np

from schemas.alert_rules import AlertRuleFile, span_seconds
from streams.alerts.facts import HOUR, Facts, Range
from streams.alerts.firing import Firing
from streams.alerts.windows import series_of


def new_entity(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires."""
    when, window = rule.when, span_seconds(rule.when.window)
    found = series_of(facts, "hours", when.group_by, when.count)
    numbers = {tuple(label.values()): number for number, label in enumerate(found.labels)}
    earliest = max(facts.began + span_seconds(when.learning), span.since - window - HOUR + 1)
    fired = []
    for key, first in _first_seen(facts, when.group_by).items():
        if first < earliest or (number := numbers.get(key)) is None:
            continue
        group = dict(zip(when.group_by, key, strict=True))
        if when.newcomer and first - facts.newcomers.get(group["organization"], first) > span_seconds(when.newcomer):
            continue
        mine = (found.group == number) & (found.at >= first - HOUR) & (found.at < first + window)
        sums = np.cumsum(found.value[mine])
        reached = np.flatnonzero(sums >= when.at_least)
        ends = found.at[mine] + found.step
        if len(reached) and ends[-1] > span.since:
            start, end = first // HOUR * HOUR, int(ends[-1])
            fired.append(Firing(rule, group, start, end, float(sums[-1]), float(when.at_least), start, end))
    return fired


def _first_seen(facts: Facts, dimensions: list[str]) -> dict[tuple[str, ...], int]:
    def make() -> dict[tuple[str, ...], int]:
        earliest: dict[tuple[str, ...], int] = {}
        for (organization, category), first in facts.first_seen.items():
            key = tuple({"organization": organization, "category": category}[name] for name in dimensions)
            earliest[key] = min(first, earliest.get(key, first))
        return earliest

    return facts.once(("first_seen", tuple(dimensions)), make)
