"""Charts as SVG, drawn on the server: they are there with the first byte, need no script, and every mark is a link to what it counts.

A chart is numbers only: labels and text stand beside it in HTML, where they wrap, scale and are read aloud.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 1000.0, 240.0  # of the drawing's own units; the page stretches it
GAP = 0.08  # of a column, on either side


class Series(NamedTuple):
    """One layer of the stack: what it is called, its colour's class, where its name leads, one value per slot."""

    label: str
    css: str
    href: str
    values: Sequence[float]


class Mark(NamedTuple):
    """One rectangle of a column: y counts from the top."""

    css: str
    y: float
    height: float


class Column(NamedTuple):
    """One slot: its place, its marks from bottom to top, what it says and where it leads."""

    x: float
    width: float
    bar_x: float
    bar_width: float
    marks: tuple[Mark, ...]
    title: str
    href: str


@dataclass(frozen=True)
class Chart:
    """Columns of stacked series, and a staircase for the period before."""

    columns: tuple[Column, ...]
    series: tuple[Series, ...]
    before: str  # the points of a polyline, empty without a period before
    ticks: tuple[float, ...]  # values of the axis from top to bottom, evenly spaced

    @property
    def is_empty(self) -> bool:
        return not any(column.marks for column in self.columns)


def stacked(series: Sequence[Series], before: Sequence[float], titles: Sequence[str], hrefs: Sequence[str]) -> Chart:
    """Stack the series slot by slot.

    Args:
        series: from bottom to top.
        before: one value per slot of the period before, or nothing.
        titles, hrefs: one per slot.
    """
    slots = len(titles)
    totals = [sum(each.values[slot] for each in series) for slot in range(slots)]
    top, step = ceiling(max([*totals, *before], default=0)), WIDTH / max(slots, 1)
    columns = []
    for slot, (title, href) in enumerate(zip(titles, hrefs, strict=True)):
        marks = tuple(_marks(series, slot, HEIGHT / top))
        place = (round(slot * step, 2), round(step, 2), round((slot + GAP) * step, 2), round(step * (1 - 2 * GAP), 2))
        columns.append(Column(*place, marks, title, href))
    return Chart(tuple(columns), tuple(series), _staircase(before, top, step), tuple(top * part / 4 for part in (4, 3, 2, 1, 0)))


def _marks(series: Sequence[Series], slot: int, scale: float) -> list[Mark]:
    y, marks = HEIGHT, []
    for each in series:
        if height := each.values[slot] * scale:
            y -= height
            marks.append(Mark(each.css, round(y, 2), round(height, 2)))
    return marks


def sparkline(values: Sequence[float], top: float, width: float = 120, height: float = 24) -> str:
    """The points of a small line."""
    step = width / max(len(values) - 1, 1)
    return " ".join(f"{index * step:.1f},{height - 1 - value / (top or 1) * (height - 2):.1f}" for index, value in enumerate(values))


def ceiling(value: float) -> float:
    """Where an axis of four equal steps ends: the steps are whole and round."""
    step = math.ceil(value / 4) or 1
    power = 10 ** (len(str(step)) - 1)
    tenths = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)
    return 4 * next(each * power // 10 for each in tenths if each * power % 10 == 0 and each * power >= step * 10)


def _staircase(values: Sequence[float], top: float, step: float) -> str:
    """Each value holds for the width of its slot."""
    places = ((slot, HEIGHT - value / top * HEIGHT) for slot, value in enumerate(values))
    return " ".join(f"{slot * step:.2f},{y:.2f} {(slot + 1) * step:.2f},{y:.2f}" for slot, y in places)
