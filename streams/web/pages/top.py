"""The most frequent values of any dimension, against the period before."""

from typing import NamedTuple

from streams.web.pages.shares import with_bars
from streams.web.pages.visit import Page, Visit
from streams.web.render import link


class Dimension(NamedTuple):
    """A dimension: how it is called, its column, and the filter of the event list that chooses one value of it."""

    title: str
    column: str
    filter: str
    question: str = "top_signals"


DIMENSIONS = {
    "organization": Dimension("Organization", "organization_id", "organization"),
    "category": Dimension("Category", "category", "category"),
    "outcome": Dimension("Outcome", "outcome", "outcome"),
    "severity": Dimension("Severity", "severity", "severity"),
    "country": Dimension("Country", "country", "country"),
    "model": Dimension("Model", "model", "model"),
    "revision": Dimension("Policy revision", "revision", "revision"),
    "rule": Dimension("Rule", "rule", "rule", "top_verdicts"),
    "clause": Dimension("Clause", "clause", "clause", "top_verdicts"),
    "use-case": Dimension("Declared use case", "declared_use_case", "use_case", "top_verdicts"),
    "audience": Dimension("Audience", "audience", "audience", "top_verdicts"),
    "organization-type": Dimension("Organization type", "organization_type", "organization_type", "top_verdicts"),
    "user": Dimension("User (keyed hash)", "user_hash", "user", "top_verdicts"),
}
CHOICES = (10, 20, 50, 100)


async def top(visit: Visit) -> Page:
    """The ranking of `?by=`."""
    by = visit.param("by", "organization")
    if by not in DIMENSIONS:
        raise ValueError(f"there is no dimension {by!r}; there are: {', '.join(DIMENSIONS)}")
    dimension = DIMENSIONS[by]
    limit = int(visit.param("limit", "20")) if visit.param("limit", "20") in map(str, CHOICES) else 20
    chosen = {name: visit.param(name) for name in ("category", "organization", "outcome")}
    rows = await visit.questions.ask(dimension.question, **visit.window.times, **chosen, by=dimension.column, limit=limit)
    shown = [{**row, "href": _events(visit, dimension, row["name"])} for row in with_bars(rows, "tagged_events")]
    values = {"rows": shown, "dimension": dimension, "by": by, "dimensions": DIMENSIONS, "limit": limit, "limits": CHOICES, "chosen": chosen}
    return Page("top.html", f"Top: {dimension.title}", values, {"top": rows})


def _events(visit: Visit, dimension: Dimension, name: str) -> str:
    """The tagged events that a row counts; those without a user cannot be asked for one by one."""
    if dimension.filter == "user" and name == "0":
        return ""
    return link("/events", visit.filters, **{dimension.filter: name or "unknown"})
