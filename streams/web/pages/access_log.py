"""Who saw and did what: for administrators."""

from streams.web.pages.visit import Page, Visit

ACTIONS = (
    "view", "export", "reveal", "review", "acknowledge", "resolve", "silence", "unsilence", "replay", "test", "enable", "case", "lookup",
    "sign_in", "sign_in_refused",
)  # fmt: skip
LIMIT, CSV_LIMIT = 200, 10_000


async def access_log(visit: Visit) -> Page:
    """The newest entries, by reader and action."""
    chosen = {name: visit.param(name) for name in ("reader", "action") if visit.param(name)}
    limit = CSV_LIMIT if visit.param("csv") else LIMIT
    rows = await visit.questions.ask("access_log", **visit.window.times, **chosen, limit=limit)
    values = {"rows": rows, "limit": limit, "actions": ACTIONS, "action": visit.param("action"), "who": visit.param("reader")}
    return Page("access_log.html", "Access log", values, {"log": rows})
