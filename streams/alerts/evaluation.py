"""All rules on the facts: where they fire, and whose doing it is."""

from collections.abc import Iterable

import numpy as np

from schemas.alert_rules import AlertRuleFile
from streams.alerts.facts import Facts, Range
from streams.alerts.firing import Firing
from streams.alerts.kinds import firings
from streams.alerts.windows import Series, series_of

MOSTLY = 0.5  # of what a firing counts: then it is that organization's doing


def evaluate(rules: Iterable[AlertRuleFile], facts: Facts, span: Range) -> list[Firing]:
    """Every firing within the range, in order of rule and time."""
    found = [attributed(firing, facts) for rule in rules for firing in firings(rule, facts, span)]
    return sorted(found, key=lambda firing: (firing.rule.id, firing.start, sorted(firing.group.items())))


def attributed(firing: Firing, facts: Facts) -> Firing:
    """A firing on a whole category, most of which one organization sent, as that organization's: so it joins what other rules say of it."""
    count = getattr(firing.rule.when, "count", None)
    if count is None or firing.rule.alone or "organization" in firing.group or "category" not in firing.group:
        return firing
    dimensions = ["organization", *firing.group]
    found = series_of(facts, "hours", dimensions, count)
    by_group = facts.once(("organizations of", id(found)), lambda: _numbers(found))
    numbers = np.asarray(by_group.get(tuple(firing.group.values()), ()), np.int64)
    last = np.full(len(numbers), firing.peak_end - 1, np.int64)
    sums = found.within(numbers, last, firing.peak_end - firing.peak_start)
    if not len(sums) or not sums.sum() or sums.max() < MOSTLY * sums.sum():
        return firing
    organization = found.labels[int(numbers[sums.argmax()])]["organization"]
    return firing._replace(group={"organization": organization, **firing.group})


def _numbers(found: Series) -> dict[tuple[str, ...], list[int]]:
    """Values of all dimensions but the first, the organization -> numbers of the groups that have them."""
    numbers: dict[tuple[str, ...], list[int]] = {}
    for number, label in enumerate(found.labels):
        numbers.setdefault(tuple(label.values())[1:], []).append(number)
    return numbers
