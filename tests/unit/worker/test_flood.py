"""A partition stops when too much of it is rejected, and only then."""

from itertools import groupby
from random import Random

import pytest

from streams.worker.flood import FloodGuard, Outcomes


def guard(ratio: float = 0.05, window: int = 10_000, consecutive: int = 1_000) -> FloodGuard:
    return FloodGuard(ratio=ratio, window=window, consecutive=consecutive)


def chunk(inputs: int, rejects: int) -> Outcomes:
    """A chunk whose rejects are spread, no two in a row as far as that is possible."""
    return outcomes_of([at < 2 * rejects and at % 2 == 0 for at in range(inputs)]) if rejects < inputs else outcomes_of([True] * rejects)


def outcomes_of(rejected: list[bool]) -> Outcomes:
    """From whether each input in turn is rejected, as the decoder tells it."""
    events, after = 0, []
    for one in rejected:
        if one:
            after.append(events)
        else:
            events += 1
    return Outcomes.of(events, after)


# -- the share of the window


def test_a_few_rejects_do_not_stop_a_partition() -> None:
    watch = guard()
    assert not any(watch.observe(chunk(100, 4)) for _ in range(1_000))


def test_over_five_percent_of_the_window_stops_it_and_says_why() -> None:
    watch = guard()
    answers = [watch.observe(chunk(100, 6)) for _ in range(100)]
    assert not any(answers[:83])  # 498 rejects so far
    assert answers[83] == "504 of the last 8400 inputs were rejected (limit 5% of 10000)"


def test_exactly_five_percent_passes_and_one_more_does_not() -> None:
    assert not guard().observe(chunk(10_000, 500))
    assert "501 of the last 10000" in guard().observe(chunk(10_000, 501))


@pytest.mark.parametrize("rejects", [1, 3, 100, 500])
def test_the_first_rejects_of_a_new_partition_do_not_stop_it(rejects: int) -> None:
    assert not guard().observe(chunk(rejects, rejects))


def test_more_rejects_than_a_full_window_admits_stop_it_before_the_window_is_full() -> None:
    assert "501 of the last 501" in guard().observe(chunk(501, 501))


def test_old_rejects_leave_the_window() -> None:
    watch = guard()
    assert not watch.observe(chunk(1_000, 400))
    assert not any(watch.observe(chunk(1_000, 0)) for _ in range(20))
    assert not watch.observe(chunk(1_000, 400))


def test_rejects_within_the_window_add_up() -> None:
    watch = guard()
    assert not watch.observe(chunk(1_000, 400))
    assert not any(watch.observe(chunk(1_000, 0)) for _ in range(8))
    assert "800 of the last 10000" in watch.observe(chunk(1_000, 400))


def test_chunks_larger_than_the_window_are_held_against_their_own_size() -> None:
    assert not guard().observe(chunk(40_000, 2_000))
    assert "2001 of the last 40000" in guard().observe(chunk(40_000, 2_001))


def test_chunks_without_inputs_change_nothing() -> None:
    watch = guard()
    assert not any(watch.observe(Outcomes()) for _ in range(5))
    assert not watch.observe(chunk(500, 500))
    assert not any(watch.observe(Outcomes()) for _ in range(5))
    assert watch.observe(chunk(1, 1))


# -- in a row


def test_a_thousand_in_a_row_stop_it_also_where_the_ratio_allows_more() -> None:
    watch = guard(ratio=1.0)
    assert not watch.observe(outcomes_of([True] * 999))
    assert "1000 inputs in a row" in watch.observe(outcomes_of([True]))


def test_a_good_input_between_starts_the_row_anew() -> None:
    watch = guard(ratio=1.0)
    assert not watch.observe(outcomes_of([True] * 999))
    assert not watch.observe(outcomes_of([False, True]))
    assert not watch.observe(outcomes_of([True] * 998))
    assert watch.observe(outcomes_of([True]))


def test_a_row_within_one_chunk_counts_wherever_it_stands() -> None:
    for before, behind in ((0, 5), (5, 0), (5, 5)):
        assert guard(ratio=1.0).observe(outcomes_of([False] * before + [True] * 1_000 + [False] * behind))
        assert not guard(ratio=1.0).observe(outcomes_of([False] * before + [True] * 999 + [False] * max(behind, 1)))


def test_a_row_over_the_border_of_two_chunks_counts() -> None:
    watch = guard(ratio=1.0)
    assert not watch.observe(outcomes_of([False] + [True] * 500))
    assert watch.observe(outcomes_of([True] * 500 + [False]))


def test_rejects_at_the_beginning_of_a_chunk_are_no_row_with_those_of_the_next() -> None:
    watch = guard(ratio=1.0)
    assert not watch.observe(outcomes_of([True] * 900 + [False]))
    assert not watch.observe(outcomes_of([True] * 900))


# -- outcomes


@pytest.mark.parametrize("seed", range(200))
def test_outcomes_are_what_counting_by_hand_gives_also_in_parts(seed: int) -> None:
    random = Random(seed)
    rejected = [random.random() < random.choice((0.1, 0.9)) for _ in range(random.randrange(1, 30))]
    runs = [(kind, len(list(run))) for kind, run in groupby(rejected)]
    expected = Outcomes(
        len(rejected),
        sum(rejected),
        runs[0][1] if runs[0][0] else 0,
        runs[-1][1] if runs[-1][0] else 0,
        max((length for kind, length in runs if kind), default=0),
    )
    assert outcomes_of(rejected) == expected
    cut = random.randrange(len(rejected) + 1)
    assert outcomes_of(rejected[:cut]).then(outcomes_of(rejected[cut:])) == expected


def test_events_that_fail_after_decoding_count_as_rejected() -> None:
    assert Outcomes.of(10, [], failed=10) == Outcomes(10, 10, 10, 10, 10)
    assert Outcomes.of(10, [], failed=4) == Outcomes(10, 4, 0, 0, 0)
