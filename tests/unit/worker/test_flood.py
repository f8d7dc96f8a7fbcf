"""A partition stops when too much of it is rejected, and only then."""

from streams.worker.flood import FloodGuard


def guard() -> FloodGuard:
    return FloodGuard(ratio=0.05, window=10_000, consecutive=1_000)


def test_a_few_rejects_do_not_stop_a_partition() -> None:
    watch = guard()
    assert not any(watch.observe(100, 4) for _ in range(1_000))


def test_over_five_percent_of_the_window_stops_it_and_says_why() -> None:
    watch = guard()
    answers = [watch.observe(100, 6) for _ in range(100)]
    assert "of the last" in answers[-1]


def test_the_first_rejects_of_a_new_partition_do_not_stop_it() -> None:
    assert not guard().observe(3, 3)


def test_a_thousand_in_a_row_stop_it_also_where_the_ratio_allows_more() -> None:
    watch = FloodGuard(ratio=1.0, window=10_000, consecutive=1_000)
    assert not watch.observe(999, 999)
    assert "in a row" in watch.observe(1, 1)


def test_a_good_input_between_starts_the_row_anew() -> None:
    watch = FloodGuard(ratio=1.0, window=10_000, consecutive=1_000)
    assert not watch.observe(999, 999)
    assert not watch.observe(2, 1)
    assert not watch.observe(900, 900)


def test_old_rejects_leave_the_window() -> None:
    watch = guard()
    assert not watch.observe(1_000, 400)
    assert not any(watch.observe(1_000, 0) for _ in range(20))
    assert not watch.observe(1_000, 400)
