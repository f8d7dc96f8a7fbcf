"""Rows as a chart of characters: a line of blocks per series where there is a time, else bars."""

import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

from streams.cli.rows import cell, short

BLOCKS = "▁▂▃▄▅▆▇█"
BAR, LINE, LABEL = 40, 60, 40
Row = dict[str, Any]


def print_chart(rows: Sequence[Row]) -> None:
    """Draw the first number of each row. If the first column is a time, each different label is a series."""
    if not rows:
        return
    first = next(iter(rows[0]))
    numbers = [name for name in rows[0] if any(_is_number(row[name]) for row in rows)]
    if not numbers:
        sys.stdout.write("nothing to draw: no column is a number\n")
        return
    texts = [name for name, value in rows[0].items() if isinstance(value, str)]
    if isinstance(rows[0][first], date):
        _lines(rows, first, numbers[0], texts)
    else:
        _bars(rows, numbers[0], texts or [name for name in rows[0] if name != numbers[0]])


def _bars(rows: Sequence[Row], number: str, texts: Sequence[str]) -> None:
    labels = [_label(row, texts) for row in rows]
    most, width = max(float(row[number] or 0) for row in rows), max(map(len, labels))
    sys.stdout.write(f"{number}, by {', '.join(texts[:2])}\n")
    for label, row in zip(labels, rows, strict=True):
        length = round(BAR * float(row[number] or 0) / most) if most > 0 else 0
        sys.stdout.write(f"{label:<{width}}  {'█' * max(length, 0):<{BAR}}  {cell(row[number])}\n")


def _lines(rows: Sequence[Row], time: str, number: str, texts: Sequence[str]) -> None:
    """A series has a block for every time that any row has; where it has no row, it is zero. The newest LINE times are drawn."""
    times = sorted({row[time] for row in rows})[-LINE:]
    series: dict[str, dict[Any, float]] = {}
    for row in rows:
        found = series.setdefault(_label(row, texts), {})
        found[row[time]] = found.get(row[time], 0.0) + float(row[number] or 0)
    most, width = max(max(each.values()) for each in series.values()), max(map(len, series))
    sys.stdout.write(f"{number}, {cell(times[0])} to {cell(times[-1])}, highest {most:g}\n")
    for label, values in sorted(series.items(), key=lambda item: -sum(item[1].values())):
        drawn = "".join(_block(values.get(at, 0.0), most) for at in times)
        sys.stdout.write(f"{label:<{width}}  {drawn}  {sum(values.get(at, 0.0) for at in times):g}\n")


def _block(value: float, most: float) -> str:
    if value <= 0 or most <= 0:
        return " "
    return BLOCKS[min(len(BLOCKS) - 1, int(value / most * len(BLOCKS)))]


def _label(row: Row, texts: Sequence[str]) -> str:
    text = short(" ".join(cell(row[name]) for name in texts[:2]))
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
