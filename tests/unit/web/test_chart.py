"""Charts: heights, axes, the line of the period before."""

import pytest

from streams.web.chart import HEIGHT, Series, ceiling, sparkline, stacked


@pytest.mark.parametrize(
    ("value", "end"), [(0, 4), (1, 4), (4, 4), (5, 8), (9, 12), (20, 20), (30, 32), (41, 60), (100, 100), (999, 1000), (1001, 1200)]
)
def test_an_axis_ends_just_above_the_largest_value_in_four_whole_round_steps(value, end):
    assert ceiling(value) == end
    assert (ceiling(value) / 4).is_integer()


def test_marks_stack_from_the_bottom_without_gaps_and_leave_out_nothing():
    chart = stacked([Series("a", "c0", "", [1, 0]), Series("b", "c1", "", [3, 0])], [2, 4], ["x", "y"], ["/x", "/y"])
    first, second = chart.columns
    assert [(mark.css, mark.y, mark.height) for mark in first.marks] == [("c0", 180, 60), ("c1", 0, 180)]
    assert second.marks == ()
    assert chart.before == "0.00,120.00 500.00,120.00 500.00,0.00 1000.00,0.00"
    assert chart.ticks[0] * HEIGHT / chart.ticks[0] == HEIGHT


def test_a_chart_without_events_knows_that_it_is_empty():
    assert stacked([], [0, 0], ["x", "y"], ["", ""]).is_empty
    assert not stacked([Series("a", "c0", "", [1])], [], ["x"], [""]).is_empty


def test_a_sparkline_of_nothing_lies_on_the_ground():
    assert sparkline([0, 0], 0) == "0.0,23.0 120.0,23.0"
