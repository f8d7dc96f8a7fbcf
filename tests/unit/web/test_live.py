"""The live stream: one look for all, each tag once, filters, and slow browsers."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from streams.metrics import Metrics
from streams.settings import Settings
from streams.web.facts import Facts
from streams.web.live import QUEUED, Filter, Live

NOW = datetime.now(UTC)


def tag(number: int, **fields: object) -> dict:
    row = {"content_hash": 1, "organization_id": "acme", "event_id": f"e{number}", "category": "minors", "outcome": "violation"}
    row |= {"severity": "high", "score": 0.9}
    row |= {"clause": "c", "rule": "r", "rule_version": 1, "field": "text", "start": 0, "end": 1, "excerpt": "x", "model": "", "country": ""}
    return row | {"landed_at": NOW + timedelta(seconds=number), "occurred_at": NOW} | fields


@pytest.fixture
def live(canned, monkeypatch):
    canned.answers["pipeline"] = [{"seen": 3, "dead_lettered": 0}]
    facts = Facts(Settings(), lambda: None, canned)
    monkeypatch.setattr(facts, "_read_lag", lambda: 7)
    return Live(canned, facts, Metrics())


async def take(stream, count: int) -> list[dict]:
    events = []
    while len(events) < count:
        event = await asyncio.wait_for(anext(stream), 2)
        if event["event"] == "tag":
            events.append(json.loads(event["data"]))
    return events


async def test_a_tag_comes_once_although_looks_overlap(live, canned):
    canned.answers["live"] = [tag(1), tag(2)]
    stream = live.follow(Filter())
    assert json.loads((await anext(stream))["data"]) == {"seen": 3, "dead_lettered": 0, "behind": 7}
    await live.look()
    await live.look()
    canned.answers["live"] = [tag(2), tag(3)]
    await live.look()
    assert [each["event_id"] for each in await take(stream, 3)] == ["e1", "e2", "e3"]
    await stream.aclose()


async def test_each_browser_gets_what_its_filter_admits(live, canned):
    streams = [live.follow(Filter(category="minors")), live.follow(Filter(severity="critical")), live.follow(Filter(organization="other"))]
    for stream in streams:
        await anext(stream)
    canned.answers["live"] = [tag(1), tag(2, severity="critical", category="x"), tag(3, organization_id="other")]
    await live.look()
    assert [[each["event_id"] for each in await take(stream, count)] for stream, count in zip(streams, (2, 1, 1), strict=True)] == [
        ["e1", "e3"], ["e2"], ["e3"],
    ]  # fmt: skip
    for stream in streams:
        await stream.aclose()


async def test_a_browser_that_does_not_read_holds_up_nobody(live, canned):
    slow, quick = live.follow(Filter()), live.follow(Filter())
    await anext(slow)
    await anext(quick)
    canned.answers["live"] = [tag(number) for number in range(QUEUED + 100)]
    await live.look()
    assert len(await take(quick, QUEUED)) == QUEUED
    await slow.aclose()
    await quick.aclose()


async def test_without_listeners_nothing_is_kept_waiting(live):
    stream = live.follow(Filter())
    await anext(stream)
    assert live._metrics.registry.get_sample_value("plumbline_live_readers") == 1
    await stream.aclose()
    assert live._metrics.registry.get_sample_value("plumbline_live_readers") == 0


def test_what_traffic_says_leaves_as_harmless_text(live):
    shown = live.shown(tag(1, excerpt="\u202e<b>" + "x" * 100_000, organization_id="a&b"))
    assert shown["excerpt"].startswith("⟨U+202E⟩<b>") and len(shown["excerpt"]) < 300
    assert shown["organization_href"] == "/organization?id=a%26b"


def test_a_tag_that_rests_on_the_context_says_so(live):
    shown = live.shown(tag(1, field="context.end_user_age", excerpt="minor"))
    assert shown["context"] == "rests on the context: End user age is Minor"
    assert live.shown(tag(1))["context"] == ""
