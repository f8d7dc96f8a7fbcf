"""Who must still be told what. Pure: alerts as they stand, less what is in the outbox already."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streams.alerts.facts import SEVERITIES
from streams.alerts.formats import body_for
from streams.alerts.formats.message import Message
from streams.alerts.incidents import Incident
from streams.settings_alerts import AlertRoute

LATE_S = 900  # windows end with whole minutes or hours


class Standing(NamedTuple):
    """How an alert stands by what people did: its state, and until when it is silenced (seconds since 1970)."""

    state: str
    silenced_until: int = 0


class Told(NamedTuple):
    """An entry of the outbox: an occasion of an alert for a route. `severity`: of the alert when it was written."""

    alert_id: str
    route: str
    occasion: str
    severity: str


class Notice(NamedTuple):
    """A new entry of the outbox."""

    delivery_id: str
    alert_id: str
    route: str
    occasion: str
    severity: str
    body: str


def due_notices(
    incidents: Iterable[Incident],
    standing: Mapping[str, Standing],
    told: Iterable[Told],
    routes: Mapping[str, AlertRoute],
    now: int,
    page_url: str = "",
    late_wait_s: float = 0,
) -> list[Notice]:
    """What is to be sent. The same alerts give the same delivery ids, on whichever machine and however often.

    Args:
        late_wait_s: how long nobody is told of what was over when it was raised.
    """
    known: dict[tuple[str, str], list[Told]] = {}
    for each in told:
        known.setdefault((each.alert_id, each.route), []).append(each)
    found = []
    for incident in incidents:
        stands = standing.get(incident.alert_id, Standing("resolved" if incident.resolved_at or incident.inhibited_by else "open"))
        for name, route in routes.items():
            if not admits(name, route, incident) or now < incident.opened_at + (late_wait_s if _came_late(incident) else 0):
                continue
            for occasion in occasions(incident, stands, known.get((incident.alert_id, name), []), now):
                if occasion in route.occasions:
                    entry = f"{occasion}-{incident.generation}" + (f"-{incident.severity}" if occasion == "escalated" else "")
                    body = body_for(route, Message(incident, occasion, now, page_url))
                    found.append(Notice(delivery_id(incident.alert_id, entry, name), incident.alert_id, name, entry, incident.severity, body))
    return found


def occasions(incident: Incident, stands: Standing, told: list[Told], now: int) -> list[str]:
    """What one route has not been told yet of an alert."""
    mine = {each.occasion: each.severity for each in told if each.occasion.split("-")[1] == str(incident.generation)}
    opened = f"opened-{incident.generation}" in mine
    if not opened:
        quiet = incident.historical or incident.inhibited_by or stands.silenced_until > now or stands.state != "open"
        return [] if quiet else ["opened"]
    if stands.state != "open":
        return [] if f"{stands.state}-{incident.generation}" in mine else [stands.state]
    worst = max((SEVERITIES.index(severity) for severity in mine.values()), default=0)
    return ["escalated"] if SEVERITIES.index(incident.severity) > worst and stands.silenced_until <= now else []


def _came_late(incident: Incident) -> bool:
    """Whether it was over when it was raised: late events, or a backlog. Its campaign may still be among what has not landed."""
    return incident.window_end < incident.opened_at - LATE_S


def admits(name: str, route: AlertRoute, incident: Incident) -> bool:
    """Whether a route is for this alert: named by its rule, or the rule names none; and severe enough."""
    return (not incident.routes or name in incident.routes) and SEVERITIES.index(incident.severity) >= SEVERITIES.index(route.least_severity)


def delivery_id(alert_id: str, entry: str, route: str) -> str:
    """The id of a delivery; a webhook-id must not contain a dot."""
    return "msg_" + hashlib.sha256(f"{alert_id}\0{entry}\0{route}".encode()).hexdigest()[:32]
