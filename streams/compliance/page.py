"""The report as one HTML page that loads nothing and prints on paper."""

from datetime import datetime, timedelta
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from streams.clickhouse.library import queries
from streams.compliance.facts import FOLDER, Facts, Row
from streams.web.render import number, traffic

LISTED = 200  # rows of a list on paper; JSON has all
LONGEST = 1_000  # characters of what people wrote
NO_TIME = (1970, 2299)  # years that stand for never


def page(facts: Facts) -> str:
    """The whole page. Everything from traffic, and what people wrote, is escaped."""
    made = Environment(loader=PackageLoader("streams.compliance"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"cell": cell, "words": words, "number": number}
    made.globals |= {"is_number": is_number}
    return made.get_template("compliance.html").render(
        facts=facts, of=facts.sections, span=facts.span, last=facts.span.until - timedelta(seconds=1), questions=queries(FOLDER), listed=LISTED,
        violations=sum(row["tagged_events"] for row in facts.sections["tags"] if row["outcome"] == "violation"),
    )  # fmt: skip


def is_number(rows: list[Row], column: str) -> bool:
    """Whether a column is of numbers, and stands to the right."""
    return all(isinstance(row[column], int | float) and not isinstance(row[column], bool) for row in rows)


def cell(value: Any) -> str:
    """A value as a reader wants it: 1,234; 5 Nov 2026 12:00:00; yes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value) if float(value).is_integer() else f"{value:,.3f}".rstrip("0")
    if isinstance(value, datetime):
        return "–" if value.year in NO_TIME else f"{value:%-d %b %Y %H:%M:%S}"
    if isinstance(value, list):
        return Markup(", ").join(traffic(each) for each in value)
    return traffic(value, LONGEST) if value else "–"


def words(name: str) -> str:
    """A column's or category's id as words."""
    return name.replace("_", " ")
