"""What receivers are sent. Pure: the same alert and occasion give the same bytes, and nothing of what a prompt said can be in them."""

import json
from collections.abc import Callable
from typing import Any

from streams.alerts.formats.email import email
from streams.alerts.formats.message import Message
from streams.alerts.formats.ocsf import ocsf
from streams.alerts.formats.pagerduty import pagerduty
from streams.alerts.formats.slack import slack
from streams.alerts.formats.standard import contract, standard
from streams.alerts.formats.teams import teams
from streams.settings_alerts import AlertRoute

LONGEST_BODY = 20_000  # bytes

FORMATS: dict[str, Callable[[Message], dict[str, Any]]] = {
    "webhook": standard, "kafka": contract, "slack": slack, "pagerduty": pagerduty, "teams": teams, "email": email, "ocsf": ocsf,
}  # fmt: skip


def body_for(route: AlertRoute, message: Message) -> str:
    """The body, as text. Keys of a receiver are added when it is sent: they have no place in the outbox."""
    name = route.kind if route.format == "plumbline" else route.format
    return json.dumps(FORMATS[name](message), ensure_ascii=False, separators=(",", ":"))
