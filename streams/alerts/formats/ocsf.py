"""OCSF Detection Finding (class 2004), for SIEMs. Field names and numbers are the schema's."""

from typing import Any

from streams import __version__
from streams.alerts.formats.message import Message

CATEGORY, CLASS = 2, 2004
ACTIVITIES = {"opened": (1, "Create"), "escalated": (2, "Update"), "acknowledged": (2, "Update"), "resolved": (3, "Close")}
SEVERITIES = {"low": (2, "Low"), "medium": (3, "Medium"), "high": (4, "High"), "critical": (5, "Critical")}
STATUSES = {"open": (1, "New"), "acknowledged": (2, "In Progress"), "resolved": (4, "Resolved")}


def ocsf(message: Message) -> dict[str, Any]:
    """The finding. What has no field of OCSF's own is under `unmapped`."""
    incident, activity = message.incident, ACTIVITIES[message.occasion]
    severity, status = SEVERITIES[incident.severity], STATUSES[message.state]
    members = incident.organizations or ((incident.organization_id,) if incident.organization_id else ())
    return {
        "activity_id": activity[0], "activity_name": activity[1], "category_uid": CATEGORY, "category_name": "Findings",
        "class_uid": CLASS, "class_name": "Detection Finding", "type_uid": CLASS * 100 + activity[0],
        "type_name": f"Detection Finding: {activity[1]}",
        "time": message.at * 1000, "severity_id": severity[0], "severity": severity[1], "status_id": status[0], "status": status[1],
        "is_alert": message.state == "open", "message": message.headline, "count": max(1, round(incident.value)),
        "start_time": incident.window_start * 1000, "end_time": incident.window_end * 1000,
        "metadata": {
            "version": "1.4.0", "uid": f"{incident.alert_id}:{message.occasion}:{incident.generation}",
            "product": {"name": "Plumbline", "vendor_name": "Plumbline", "version": __version__}, "labels": ["test"] if message.sample else [],
        },
        "finding_info": {
            "uid": incident.alert_id, "title": incident.title, "types": [incident.category] if incident.category else [],
            "created_time": incident.opened_at * 1000, "first_seen_time": incident.window_start * 1000, "last_seen_time": incident.window_end * 1000,
            "analytic": {"uid": incident.rule, "name": incident.rule, "type_id": 1, "type": "Rule", "version": str(incident.rule_version)},
            **({"src_url": message.link} if message.link else {}),
        },
        "resources": [{"uid": name, "name": name, "type": "organization"} for name in members[:50]],
        "remediation": {"desc": incident.runbook},
        "unmapped": {"rules": list(incident.rules), "value": incident.value, "threshold": incident.threshold, "query": incident.query},
    }  # fmt: skip
