"""Tagged events, newest first, by the filters of the URL: what every number of the other pages counts."""

from schemas import Outcome, Severity
from streams.web.pages.tags import latest
from streams.web.pages.visit import FILTERS, Page, Visit
from streams.web.render import iso, link

LIMIT, CSV_LIMIT = 50, 10_000
PLAIN = ("category", "outcome", "severity", "organization")  # have a field of their own in the form


async def events(visit: Visit) -> Page:
    """The list, a page at a time: the next one ends where this one did."""
    wanted = {name: visit.param(name) for name in FILTERS}
    limit = CSV_LIMIT if visit.param("csv") else LIMIT
    rows = await latest(visit.questions, visit.window.since, visit.window.until, limit=limit, **wanted)
    older = ""
    if len(rows) == limit:
        older = link("/events", visit.params, since=iso(visit.window.since), until=rows[-1]["occurred_at"].isoformat())
    values = {
        "rows": rows, "limit": limit, "older": older, "wanted": wanted, "outcomes": [each.value for each in Outcome],
        "severities": [each.value for each in Severity], "others": {name: value for name, value in wanted.items() if value and name not in PLAIN},
    }  # fmt: skip
    return Page("events.html", "Events", values, {"events": rows})
