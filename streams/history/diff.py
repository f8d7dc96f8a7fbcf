"""What one policy says of stored history against another: decided once per distinct combination of facts, not once per event.

A decision rests on the context, the detections, the time as far as a revision or an allowance begins or ends, and the organization as far as an
allowance names it. A million events have some thousand such combinations.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from schemas import Tag
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.history.sides import Side, edges_of, moment_in
from streams.history.stored import context_of, detections_of

SAMPLES = 5
DIMENSIONS = ("organization_id", "country")


class Change(NamedTuple):
    """How many events change alike. `before` and `after` are outcome and severity, empty for no tag."""

    change: str  # newly_flagged, cleared, outcome or severity
    category: str
    before: str
    after: str
    organization_id: str
    country: str
    events: int
    samples: tuple[str, ...]


class Difference(NamedTuple):
    """`events` were compared, `changed` of them differ in at least one category."""

    events: int
    changed: int
    changes: list[Change]


def diff(client: ClickHouse, a: Side, b: Side, since: datetime, until: datetime) -> Difference:
    """Compare all events from `since` to `until`, by organization and country."""
    edges = edges_of((a, b))
    rows = client.arrow(sql_text("policy/combinations"), {"edges": edges, "since": since, "until": until})
    comparison = _Comparison(a, b, edges)
    for row in rows.to_pylist():
        comparison.add(row)
    return Difference(comparison.events, comparison.changed, list(comparison.changes()))


def summed(changes: Sequence[Change], dimensions: Sequence[str]) -> list[Change]:
    """The changes with only the given dimensions kept apart, the most frequent first."""
    events: Counter[tuple] = Counter()
    samples: dict[tuple, set[str]] = {}
    for change in changes:
        kept = change._replace(**{name: "" for name in DIMENSIONS if name not in dimensions})[:6]
        events[kept] += change.events
        samples.setdefault(kept, set()).update(change.samples)
    ordered = sorted(events, key=lambda kept: (-events[kept], kept))
    return [Change(*kept, events[kept], tuple(sorted(samples[kept])[:SAMPLES])) for kept in ordered]


def compared(before: Sequence[Tag], after: Sequence[Tag]) -> Iterator[tuple[str, str, str, str]]:
    """(change, category, before, after) of each category that differs."""
    old, new = ({tag.category: tag for tag in tags} for tags in (before, after))
    for category in sorted(old.keys() | new.keys()):
        was, now = old.get(category), new.get(category)
        if was is None or now is None:
            yield "newly_flagged" if now else "cleared", category, _shown(was), _shown(now)
        elif was.outcome != now.outcome or was.severity != now.severity:
            yield "outcome" if was.outcome != now.outcome else "severity", category, _shown(was), _shown(now)


def _shown(tag: Tag | None) -> str:
    return f"{tag.outcome.value} {tag.severity.value}" if tag else ""


class _Comparison:
    """Decides each combination once, and counts."""

    def __init__(self, a: Side, b: Side, edges: Sequence[int]) -> None:
        self._a, self._b, self._edges = a, b, edges
        self._named = a.organizations | b.organizations
        self._known: dict[tuple, tuple] = {}
        self._counts: Counter[tuple] = Counter()
        self._samples: dict[tuple, set[str]] = {}
        self.events = self.changed = 0

    def add(self, row: dict[str, Any]) -> None:
        """One combination of one organization."""
        self.events += row["events"]
        changes = self._changes_of(row)
        self.changed += row["events"] if changes else 0
        for change in changes:
            key = (*change, row["organization_id"], row["country"])
            self._counts[key] += row["events"]
            self._samples.setdefault(key, set()).update((row["first_id"], row["last_id"]))

    def _changes_of(self, row: dict[str, Any]) -> tuple:
        organization = row["organization_id"] if row["organization_id"] in self._named else ""
        facts = ("audience", "organization_type", "declared_use_case", "end_user_age", "country", "period")
        lists = ("safeguards", "categories", "scores", "rules", "rule_versions")
        key = (organization, *(row[name] for name in facts), *(tuple(row[name]) for name in lists))
        known = self._known.get(key)
        if known is None:
            detections = detections_of(*(row[name] for name in lists[1:]))
            asked = (organization, moment_in(row["period"], self._edges), context_of(row), detections)
            known = self._known[key] = tuple(compared(self._a.decide(*asked)[1], self._b.decide(*asked)[1]))
        return known

    def changes(self) -> Iterator[Change]:
        """All that was counted."""
        for key in sorted(self._counts):
            yield Change(*key, self._counts[key], tuple(sorted(self._samples[key])[:SAMPLES]))
