"""The charts of the comparison say in text what they draw."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench import svg

SPACE = "{http://www.w3.org/2000/svg}"


def boxes(chart: str) -> dict[str, float]:
    """What each box says, and how wide it is."""
    return {box.find(f"{SPACE}title").text: float(box.get("width")) for box in ElementTree.fromstring(chart).iter(f"{SPACE}rect") if len(box)}


def test_bars_are_as_long_as_their_values() -> None:
    widths = boxes(svg.bars("Rate", {"ours": 12_300, "theirs": 4_100}, unit="/s", ours="ours"))
    assert widths["ours: 12,300 /s"] == pytest.approx(3 * widths["theirs: 4,100 /s"], rel=0.01)


def test_parts_of_a_stack_add_up_to_the_bar() -> None:
    widths = boxes(svg.stacked("Cost", {"floor": {"fetch": 10.0, "scan": 30.0}, "whole": {"fetch": 40.0}}, unit="µs"))
    assert widths["fetch: 10 µs"] + widths["scan: 30 µs"] == pytest.approx(widths["fetch: 40 µs"], abs=0.2)


def test_a_tenfold_value_is_one_step_further_on_a_logarithmic_axis() -> None:
    chart = svg.lines("By size", {"ours": [(1, 100), (10, 1_000), (100, 10_000)]}, x_unit="kB", y_unit="/s", ours="ours")
    places = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in ElementTree.fromstring(chart).iter(f"{SPACE}circle")]
    steps = [(right[0] - left[0], right[1] - left[1]) for left, right in pairwise(places)]
    assert steps[0] == pytest.approx(steps[1], abs=0.2)
    assert steps[0][0] > 0 > steps[0][1]


def test_a_name_that_looks_like_markup_stays_text() -> None:
    chart = svg.bars("<b>", {"<script>": 1.0}, unit="&", ours="")
    assert "<script>: 1 &" in boxes(chart)


@pytest.mark.parametrize(("value", "said"), [(12_345, "12,300"), (0.0123, "0.0123"), (99.96, "100"), (999_999, "1,000,000"), (0, "0")])
def test_numbers_have_three_figures(value: float, said: str) -> None:
    assert svg.number(value) == said
