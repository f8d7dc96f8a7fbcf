"""What a page is given and what it gives back."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from streams.web.access import Reader
from streams.web.facts import Facts
from streams.web.questions import Questions
from streams.web.render import iso, plain
from streams.web.window import Window

Rows = Sequence[Mapping[str, Any]]
# What tagged events can be chosen by: the URL's parameter is the parameter of the question `events`.
FILTERS = (
    "category", "organization", "outcome", "severity", "country", "model", "revision", "rule", "clause", "use_case", "audience", "organization_type",
    "user",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Visit:
    """One request for a page: who asks, the URL's parameters, the period, and who answers questions."""

    reader: Reader
    path: str
    params: Mapping[str, str]
    now: datetime
    window: Window
    questions: Questions
    facts: Facts
    form: Mapping[str, str] = field(default_factory=dict)
    theme: str = ""
    query: str = ""  # of the URL, as it came

    def param(self, name: str, default: str = "") -> str:
        return self.params.get(name) or default

    @property
    def period(self) -> dict[str, str]:
        """The URL's own parameters of the period, for links that keep it."""
        return {name: self.params[name] for name in ("since", "until") if self.params.get(name)}

    def having(self, **params: str) -> "Visit":
        """The same visit with more parameters, as if the URL had them."""
        return replace(self, params={**self.params, **params})

    @property
    def filters(self) -> dict[str, str]:
        """Period and filters of the URL, for links that keep them."""
        return {**self.period, **{name: self.params[name] for name in FILTERS if self.params.get(name)}}


@dataclass(frozen=True)
class Page:
    """A template with its values. `tables` are what `?csv=NAME` gives."""

    template: str
    title: str
    values: Mapping[str, Any]
    tables: Mapping[str, Rows] = field(default_factory=dict)
    status: int = 200


def as_csv(rows: Rows) -> str:
    """Comma-separated, header first. A cell that a spreadsheet would take for a formula is quoted as text."""
    if not rows:
        return ""
    output = io.StringIO()
    writer = csv.DictWriter(output, list(rows[0]), lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return output.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, int) and abs(value) >= 1 << 53:
        return str(value)  # spreadsheets would round it
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        text = plain(value, 2_000)
        return "'" + text if text.startswith(FORMULA) else text
    return value
