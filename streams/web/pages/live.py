"""The live stream's page: the newest tags at once, and then those that land."""

from datetime import timedelta

from schemas import Outcome, Severity
from streams.web.live import Filter
from streams.web.pages.tags import latest
from streams.web.pages.visit import Page, Visit
from streams.web.render import link

SHOWN = 20


async def live(visit: Visit) -> Page:
    """The newest tags by the filter of the URL; the script goes on from the same filter."""
    wanted = Filter.of(visit.params)
    asked = {name: value for name, value in wanted._asdict().items() if value and name != "severity"}
    rows = await latest(visit.questions, visit.now - timedelta(days=1), visit.now, limit=SHOWN * 5, **asked)
    rows = [row for row in rows if wanted.admits(row)][:SHOWN]
    values = {
        "rows": rows, "wanted": wanted, "outcomes": [each.value for each in Outcome], "severities": [each.value for each in Severity],
        "stream": link("/live/stream", wanted._asdict()),
    }  # fmt: skip
    return Page("live.html", "Live", values, {"events": rows})
