"""What an analyst should find: three incidents and two changes of revision."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from schemas import UsageEvent
from streams.decode import Decoder, Record
from streams.demo.history import BOUNDARIES, archive, expected_events, history
from streams.demo.incidents import DAY_S
from streams.demo.traffic import Generated, Traffic
from streams.landing.similarity import distance, simhash
from streams.settings import DemoSettings, IntakeSettings, RetentionSettings


def of(events: list[Generated], incident: str) -> list[Generated]:
    found = [event for event in events if event.incident == incident]
    assert found
    return found


def read(event: Generated) -> UsageEvent:
    record = Record("usage.events", 0, 0, 0, None, event.value, ())
    (located,) = Decoder(IntakeSettings(), RetentionSettings()).decode([record], datetime(2026, 11, 25, tzinfo=UTC)).events
    return located.event


def test_it_comes_in_order_and_ends_now(events: list[Generated], demo: DemoSettings, now_s: float, traffic: Traffic) -> None:
    recent = [event.sent_s for event in events if event.sent_s > now_s - 15 * DAY_S]
    assert recent == sorted(recent)
    assert recent[0] >= now_s - demo.backfill_days * DAY_S
    assert now_s - 600 < recent[-1] <= now_s
    assert len(events) == pytest.approx(expected_events(traffic, demo), rel=0.03)


def test_one_organization_surges_and_peaks_two_days_ago(events: list[Generated], now_s: float) -> None:
    surge = of(events, "vote-surge")
    assert {event.organization_id for event in surge} == {"org-bright-harbor-media"}
    by_day = Counter(int((now_s - event.occurred_s) // DAY_S) for event in surge)
    assert max(by_day, key=by_day.__getitem__) in (1, 2)
    assert by_day[2] > 2 * by_day[5]
    before = [event for event in events if event.organization_id == "org-bright-harbor-media" and event.group and event not in surge]
    assert "election_misinformation" not in {event.group.category for event in before}


def test_a_new_organization_is_first_seen_four_days_ago(events: list[Generated], now_s: float) -> None:
    new = of(events, "new-tracker")
    assert {event.organization_id for event in events if event.organization_id == "org-quiet-lantern"} == {new[0].organization_id}
    first = min(event.occurred_s for event in events if event.organization_id == "org-quiet-lantern")
    assert 3.5 < (now_s - first) / DAY_S < 4.2
    assert sum(event.occurred_s > now_s - 2 * DAY_S for event in new) > len(new) / 2


def test_one_text_comes_from_several_organizations_within_hours(events: list[Generated], now_s: float) -> None:
    sent = of(events, "one-text")
    assert max(event.occurred_s for event in sent) - min(event.occurred_s for event in sent) < 8 * 3_600
    assert 0.8 < (now_s - sent[0].occurred_s) / DAY_S < 1.3
    texts = {event.event_id: read(event) for event in sent}
    asked = {name: "\n".join(text for _, text in event.content()) for name, event in texts.items()}
    assert len(set(asked.values())) > 10
    hashes = Counter(map(simhash, asked.values()))
    centre = hashes.most_common(1)[0][0]
    near = {texts[name].organization_id for name, text in asked.items() if distance(simhash(text), centre) <= 3}
    assert len(near) >= 5


def test_incidents_move_with_the_end_of_the_history(traffic: Traffic, demo: DemoSettings) -> None:
    days = DemoSettings(events_per_day=100, backfill_days=7, seed=demo.seed)
    for now_s in (1_795_000_000.0, 1_796_000_000.0):
        found = [event for event in history(Traffic(days), days, now_s) if event.incident]
        assert now_s - 7 * DAY_S < min(event.occurred_s for event in found)
        assert now_s - DAY_S < max(event.occurred_s for event in found) <= now_s


def test_the_archive_lies_on_both_sides_of_each_change(traffic: Traffic) -> None:
    found = archive(traffic)
    changes = [datetime(2024, 6, 6, tzinfo=UTC).timestamp(), datetime(2025, 9, 15, tzinfo=UTC).timestamp()]
    for boundary, change in zip(BOUNDARIES, changes, strict=True):
        inside = [event for event in found if boundary.begins.timestamp() <= event.occurred_s < boundary.ends.timestamp()]
        differing = [event for event in inside if event.group and event.group.outcome(boundary.before) != event.group.outcome(boundary.after)]
        assert len(inside) == 300
        assert sum(event.occurred_s < change for event in differing) > 30
        assert sum(event.occurred_s >= change for event in differing) > 30


def test_what_retention_would_refuse_is_left_out(traffic: Traffic, demo: DemoSettings, now_s: float) -> None:
    small = DemoSettings(events_per_day=100, backfill_days=1, seed=demo.seed)
    oldest = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
    assert min(event.occurred_s for event in history(traffic, small, now_s, oldest_s=oldest)) >= oldest
