"""Signals over time: the course of each value of a dimension, and all of them as one stacked chart."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from streams.web.chart import Chart, Series, sparkline, stacked
from streams.web.pages.visit import Rows, Visit
from streams.web.render import iso, link, number, plain
from streams.web.window import Window

SHOWN = 6  # series of a stack that can still be told apart; the rest is one


@dataclass(frozen=True)
class Course:
    """One value of a dimension over the slots of a period and the one before."""

    name: str
    values: Sequence[int]
    values_before: Sequence[int]

    @property
    def events(self) -> int:
        return sum(self.values)

    @property
    def before(self) -> int:
        return sum(self.values_before)

    @property
    def spark(self) -> dict[str, str]:
        top = max(*self.values, *self.values_before, 1)
        return {"now": sparkline(self.values, top), "then": sparkline(self.values_before, top)}


class Look(NamedTuple):
    """How a value of the dimension is called and coloured, and where its name leads."""

    label: str
    css: str
    href: str


def courses(window: Window, series: Rows, outcome: str = "") -> list[Course]:
    """The courses in the rows of the question `series`, of one outcome or all, most events first."""
    slots = len(window.slots)
    found: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([0] * slots, [0] * slots))
    for row in series:
        if row["slot"] < slots and outcome in ("", row["outcome"]):
            found[row["name"]][row["before"]][row["slot"]] += row["tagged_events"]
    rows = [Course(name, now, before) for name, (now, before) in found.items()]
    return sorted(rows, key=lambda row: (-row.events, -row.before, row.name))


def chart(visit: Visit, rows: Sequence[Course], look: Callable[[str], Look]) -> Chart:
    """The values with most events stacked over time, the rest as one layer, the period before as a line. A column leads to its events."""
    slots = visit.window.slots
    shown = [row for row in rows if row.events][:SHOWN]
    layers = [Series(*look(row.name), row.values) for row in shown]
    if rest := [row.values for row in rows if row.events][SHOWN:]:
        layers.append(Series("All others", "rest", "", [sum(values) for values in zip(*rest, strict=True)]))
    before = [sum(row.values_before[index] for row in rows) for index in range(len(slots))]
    titles = [_title(visit.window, index, layers, before[index]) for index in range(len(slots))]
    ends = [*slots[1:], visit.window.until]
    keep = {name: value for name, value in visit.filters.items() if name not in ("since", "until")}
    hrefs = [link("/events", keep, since=iso(start), until=iso(end)) for start, end in zip(slots, ends, strict=True)]
    return stacked(layers, before if any(before) else [], titles, hrefs)


def _title(window: Window, index: int, layers: Sequence[Series], before: float) -> str:
    """What a column says, a line per layer, from the top of the stack."""
    start, total = window.slots[index], sum(layer.values[index] for layer in layers)
    lines = [f"{start:%a %d %b, %H:%M} UTC: {number(total)}, before {number(before)}"]
    lines += [f"{plain(layer.label, 60)}: {number(layer.values[index])}" for layer in reversed(layers) if layer.values[index]]
    return "\n".join(lines)


def category_look(visit: Visit) -> Callable[[str], Look]:
    """Categories by their titles, in their fixed colours."""
    return lambda name: Look(visit.facts.title(name), f"c{visit.facts.colour(name)}", link("/category", visit.period, id=name))


def outcome_look(visit: Visit) -> Callable[[str], Look]:
    """Outcomes, in the colours of their weight."""
    return lambda name: Look(name.replace("_", " ").capitalize(), f"outcome-{name}", link("/events", visit.filters, outcome=name))


def series_table(window: Window, rows: Sequence[Course]) -> list[dict[str, object]]:
    """What the chart shows, as rows: slot, value, events in it and in the same slot before."""
    return [
        {"time": slot, "name": row.name, "tagged_events": row.values[index], "events_before": row.values_before[index]}
        for index, slot in enumerate(window.slots)
        for row in rows
        if row.values[index] or row.values_before[index]
    ]
