"""A marked sample, to try a route with."""

import time
from collections.abc import Callable
from uuid import uuid4

from streams.alerts.channels import Channels
from streams.alerts.formats import body_for
from streams.alerts.formats.message import Message
from streams.alerts.incidents import Incident
from streams.alerts.retries import Answer
from streams.settings import KafkaSettings
from streams.settings_alerts import AlertRoute, AlertsSettings


async def send_sample(name: str, settings: AlertsSettings, kafka: Callable[[], KafkaSettings]) -> tuple[str, Answer]:
    """Send a sample to a route of the settings, once. Returns the delivery's id and what came of it."""
    route, channels = settings.routes[name], Channels(settings, kafka)
    delivery, body = sample_body(name, route, settings.page_url)
    try:
        return delivery, await channels.send(name, route, delivery, body)
    finally:
        await channels.close()


def sample_body(name: str, route: AlertRoute, page_url: str) -> tuple[str, str]:
    """Delivery id and body of a sample; every format says that it is a test."""
    now = int(time.time())
    incident = Incident(
        alert_id=f"alert_test_{uuid4().hex[:12]}", group_key="test", rule="test", rule_version=1, rules=("test",), severity=route.least_severity,
        title="A sample to try this route", owner="whoever asked for it", runbook="docs/alerts.md#routes", routes=(name,),
        dimensions={"organization": "org-sample", "category": "sample"}, organizations=(), likeness=(), window_start=now - 3_600, window_end=now,
        value=1.0, threshold=1.0, query=f"plumbline alerts test {name}", cooldown_s=0, opened_at=now,
    )  # fmt: skip
    return f"msg_test_{uuid4().hex[:16]}", body_for(route, Message(incident, "opened", now, page_url, sample=True))
