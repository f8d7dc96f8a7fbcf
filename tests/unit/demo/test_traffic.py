"""The stream of events: repeatable, decodable, and with the shares that a demonstration needs."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from streams.decode import Decoded, Decoder, Record
from streams.demo.history import history, pace_of_history, pace_of_live
from streams.demo.traffic import Form, Generated, Traffic
from streams.policy import Pack
from streams.settings import DemoSettings, IntakeSettings, RetentionSettings


def decoded(events: list[Generated], now_s: float) -> Decoded:
    records = [Record("usage.events", 0, offset, round(each.sent_s * 1_000), None, each.value, ()) for offset, each in enumerate(events)]
    return Decoder(IntakeSettings(), RetentionSettings()).decode(records, datetime.fromtimestamp(now_s, UTC))


def first_days(**settings: int) -> list[bytes]:
    demo = DemoSettings(events_per_day=500, backfill_days=2, **settings)
    return [event.value for event in history(Traffic(demo), demo, 1_795_000_000.0)]


def test_one_seed_gives_the_same_bytes_again_and_another_seed_others() -> None:
    assert first_days(seed=1) == first_days(seed=1)
    assert not set(first_days(seed=1)) & set(first_days(seed=2))


def test_a_period_is_the_same_whatever_was_made_before_it(traffic: Traffic, demo: DemoSettings) -> None:
    pace = pace_of_history(demo)
    alone = Traffic(demo).period(pace, 498_000)
    traffic.period(pace, 497_999)
    assert traffic.period(pace, 498_000) == alone


def test_ids_are_unique_but_for_what_is_sent_twice_on_purpose(events: list[Generated]) -> None:
    once = [event.event_id for event in events if event.form is not Form.DUPLICATE]
    assert len(once) == len(set(once))
    firsts = {event.event_id: event.value for event in events if event.form is Form.ONCE}
    again = [event for event in events if event.form is Form.DUPLICATE]
    assert again
    assert all(firsts.get(event.event_id, event.value) == event.value for event in again)


def test_history_and_live_traffic_never_share_an_id(traffic: Traffic, demo: DemoSettings) -> None:
    history_ids = {event.event_id for event in traffic.period(pace_of_history(demo), 5_000)}
    live_ids = {event.event_id for second in range(60) for event in traffic.period(pace_of_live(demo), 5_000 + second)}
    assert history_ids
    assert live_ids
    assert not history_ids & live_ids


def test_every_record_but_the_malformed_ones_is_an_event_as_it_was_meant(events: list[Generated], now_s: float, traffic: Traffic) -> None:
    sound = [event for event in events if event.form is not Form.MALFORMED]
    found = decoded(sound, now_s)
    assert [(reject.reason, reject.message) for reject in found.rejects] == []
    assert found.filtered == {}
    for event, located in zip(sound, found.events, strict=True):
        got, sender = located.event, traffic.by_id[event.organization_id]
        assert (got.organization_id, got.event_id) == (event.organization_id, event.event_id)
        assert abs(got.occurred_at.timestamp() - event.occurred_s) < 1  # OpenAI's pairs have whole seconds
        assert got.source == sender.source
        assert got.context.organization_type == sender.organization_type
        assert got.context.country == sender.country
        assert got.model
        assert got.user_id
        assert got.api_key_id
        assert list(got.content())


def test_every_malformed_record_is_refused_and_they_are_wrong_in_many_ways(events: list[Generated], now_s: float) -> None:
    spoiled = [event for event in events if event.form is Form.MALFORMED]
    found = decoded(spoiled, now_s)
    assert (len(found.events), len(found.rejects)) == (0, len(spoiled))
    assert len({reject.reason for reject in found.rejects}) >= 6


def test_forms_have_their_shares(events: list[Generated]) -> None:
    shares = {form: count / len(events) for form, count in Counter(event.form for event in events).items()}
    assert 0.007 < shares[Form.DUPLICATE] < 0.013
    assert 0.01 < shares[Form.LATE] < 0.02
    assert 0.001 < shares[Form.MALFORMED] < 0.004


def test_all_sources_shapes_and_languages_are_there(events: list[Generated], now_s: float) -> None:
    found = decoded([event for event in events[::3] if event.form is Form.ONCE], now_s).events
    sources = Counter(located.event.source for located in found)
    assert set(sources) == {"plumbline", "anthropic.messages", "openai.chat", "litellm", "otel.log"}
    assert sources["plumbline"] > len(found) * 0.4
    texts = [text for located in found for _, text in located.event.content()]
    assert any(text.startswith('{"task"') for text in texts)
    assert any("```" in text for text in texts)
    assert any(isinstance(located.event.input, list) and len(located.event.input) == 3 for located in found)
    assert sum(located.event.system is not None for located in found) > len(found) * 0.3
    assert any("ß" in text or "ü" in text for text in texts)
    assert any("¿" in text for text in texts)


def test_violations_are_a_small_share_in_every_category(events: list[Generated], now_s: float) -> None:
    touching = [event for event in events if event.occurred_s > now_s - 16 * 86_400 and event.group and not event.incident]
    violations = [event for event in touching if event.group.today() != "none"]
    assert 0.008 < len(violations) / len(events) < 0.02
    assert {event.group.category for event in violations} == set(Pack.load(None).detectors)
    assert {event.group.today() for event in violations} == {"violation", "unmet_requirement", "excused"}
    assert len([event for event in touching if event.group.today() == "none"]) > len(violations)


def test_the_same_people_break_rules_again(events: list[Generated]) -> None:
    own = [json.loads(event.value) for event in events if event.group and event.group.today() == "violation" and b'"user_id"' in event.value[:400]]
    people = Counter((each["organization_id"], each["user_id"]) for each in own if "user_id" in each)
    assert people.most_common(1)[0][1] >= 4


@pytest.mark.parametrize("hours", [(3, 15)])
def test_nights_are_quieter_than_days(events: list[Generated], hours: tuple[int, int], traffic: Traffic) -> None:
    office = {each.id for each in traffic.organizations if each.rhythm == "office" and each.utc_offset_h in (0, 1)}
    by_hour = Counter(int(event.sent_s // 3_600) % 24 for event in events if event.organization_id in office)
    night, day = hours
    assert by_hour[day] > 5 * max(1, by_hour[night])
