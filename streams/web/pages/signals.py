"""Signals by category as rows and as a chart."""

from collections import Counter, defaultdict
from typing import Any

from streams.web.chart import Chart, sparkline, stacked
from streams.web.pages.visit import Rows, Visit
from streams.web.render import iso, link, number

SHOWN = 6  # series of a stack that can still be told apart; the rest is one
OTHER = ""


def category_rows(visit: Visit, series: Rows) -> list[dict[str, Any]]:
    """Per category: events of this period and the one before, and its course; most events first."""
    slots = len(visit.window.slots)
    courses: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([0] * slots, [0] * slots))
    for row in series:
        if row["slot"] < slots:
            courses[row["category"]][row["before"]][row["slot"]] += row["tagged_events"]
    rows = []
    for category, (now, before) in courses.items():
        top = max(*now, *before, 1)
        course = {"now": sparkline(now, top), "then": sparkline(before, top)}
        rows.append({"category": category, "events": sum(now), "before": sum(before), "course": course, "values": now, "values_before": before})
    return sorted(rows, key=lambda row: (-row["events"], -row["before"], row["category"]))


def category_chart(visit: Visit, series: Rows) -> Chart:
    """The categories with most events stacked over time, the rest as one, the period before as a line."""
    rows = category_rows(visit, series)
    shown = [(row["category"], row["values"]) for row in rows[:SHOWN] if row["events"]]
    rest = rows[len(shown) :]
    if any(row["events"] for row in rest):
        shown.append((OTHER, [sum(values) for values in zip(*(row["values"] for row in rest), strict=True)]))
    before: Counter[int] = Counter()
    for row in rows:
        before.update(dict(enumerate(row["values_before"])))
    slots = visit.window.slots
    totals = [sum(values[index] for _, values in shown) for index in range(len(slots))]
    titles = [f"{slot:%a %d %b, %H:%M} UTC: {number(totals[index])} (before: {number(before[index])})" for index, slot in enumerate(slots)]
    ends = [*slots[1:], visit.window.until]
    keep = {name: value for name, value in visit.filters.items() if name not in ("since", "until")}
    hrefs = [link("/events", keep, since=iso(start), until=iso(end)) for start, end in zip(slots, ends, strict=True)]
    return stacked(shown, [before[index] for index in range(len(slots))] if any(before.values()) else [], titles, hrefs)
