"""The first page: what is rising, what was found last, and whether we are looking at all."""

from streams.web.pages.signals import category_chart, category_rows
from streams.web.pages.visit import Page, Visit


async def overview(visit: Visit) -> Page:
    """Signals by category against the period before, latest violations, coverage."""
    window, ask = visit.window, visit.questions.ask
    answers = await visit.questions.all(
        series=ask("series", **window.times, width_s=window.width_s),
        latest=ask("latest_violations", **window.times, limit=8),
        pipeline=ask("pipeline", **window.times),
        lag=visit.facts.lag(),
    )
    categories = category_rows(visit, answers["series"])
    health = answers["pipeline"][0]
    values = {
        "categories": categories, "chart": category_chart(visit, answers["series"]), "latest": answers["latest"], "health": health,
        "lag": answers["lag"], "is_new": not health["seen"] and not answers["series"],
        "total": sum(row["events"] for row in categories), "total_before": sum(row["before"] for row in categories),
    }  # fmt: skip
    tables = {"categories": [_plain(row) for row in categories], "latest": answers["latest"], "series": answers["series"]}
    return Page("overview.html", "Overview", values, tables)


def _plain(row: dict) -> dict:
    return {name: row[name] for name in ("category", "events", "before")}
