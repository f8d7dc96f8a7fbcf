"""The share of excused events rises: an allowance is used for more than it was given for."""

import numpy as np

from schemas.alert_rules import AlertRuleFile, Counted, span_seconds
from schemas.verdict import Outcome
from streams.alerts.facts import Facts, Range
from streams.alerts.firing import Firing, from_windows
from streams.alerts.windows import series_of

LEAST_DEVIATIONS = 4.0  # of a Poisson count around what the baseline leads to expect


def allowance_misuse(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires. Without any use in the baseline, one use is taken: a first use alone is no rise."""
    when, window, before = rule.when, span_seconds(rule.when.window), span_seconds(rule.when.baseline)
    found = series_of(facts, "hours", when.group_by, Counted(categories=when.categories, outcomes=[Outcome.EXCUSED]))
    volumes = series_of(facts, "volumes", [name for name in when.group_by if name == "organization"], None)
    numbers = {label.get("organization", ""): number for number, label in enumerate(volumes.labels)}
    group = np.asarray([numbers.get(label.get("organization", ""), -1) for label in found.labels], np.int64)[found.group]
    known = np.maximum(group, 0)
    recent, total = found.within(found.group, found.at, window), found.within(found.group, found.at, window + before)
    volume, volume_total = volumes.within(known, found.at, window), volumes.within(known, found.at, window + before)
    rate_before = np.maximum(total - recent, 1) / np.maximum(volume_total - volume, 1)
    expected = rate_before * volume
    limit = np.maximum.reduce([when.growth * expected, expected + LEAST_DEVIATIONS * np.sqrt(expected), np.full(len(recent), float(when.at_least))])
    recorded = (found.at + found.step - window - before >= facts.began) & (volume_total > volume) & (group >= 0)
    fires = recorded & (recent >= limit) & (found.at + found.step > span.since)
    return from_windows(rule, found, fires, recent, limit, window)
