"""The figures of a period, each beside the period before, from the query library."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.library import queries
from streams.history.diff import diff
from streams.history.sides import Side
from streams.policy import Pack
from streams.settings import PolicySettings

LISTED = 10
Row = dict[str, Any]


class Period(NamedTuple):
    """What is reported on, and what it is compared with: [`since`, `until`) and [`before`, `since`)."""

    since: datetime
    until: datetime
    before: datetime


class Category(NamedTuple):
    """Violations of a category in both periods; rates per thousand events, this period's with its 95 % interval."""

    category: str
    now: int
    before: int
    rate: float
    low: float
    high: float
    rate_before: float
    surprise: float  # the rate's change in standard deviations of one that did not change


class PolicyEffect(NamedTuple):
    """What the revision in force says of the period's events that its predecessor would not. Counts are of events, per category by kind of change."""

    revision: str
    since: datetime | None
    predecessor: str
    events: int
    changed: int
    newly: dict[str, int]
    cleared: dict[str, int]


class Figures(NamedTuple):
    """Everything that the report says. `days`: violations by day and category."""

    period: Period
    seen: int
    seen_before: int
    tagged: int
    dead_letters: int
    gaps: list[Row]
    categories: list[Category]
    outcomes: list[Row]
    organizations: list[Row]
    newcomers: list[Row]
    precision: list[Row]
    alerts: list[Row]
    days: dict[date, dict[str, int]]
    effect: PolicyEffect | None


def month_of(year: int, month: int) -> Period:
    """A calendar month (UTC) beside the one before."""
    since = datetime(year, month, 1, tzinfo=UTC)
    until = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    last = since - timedelta(days=1)
    return Period(since, until, datetime(last.year, last.month, 1, tzinfo=UTC))


def figures(client: ClickHouse, pack: Pack, policy: PolicySettings, period: Period) -> Figures:
    """Ask for everything."""

    def ask(name: str, since: datetime = period.since, until: datetime = period.until, **more: str) -> list[Row]:
        query = queries()[name]
        given = {"since": since.isoformat(), "until": until.isoformat(), **more}
        return query.rows(client, {key: value for key, value in given.items() if key in {each.name for each in query.parameters}})

    coverage, earlier = ask("coverage"), ask("coverage", period.before, period.since)
    seen, seen_before = (sum(row["seen"] for row in rows) for rows in (coverage, earlier))
    rates = {row["category"]: row for row in ask("violation_rate")}
    rates_before = {row["category"]: row for row in ask("violation_rate", period.before, period.since)}
    categories = [_category(name, rates.get(name), rates_before.get(name), seen, seen_before) for name in sorted({*rates, *rates_before})]
    days: dict[date, dict[str, int]] = {}
    for row in ask("signals_by_category", bucket_hours="24"):
        if row["outcome"] == "violation":
            of_day = days.setdefault(row["time"].date(), {})
            of_day[row["category"]] = of_day.get(row["category"], 0) + row["tagged_events"]
    return Figures(
        period=period, seen=seen, seen_before=seen_before, tagged=sum(row["tagged"] for row in coverage),
        dead_letters=sum(row["dead_lettered"] for row in coverage), gaps=ask("coverage_gaps"),
        categories=sorted(categories, key=lambda each: (-each.now, each.category)), outcomes=ask("outcome_mix"),
        organizations=ask("top_organizations", limit=str(LISTED)), newcomers=ask("new_organizations", limit=str(LISTED)),
        precision=ask("rule_precision"), alerts=ask("alert_load"), days=days, effect=policy_effect(client, pack, policy, period),
    )  # fmt: skip


def policy_effect(client: ClickHouse, pack: Pack, policy: PolicySettings, period: Period) -> PolicyEffect | None:
    """The period's events decided under the revision that is in force at its end and under the one before; None for the first revision."""
    revision = pack.revision_at(period.until - timedelta(milliseconds=1))
    at = [each.id for each in pack.revisions].index(revision.id)
    if at == 0:
        return None
    before = pack.revisions[at - 1].id
    old, new = (Side(name, pack, policy, revision=name) for name in (before, revision.id))
    found = diff(client, old, new, period.since, period.until)
    counts: dict[str, dict[str, int]] = {"newly_flagged": {}, "cleared": {}}
    for change in found.changes:
        if change.change in counts:
            of_kind = counts[change.change]
            of_kind[change.category] = of_kind.get(change.category, 0) + change.events
    return PolicyEffect(revision.id, revision.starts, before, found.events, found.changed, counts["newly_flagged"], counts["cleared"])


def _category(name: str, now: Row | None, before: Row | None, seen: int, seen_before: int) -> Category:
    count, count_before = now["tagged_events"] if now else 0, before["tagged_events"] if before else 0
    numbers = (now["per_thousand"], now["low"], now["high"]) if now else (0.0, 0.0, 0.0)
    rate_before = before["per_thousand"] if before else 0.0
    return Category(name, count, count_before, *numbers, rate_before, surprise(count, seen, count_before, seen_before))


def surprise(count: int, of: int, count_before: int, of_before: int) -> float:
    """How far two shares are apart, in standard deviations of their difference if they were the same; 0 where one period saw nothing."""
    if not of or not of_before:
        return 0.0
    share = (count + count_before) / (of + of_before)
    deviation = math.sqrt(share * (1 - share) * (1 / of + 1 / of_before))
    return (count / of - count_before / of_before) / deviation if deviation else 0.0
