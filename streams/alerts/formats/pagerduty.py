"""PagerDuty Events API v2: one incident per alert, by its id as dedup key; acknowledged and resolved from here too."""

from typing import Any

from streams.alerts.formats.message import Message, moment

ACTIONS = {"opened": "trigger", "escalated": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
SEVERITIES = {"low": "info", "medium": "warning", "high": "error", "critical": "critical"}
LONGEST_SUMMARY = 1_024


def pagerduty(message: Message) -> dict[str, Any]:
    """The event without its routing key."""
    incident = message.incident
    event: dict[str, Any] = {"event_action": ACTIONS[message.occasion], "dedup_key": incident.alert_id}
    if event["event_action"] != "trigger":
        return event
    links = [{"href": address, "text": text} for address, text in ((message.link, "Alerts"), (incident.runbook, "Runbook")) if "://" in address]
    return {
        **event,
        "client": "Plumbline",
        **({"client_url": message.link} if message.link else {}),
        "links": links,
        "payload": {
            "summary": message.headline[:LONGEST_SUMMARY],
            "source": incident.organization_id or "plumbline",
            "severity": SEVERITIES[incident.severity],
            "timestamp": moment(message.at).isoformat(),
            "component": incident.category or incident.rule,
            "group": incident.group_key[:255],
            "class": incident.rule,
            "custom_details": message.alert.model_dump(mode="json"),
        },
    }
