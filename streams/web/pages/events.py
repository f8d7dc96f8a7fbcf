"""Tagged events, newest first, by the filters of the URL: what every number of the other pages counts."""

from schemas import Outcome
from streams.web.pages.visit import Page, Visit

LIMIT, CSV_LIMIT = 100, 10_000


async def events(visit: Visit) -> Page:
    """The list."""
    wanted = {name: visit.param(name) for name in ("category", "organization", "outcome")}
    limit = CSV_LIMIT if visit.param("csv") else LIMIT
    rows = await visit.questions.ask("latest_violations", **visit.window.times, **wanted, limit=limit)
    return Page("events.html", "Events", {"rows": rows, "limit": limit, "outcomes": [each.value for each in Outcome], **wanted}, {"events": rows})
