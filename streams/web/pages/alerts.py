"""Alerts: open ones first, what was done about them, and the silences in force. Says so when no alert engine has run here yet."""

from typing import Any

from streams.alerts.desk import AlertDesk
from streams.web.pages.visit import Page, Rows, Visit

STATES = ("open", "acknowledged", "resolved")
ORDER = {"critical": 0, "high": 1, "medium": 2, "low": 3}
COLUMNS = ("alert_id", "rule", "state", "severity", "title", "category", "organization_id", "window_start", "window_end", "value", "threshold")

EXTRA = ("rules", "owner", "query", "organizations", "group_key", "silenced_until")  # shown where the engine says them


async def known_alerts(visit: Visit) -> Rows | None:
    """All alerts of the period; None when this database has none to ask."""
    there = await visit.questions.ask("has_view", name="audit_alerts")
    if not there or not there[0]["there"]:
        return None
    rows = await visit.questions.ask("alerts", **visit.window.times)
    return [{name: row.get(name) for name in dict.fromkeys((*COLUMNS, *EXTRA, *row))} for row in rows]


async def open_alerts(visit: Visit) -> Rows | None:
    """The alerts that wait for an answer."""
    rows = await known_alerts(visit)
    return None if rows is None else [row for row in rows if row["state"] == "open"]


async def alerts(visit: Visit) -> Page:
    """The list, by state; a row can be acknowledged, its rule silenced for a while. And how the routes are."""
    answers = await visit.questions.all(alerts=known_alerts(visit), actions=visit.questions.ask("silences"))
    state, rows = visit.param("state"), answers["alerts"]
    shown = None if rows is None else sorted((row for row in rows if state in ("", row["state"])), key=_urgency)
    routes = [] if rows is None else await _routes(visit)
    values = {
        "rows": shown, "state": state, "states": STATES, "counts": {each: sum(row["state"] == each for row in rows or ()) for each in STATES},
        "actions": answers["actions"], "silences": [row for row in answers["actions"] if row["in_force"]], "routes": routes,
    }  # fmt: skip
    return Page("alerts.html", "Alerts", values, {"alerts": rows or [], "actions": answers["actions"], "routes": routes})


async def _routes(visit: Visit) -> Rows:
    """How the routes of the settings are."""
    routes = visit.facts.settings.alerts.routes
    return await visit.questions.run(lambda client: AlertDesk(client).routes(routes)) if routes else []


def _urgency(row: dict[str, Any]) -> tuple:
    return STATES.index(row["state"]) if row["state"] in STATES else 9, ORDER.get(row["severity"], 9), -row["window_end"].timestamp()
