"""Parts of a whole, for bars of shares."""

from collections import Counter
from typing import Any, NamedTuple

from schemas import Outcome
from streams.web.pages.visit import Rows


class Share(NamedTuple):
    """One part: `x` and `width` are percent of the whole."""

    name: str
    events: int
    share: float
    x: float
    width: float


def shares(counts: dict[str, int]) -> list[Share]:
    """The parts in the given order, side by side."""
    whole, at, parts = sum(counts.values()), 0.0, []
    for name, count in counts.items():
        width = count / whole * 100 if whole else 0
        parts.append(Share(name, count, count / whole if whole else 0, round(at, 3), round(width, 3)))
        at += width
    return parts


def outcome_shares(rows: Rows) -> list[Share]:
    """Outcomes by their weight, of this period, from the question `series`."""
    counts: Counter[str] = Counter()
    for row in rows:
        if not row["before"]:
            counts[row["outcome"]] += row["tagged_events"]
    return shares({each.value: counts[each.value] for each in Outcome if counts[each.value]})


def with_bars(rows: Rows, column: str) -> list[dict[str, Any]]:
    """Rows with `bar`: percent of the largest value."""
    top = max((row[column] for row in rows), default=0) or 1
    return [{**row, "bar": round(row[column] / top * 100, 2)} for row in rows]


def share_table(parts: list[Share]) -> list[dict[str, Any]]:
    """The parts as rows."""
    return [{"name": each.name, "tagged_events": each.events, "share": round(each.share, 4)} for each in parts]
