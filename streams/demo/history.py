"""What has been sent up to a moment: the days before it, the incidents, and an archive slice around each change of revision."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from streams.demo.content import Group
from streams.demo.incidents import DAY_S, incidents
from streams.demo.traffic import BY_SENDING, Generated, Pace, Traffic
from streams.settings import DemoSettings

PERIOD_S = 3_600
VIOLATIONS = 0.013  # share of the events, the incidents aside
ARCHIVE_EVENTS = 300  # around each boundary
_TOUCHING = 0.5  # of the archive: requests of which the revisions say different things


class Boundary(NamedTuple):
    """Days around the change from one revision to the next, and what was in use then, by provider."""

    before: str
    after: str
    begins: datetime
    ends: datetime
    models: dict[str, str]


BOUNDARIES = (
    Boundary(
        "aup", "2024-06-06", datetime(2024, 5, 20, tzinfo=UTC), datetime(2024, 6, 21, tzinfo=UTC),
        {"anthropic": "claude-3-opus-20240229", "openai": "gpt-4o", "mistral": "mistral-large-2402"},
    ),
    Boundary(
        "2024-06-06", "2025-09-15", datetime(2025, 8, 30, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC),
        {"anthropic": "claude-sonnet-4-20250514", "openai": "gpt-4.1", "mistral": "mistral-large-2411"},
    ),
)  # fmt: skip


def pace_of_history(demo: DemoSettings) -> Pace:
    events_per_s = demo.events_per_day / DAY_S
    return Pace("history", PERIOD_S, events_per_s, events_per_s * VIOLATIONS)


def pace_of_live(demo: DemoSettings) -> Pace:
    """Many more requests, but violations at a pace of their own: charts of violations go on without a step where the history ends."""
    violations_per_s = min(demo.live_violations_per_h / 3_600, demo.live_events_per_s / 2)
    return Pace("live", 1, demo.live_events_per_s, violations_per_s)


def history(traffic: Traffic, demo: DemoSettings, now_s: float, *, oldest_s: float = 0.0) -> Iterator[Generated]:
    """Everything up to `now_s`, in order of sending: the archive, then `demo.backfill_days` days. Nothing is dated before `oldest_s`."""
    yield from (event for event in archive(traffic) if oldest_s <= event.occurred_s <= now_s)
    first_s = now_s - demo.backfill_days * DAY_S
    found = (event for event in incidents(traffic, now_s) if event.sent_s >= first_s)
    yield from heapq.merge(_days(traffic, pace_of_history(demo), first_s, now_s), found, key=BY_SENDING)


def _days(traffic: Traffic, pace: Pace, first_s: float, now_s: float) -> Iterator[Generated]:
    indexes = range(int(first_s // pace.period_s), int(now_s // pace.period_s) + 1)
    return (event for event in traffic.in_order(pace, indexes) if first_s <= event.sent_s <= now_s)


def expected_events(traffic: Traffic, demo: DemoSettings) -> int:
    """About how many records `history` has."""
    found = sum(incident.events for incident in traffic.library.incidents)
    return round(demo.backfill_days * demo.events_per_day * 1.01) + found + ARCHIVE_EVENTS * len(BOUNDARIES)


def archive(traffic: Traffic) -> list[Generated]:
    """Requests of which the revisions say different things, among ordinary ones, on both sides of each boundary."""
    return [event for boundary in BOUNDARIES for event in sorted(_around(traffic, boundary), key=BY_SENDING)]


def _around(traffic: Traffic, boundary: Boundary) -> Iterator[Generated]:
    random, changed = traffic.random("archive", boundary.after), _changed(traffic, boundary)
    apart = traffic.library.incident_organizations()
    regular = [each for each in traffic.organizations if each.topics and each.id not in apart]
    span_s = (boundary.ends - boundary.begins).total_seconds()
    for number in range(ARCHIVE_EVENTS):
        moment = boundary.begins.timestamp() + random.random() * span_s
        if random.random() < _TOUCHING:
            group = random.choice(changed)
            organization = random.choice([each for each in regular if each.kind in group.kinds])
            request = traffic.composer.touching(random, organization, group)
        else:
            request = traffic.composer.ordinary(random, random.choice(regular))
        request = replace(request, model=boundary.models[request.organization.provider])
        yield traffic.event(request, moment, moment, ("archive", boundary.after, number))


def _changed(traffic: Traffic, boundary: Boundary) -> list[Group]:
    groups = [group for each in traffic.library.violations for group in each.groups if group.kinds]
    return [group for group in groups if group.outcomes[boundary.before] != group.outcomes[boundary.after]]
