"""One category: its course, who is behind it, which rules find it, what the policy says of it."""

from streams.clickhouse.library import UsageError
from streams.web.pages.shares import outcome_shares, share_table, with_bars
from streams.web.pages.signals import chart, courses, outcome_look, series_table
from streams.web.pages.tags import latest
from streams.web.pages.visit import Page, Visit


async def category(visit: Visit) -> Page:
    """The page of `?id=`."""
    name = visit.param("id")
    if not name:
        raise UsageError("this page needs a category: /category?id=…")
    visit = visit.having(category=name)
    window, ask = visit.window, visit.questions.ask
    within = {**window.times, "category": name}
    answers = await visit.questions.all(
        series=ask("series", **within, width_s=window.width_s, by="outcome"),
        organizations=ask("top_signals", **within, by="organization_id", limit=10),
        countries=ask("top_signals", **within, by="country", limit=6),
        models=ask("top_signals", **within, by="model", limit=6),
        new=ask("new_organizations", **window.coarse, category=name, limit=6),
        together=ask("coordinated_text", **window.coarse, category=name, limit=5),
        rules=ask("rules", **within),
        latest=latest(visit.questions, window.since, window.until, category=name, limit=8),
    )
    rows, outcomes = courses(window, answers["series"]), outcome_shares(answers["series"])
    values = {
        "id": name, "courses": rows, "chart": chart(visit, rows, outcome_look(visit)), "outcomes": outcomes,
        "total": sum(row.events for row in rows), "total_before": sum(row.before for row in rows),
        "organizations": with_bars(answers["organizations"], "tagged_events"), "countries": with_bars(answers["countries"], "tagged_events"),
        "models": with_bars(answers["models"], "tagged_events"), "clauses": visit.facts.clauses_of(name),
        **{each: answers[each] for each in ("new", "together", "rules", "latest")},
    }  # fmt: skip
    tables = {each: answers[each] for each in ("organizations", "countries", "models", "new", "together", "rules", "latest")}
    tables |= {"series": series_table(window, rows), "outcomes": share_table(outcomes)}
    return Page("category.html", visit.facts.title(name), values, tables)
