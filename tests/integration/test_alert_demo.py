"""The demonstration's history, landed as a worker lands it: its three incidents are three alerts of severity high, its ordinary weeks are none."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from landing import RUN, open_run
from receiving import Receiver

from streams.alerts.book import Delivery
from streams.alerts.channels import Channels
from streams.alerts.desk import AlertDesk
from streams.alerts.engine import Engine
from streams.alerts.rules import load_rules
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.volumes import VolumeRefresher
from streams.decode import Decoder, Event, Record
from streams.demo.history import history
from streams.demo.traffic import Generated, Traffic
from streams.landing.columns import Landing, tables_of, to_millis
from streams.landing.spans import RunSpan
from streams.policy import Auditor, Finding, Pack
from streams.privacy import HashKey
from streams.settings import DemoSettings, IntakeSettings, KafkaSettings, RetentionSettings
from streams.settings_alerts import AlertRoute, AlertsSettings

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 24, 15, 20, tzinfo=UTC)  # a Tuesday
CHUNK, JUDGED = 10_000, timedelta(days=2)
SPAN = RunSpan(RUN, "x", 0, 1 << 62)


class Landed:
    """Lands what the demonstration sends, without broker and worker."""

    def __init__(self, client: ClickHouse) -> None:
        self._client, self._pack = client, Pack.load(None)
        self._auditor, self._decoder = Auditor(self._pack), Decoder(IntakeSettings(), RetentionSettings())
        self.rules = load_rules(None, self._pack.detectors)

    def land(self, events: Sequence[Generated], now: datetime) -> None:
        """Of what lies days back only what touches a category is judged: nobody would be told of the rest, and judging it takes half a minute."""
        lately = (now - JUDGED).timestamp()
        self._insert([each for each in events if each.group or each.sent_s > lately], now, self._auditor.findings)
        self._insert([each for each in events if not each.group and each.sent_s <= lately], now, lambda _: {})
        volumes = VolumeRefresher(self._client)
        volumes.touch({int(each.occurred_s) // 3_600 * 3_600_000 for each in events})
        volumes.refresh()
        row = {"topic": ["usage.events"], "partition": pa.array([0], pa.uint32()), "landed_at": pa.array([now], pa.timestamp("ms", "UTC"))}
        self._client.insert("ledger", pa.table(row))

    def _insert(self, events: Sequence[Generated], now: datetime, findings: Callable[[list[Event]], Mapping[int, Finding]]) -> None:
        landing = Landing(SPAN, HashKey(b"k" * 32), to_millis(now), None)
        for first in range(0, len(events), CHUNK):
            chunk = events[first : first + CHUNK]
            records = [Record("usage.events", 0, at, round(each.sent_s * 1_000), None, each.value, ()) for at, each in enumerate(chunk, first)]
            located = self._decoder.decode(records, now).events
            for name, table in tables_of(located, findings([each.event for each in located]), landing).items():
                self._client.insert(name, table)


def told(store, landed: Landed, now: datetime) -> list[tuple[str, str]]:
    """What a receiver that verifies signatures is told when the rules are evaluated: organization or number of members, and category."""
    with Receiver() as receiver:
        route = AlertRoute.model_validate(receiver.route(least_severity="high"))
        settings = AlertsSettings(routes={"desk": route}, internal_receivers=["127.0.0.1/32"])
        evaluator = Engine(store.client, landed.rules, settings)
        made = [each for moment in (now, now + timedelta(seconds=settings.late_wait_s)) for each in evaluator.evaluate(moment).deliveries]
        asyncio.run(deliver(settings, made))
        assert (len(receiver.taken), receiver.refused) == (len(made), 0)
        known = receiver.ids()
    rows = [row for row in AlertDesk(store.client).listed(limit=10_000) if row["alert_id"] in known]
    return sorted((row["organization_id"] or f"{len(row['organizations'])} organizations", row["category"]) for row in rows)


async def deliver(settings: AlertsSettings, deliveries: Sequence[Delivery]) -> None:
    """One attempt for each."""
    channels = Channels(settings, KafkaSettings)
    for each in deliveries:
        answer = await channels.send(each.route, settings.routes[each.route], each.delivery_id, each.body)
        assert answer.delivered, answer
    await channels.close()


def test_the_three_incidents_of_the_demonstration_are_exactly_the_three_alerts_that_are_told(store):
    open_run(store.client)
    demo, landed = DemoSettings(), Landed(store.client)
    events = list(history(Traffic(demo), demo, NOW.timestamp()))
    landed.land([each for each in events if not each.incident], NOW)
    assert told(store, landed, NOW) == []
    landed.land([each for each in events if each.incident], NOW + timedelta(minutes=10))
    assert told(store, landed, NOW + timedelta(minutes=10)) == [
        ("7 organizations", "political_lobbying"),
        ("org-bright-harbor-media", "election_misinformation"),
        ("org-quiet-lantern", "privacy_tracking"),
    ]
    high = [row for severity in ("high", "critical") for row in AlertDesk(store.client).listed(state="open", severity=severity, limit=100)]
    assert len(high) == 3, [row["title"] for row in high]
