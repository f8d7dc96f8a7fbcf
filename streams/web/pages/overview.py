"""The first page: what is rising, what was found last, what needs an answer, and whether we are looking at all."""

from streams.web.pages.alerts import open_alerts
from streams.web.pages.shares import outcome_shares, share_table
from streams.web.pages.signals import category_look, chart, courses, series_table
from streams.web.pages.tags import latest
from streams.web.pages.visit import Page, Visit


async def overview(visit: Visit) -> Page:
    """Violations by category against the same hours before, movers, outcomes, alerts, coverage."""
    window, ask = visit.window, visit.questions.ask
    answers = await visit.questions.all(
        series=ask("series", **window.times, width_s=window.width_s),
        movers=ask("movers", **window.times),
        latest=latest(visit.questions, window.since, window.until, outcome="violation", limit=8),
        pipeline=ask("pipeline", **window.times),
        seen=ask("seen", **window.times),
        lag=visit.facts.lag(),
        alerts=open_alerts(visit),
    )
    categories, health = courses(window, answers["series"], "violation"), answers["pipeline"][0]
    seen, outcomes = answers["seen"][0]["all_events"] if answers["seen"] else 0, outcome_shares(answers["series"])
    values = {
        "categories": categories, "chart": chart(visit, categories, category_look(visit)), "movers": answers["movers"],
        "outcomes": outcomes, "latest": answers["latest"], "health": health, "lag": answers["lag"],
        "alerts": answers["alerts"], "seen": seen, "tags": sum(each.events for each in outcomes),
        "is_new": not health["seen"] and not seen and not categories,
        "total": sum(row.events for row in categories), "total_before": sum(row.before for row in categories),
    }  # fmt: skip
    tables = {
        "categories": [{"category": row.name, "violations": row.events, "violations_before": row.before} for row in categories],
        "series": series_table(window, categories), "movers": answers["movers"], "outcomes": share_table(outcomes), "latest": answers["latest"],
    }  # fmt: skip
    return Page("overview.html", "Overview", values, tables)
