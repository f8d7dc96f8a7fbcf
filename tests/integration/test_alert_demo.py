"""The demonstration's three incidents are three alerts of severity high that reach a receiver; its ordinary weeks are none, also while they land."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from demonstrated import Demonstration
from receiving import Receiver

from streams.alerts.book import Delivery
from streams.alerts.channels import Channels
from streams.alerts.desk import AlertDesk
from streams.alerts.engine import Engine
from streams.alerts.rules import load_rules
from streams.policy.pack import SHIPPED
from streams.settings import KafkaSettings
from streams.settings_alerts import AlertRoute, AlertsSettings

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 24, 15, 20, tzinfo=UTC)  # a Tuesday
EVENTS_PER_DAY = 1_000  # a sixth of the demonstration's, and all of its incidents
RULES = load_rules(None, {path.stem for path in (SHIPPED / "detectors").glob("*.toml")})


def told(store, now: datetime) -> list[tuple[str, str]]:
    """What a receiver that verifies signatures is told when the rules are evaluated: organization or number of members, and category."""
    with Receiver() as receiver:
        route = AlertRoute.model_validate(receiver.route(least_severity="high"))
        settings = AlertsSettings(routes={"desk": route}, internal_receivers=["127.0.0.1/32"])
        evaluator = Engine(store.client, RULES, settings)
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
    demonstration = Demonstration(store.client, NOW, events_per_day=EVENTS_PER_DAY)
    sent = demonstration.sent()
    ordinary = [each for each in sent if not each.incident]
    half, watching = len(ordinary) * 2 // 3, Engine(store.client, RULES, AlertsSettings())
    demonstration.land(ordinary[:half], evaluate_alerts=False)
    for after in (0, 11):  # the rest of the history is on its way, however long that takes
        assert "organization_silent" not in {each.rule for each in watching.evaluate(NOW + timedelta(minutes=after)).changed}
    demonstration.land(ordinary[half:], evaluate_alerts=False)
    assert told(store, NOW) == []
    demonstration.land([each for each in sent if each.incident], evaluate_alerts=False)
    assert told(store, NOW + timedelta(minutes=10)) == [
        ("7 organizations", "political_lobbying"),
        ("org-bright-harbor-media", "election_misinformation"),
        ("org-quiet-lantern", "privacy_tracking"),
    ]
    high = [row for severity in ("high", "critical") for row in AlertDesk(store.client).listed(state="open", severity=severity, limit=100)]
    assert len(high) == 3, [row["title"] for row in high]
