"""The share of excused events rises: an allowance is used for more than it was given for."""

import numpy as np

from schemas.alert_rules import AlertRuleFile, Counted, span_seconds
from schemas.verdict import Outcome
from streams.alerts.facts import Facts, Range
from streams.alerts.firing import Firing, from_windows
from streams.alerts.windows import matching, series_of

LEAST_DEVIATIONS = 4.0  # of a Poisson count around what the baseline leads to expect


def allowance_misuse(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires. Without any use in the baseline, one use is taken: a first use alone is no rise."""
    when, window, before = rule.when, span_seconds(rule.when.window), span_seconds(rule.when.baseline)
    found = series_of(facts, "hours", when.group_by, Counted(categories=when.categories, outcomes=[Outcome.EXCUSED]))
    volumes, volume_groups = matching(facts, found, [name for name in when.group_by if name == "organization"])
    recent = found.within(found.group, found.at, window)
    recorded = found.at + found.step - window - before >= facts.began
    chosen = np.flatnonzero((recent >= when.at_least) & recorded & (found.at + found.step > span.since) & (volume_groups[found.group] >= 0))
    group, at, volume_group = found.group[chosen], found.at[chosen], volume_groups[found.group[chosen]]
    volume = volumes.within(volume_group, at, window)
    volume_before = volumes.within(volume_group, at, window + before) - volume
    excused_before = found.within(group, at, window + before) - recent[chosen]
    expected = np.maximum(excused_before, 1) / np.maximum(volume_before, 1) * volume
    limits, fires = np.full(len(recent), float(when.at_least)), np.zeros(len(recent), bool)
    limits[chosen] = np.maximum(limits[chosen], np.maximum(when.growth * expected, expected + LEAST_DEVIATIONS * np.sqrt(expected)))
    fires[chosen] = (recent[chosen] >= limits[chosen]) & (volume_before > 0)
    return from_windows(rule, found, fires, recent, limits, window)
