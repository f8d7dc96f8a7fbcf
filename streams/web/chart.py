"""Charts as SVG, drawn on the server: they are there with the first byte, need no script, and every mark is a link to what it counts.

A chart is numbers only: labels and text stand beside it in HTML, where they wrap, scale and are read aloud.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

WIDTH, HEIGHT = 1000.0, 240.0  # of the drawing's own units; the page stretches it


class Mark(NamedTuple):
    """One rectangle of a column: y counts from the top."""

    series: int
    y: float
    height: float


class Column(NamedTuple):
    """One slot: its place, its marks from bottom to top, what it says and where it leads."""

    x: float
    width: float
    marks: tuple[Mark, ...]
    title: str
    href: str


@dataclass(frozen=True)
class Chart:
    """Columns of stacked series, and a line for the period before."""

    columns: tuple[Column, ...]
    before: str  # the points of a polyline, empty without a period before
    top: float
    ticks: tuple[float, ...]  # values of the axis from top to bottom, evenly spaced
    names: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not any(column.marks for column in self.columns)


def stacked(series: Sequence[tuple[str, Sequence[float]]], before: Sequence[float], titles: Sequence[str], hrefs: Sequence[str]) -> Chart:
    """Stack the series slot by slot.

    Args:
        series: (name, one value per slot), from bottom to top.
        before: one value per slot of the period before, or nothing.
        titles, hrefs: one per slot.
    """
    slots = len(titles)
    totals = [sum(values[slot] for _, values in series) for slot in range(slots)]
    top = ceiling(max([*totals, *before], default=0))
    step = WIDTH / max(slots, 1)
    columns = []
    for slot in range(slots):
        y, marks = HEIGHT, []
        for index, (_, values) in enumerate(series):
            if height := values[slot] / top * HEIGHT:
                y -= height
                marks.append(Mark(index, round(y, 2), round(height, 2)))
        columns.append(Column(round(slot * step, 2), round(step, 2), tuple(marks), titles[slot], hrefs[slot]))
    return Chart(tuple(columns), _steps(before, top, step), top, _ticks(top), tuple(name for name, _ in series))


def sparkline(values: Sequence[float], top: float, width: float = 120, height: float = 24) -> str:
    """The points of a small line."""
    step = width / max(len(values) - 1, 1)
    return " ".join(f"{index * step:.1f},{height - 1 - value / (top or 1) * (height - 2):.1f}" for index, value in enumerate(values))


def ceiling(value: float) -> float:
    """The next number that an axis may end with: 1, 2, 4, 5 or 8 times a power of ten, at least 4."""
    if value <= 4:
        return 4
    power = 10 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 4, 5, 8, 10) if factor * power >= value)


def _ticks(top: float) -> tuple[float, ...]:
    return tuple(top * part / 4 for part in (4, 3, 2, 1, 0))


def _steps(values: Sequence[float], top: float, step: float) -> str:
    """A staircase: each value holds for the width of its slot."""
    places = ((slot, HEIGHT - value / top * HEIGHT) for slot, value in enumerate(values))
    return " ".join(f"{slot * step:.2f},{y:.2f} {(slot + 1) * step:.2f},{y:.2f}" for slot, y in places)
