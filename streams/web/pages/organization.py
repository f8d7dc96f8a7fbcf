"""One organization: what was tagged in its traffic, out of how much, by whom, and how that compares with what it declares."""

from streams.clickhouse.library import UsageError
from streams.web.pages.shares import outcome_shares, share_table, with_bars
from streams.web.pages.signals import category_look, chart, courses, series_table
from streams.web.pages.tags import latest
from streams.web.pages.visit import Page, Visit
from streams.web.render import plain


async def organization(visit: Visit) -> Page:
    """The page of `?id=`."""
    name = visit.param("id")
    if not name:
        raise UsageError("this page needs an organization: /organization?id=…")
    visit = visit.having(organization=name)
    window, ask = visit.window, visit.questions.ask
    within = {**window.times, "organization": name}
    answers = await visit.questions.all(
        series=ask("series", **within, width_s=window.width_s),
        declared=ask("volumes", **within, by="declared_use_case"),
        prompts=ask("declared_in_system_prompt", **within),
        models=ask("volumes", **within, by="model"),
        observed=ask("top_verdicts", **within, by="declared_use_case", limit=10),
        users=ask("repeat_users", **within, days=1, limit=8),
        rules=ask("top_verdicts", **within, by="rule", limit=8),
        latest=latest(visit.questions, window.since, window.until, organization=name, limit=10),
    )
    rows, outcomes = courses(window, answers["series"]), outcome_shares(answers["series"])
    tagged = {row["name"]: row["tagged_events"] for row in answers["observed"]}
    declared = [{**row, "tagged_events": tagged.get(row["name"], 0)} for row in answers["declared"]]
    values = {
        "id": name, "categories": rows, "chart": chart(visit, rows, category_look(visit)), "outcomes": outcomes,
        "total": sum(row.events for row in rows), "total_before": sum(row.before for row in rows),
        "seen": sum(row["all_events"] for row in declared), "seen_before": sum(row["all_before"] for row in declared), "declared": declared,
        "models": with_bars(answers["models"], "all_events"), "rules": with_bars(answers["rules"], "tagged_events"),
        "users": answers["users"], "latest": answers["latest"], "prompts": answers["prompts"],
    }  # fmt: skip
    tables = {each: answers[each] for each in ("models", "users", "rules", "latest", "prompts")}
    tables |= {"declared": declared, "series": series_table(window, rows), "outcomes": share_table(outcomes)}
    return Page("organization.html", plain(name, 80), values, tables)
