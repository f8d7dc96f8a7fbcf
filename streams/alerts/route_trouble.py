"""An alert about alerts: a route that was switched off."""

from streams.alerts.facts import DAY
from streams.alerts.incidents import LONGEST_TITLE, Incident, alert_id

RULE = "route_disabled"


def trouble_with(route: str, owner: str, now: int) -> Incident:
    """The alert that its owner gets through the other routes. Why is in the listing of deliveries: it may hold an address."""
    key = f"{RULE}: route={route}"
    return Incident(
        alert_id=alert_id(key, now // DAY), group_key=key, rule=RULE, rule_version=1, rules=(RULE,), severity="high",
        title=f"Alerts no longer reach {route}: the route is switched off"[:LONGEST_TITLE], owner=owner or "platform",
        runbook="docs/alerts.md#routes-that-fail", routes=(), dimensions={"route": route}, organizations=(), likeness=(),
        window_start=now, window_end=now, value=1.0, threshold=1.0, query=f"plumbline alerts deliveries --route {route}",
        cooldown_s=DAY, opened_at=now,
    )  # fmt: skip
