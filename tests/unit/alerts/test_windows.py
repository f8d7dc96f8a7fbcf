"""Windows, runs and clusters agree with the plain definition, and nothing depends on the order or number of arrivals."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.facts import Labels, Range, Rows, Text
from streams.alerts.kinds import firings
from streams.alerts.kinds.coordinated import clusters
from streams.alerts.kinds.spike import required
from streams.alerts.kinds.threshold import _distinct
from streams.alerts.kinds.trend import kendall
from streams.alerts.rehearsal import facts_of, happened
from streams.alerts.rules import load_rules
from streams.alerts.windows import runs, series
from streams.policy.pack import SHIPPED

RULES = load_rules(None, {path.stem for path in (SHIPPED / "detectors").glob("*.toml")}).rules
events = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab"), st.integers(1, 5)), min_size=1, max_size=60)


@given(events, st.integers(1, 10))
@settings(max_examples=200, deadline=None)
def test_a_sliding_sum_is_what_its_definition_says(rows, width):
    at = np.asarray([minute * 60 for minute, _, _ in rows], np.int64)
    value = np.asarray([count for *_, count in rows], float)
    found = series(Rows(60, at, value, {"organization": Labels.of([name for _, name, _ in rows])}), ["organization"])
    sums = found.within(found.group, found.at, width * 60)
    for group, start, total in zip(found.group, found.at, sums, strict=True):
        name = found.labels[group]["organization"]
        assert total == sum(count for minute, who, count in rows if who == name and start - width * 60 < minute * 60 <= start)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 4)), min_size=1, max_size=60), st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_distinct_users_of_a_sliding_window_are_what_its_definition_says(rows, window):
    rows = sorted(rows)
    counted = list(_distinct([at for at, _ in rows], [user for _, user in rows], window))
    for index, (moment, distinct) in enumerate(counted):
        assert distinct == len({user for at, user in rows[: index + 1] if moment - window < at <= moment})


def test_runs_join_what_is_close_and_keep_the_most():
    found = runs(np.asarray([0, 0, 0, 1]), np.asarray([10, 30, 200, 30]), np.asarray([1.0, 5.0, 2.0, 9.0]), np.ones(4), gap=50)
    assert [(run.group, run.first_end, run.last_end, run.peak, run.peak_end) for run in found] == [
        (0, 10, 30, 5.0, 30), (0, 200, 200, 2.0, 200), (1, 30, 30, 9.0, 30),
    ]  # fmt: skip


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=6), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 63)), max_size=20))
@settings(max_examples=100, deadline=None)
def test_clusters_are_the_chains_of_near_hashes(bases, flips):
    hashes = {*bases, *(bases[number % len(bases)] ^ (1 << bit) for number, bit in flips)}
    texts = [Text(index, each, "minors", f"org-{index}", index) for index, each in enumerate(sorted(hashes))]
    found = {frozenset(text.similarity for text in cluster) for cluster in clusters(texts, 3)}
    expected = {frozenset(_chain(each, hashes)) for each in hashes if len(_chain(each, hashes)) > 1}
    assert found == expected


def _chain(start: int, hashes: set[int]) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        one = waiting.pop()
        near = {other for other in hashes - seen if (one ^ other).bit_count() <= 3}
        seen |= near
        waiting += near
    return seen


def test_one_earlier_spike_does_not_raise_the_baseline():
    quiet, with_a_spike = np.asarray([[2.0] * 12]), np.asarray([[2.0] * 11 + [500.0]])
    assert required(quiet, 6, 3) == required(with_a_spike, 6, 3)


@pytest.mark.parametrize(("days", "tau"), [([1, 2, 3, 4], 1.0), ([4, 3, 2, 1], -1.0), ([2, 2, 2, 2], 0.0)])
def test_kendalls_tau_tells_a_rise_from_a_fall_and_from_nothing(days, tau):
    assert kendall(np.asarray([days], float))[0] == pytest.approx(tau)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_neither_order_nor_repetition_of_arrivals_changes_what_fires(rule):
    for case in rule.cases:
        now = int(case.checks[-1].now.timestamp())
        arrived = [each for each in happened(case.events) if each.arrives <= now]
        shuffled = Random(7).sample(arrived + arrived[::3], len(arrived) + len(arrived[::3]))
        span = Range(now - 172_800, now)
        assert firings(rule, facts_of(shuffled, now, case.waiting), span) == firings(rule, facts_of(arrived, now, case.waiting), span)
