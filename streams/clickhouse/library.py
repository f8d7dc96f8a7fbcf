"""The query library: sql/queries/*.sql, each with a header that says what it answers and which parameters it takes."""

import difflib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_folder
from streams.errors import UsageError
from streams.moments import moment

HEADER = re.compile(r"-- (question|owner|grain): (.+)")
PARAMETER = re.compile(r"-- param: (\w+) (.+?)(?: = ?(.*))?")


class Parameter(NamedTuple):
    """One parameter; without `default` it must be given."""

    name: str
    type: str
    default: str | None

    @property
    def is_time(self) -> bool:
        return self.type.startswith("DateTime")


class Query(NamedTuple):
    """One named query."""

    name: str
    question: str
    owner: str
    grain: str
    parameters: tuple[Parameter, ...]
    sql: str

    @property
    def remark(self) -> str:
        """What the header says besides."""
        lines = [line for line in self.sql.splitlines() if line.startswith("--")]
        return " ".join(line.removeprefix("-- ") for line in lines if not HEADER.fullmatch(line) and not PARAMETER.fullmatch(line))

    def bound(self, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Values for all parameters: given ones, else defaults.

        Raises:
            UsageError: one is unknown, missing, or no time.
        """
        known = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in known:
                raise UsageError(
                    f"query {self.name} has no parameter {name!r}", cause=f"it takes: {', '.join(known)}", command="plumbline query --list"
                )
        return {parameter.name: _value(self.name, parameter, given.get(parameter.name), now) for parameter in self.parameters}

    def rows(self, client: ClickHouse, given: Mapping[str, Any] | None = None, now: datetime | None = None) -> list[dict[str, Any]]:
        """Run it."""
        return client.rows(self.sql, self.bound(given or {}, now or datetime.now(UTC)))


def queries(folder: str = "queries") -> dict[str, Query]:
    """All queries by name; `folder` is one of the tree that holds queries with headers."""
    return {file.stem: parse(file.stem, file.read_text()) for file in sorted((sql_folder() / folder).glob("*.sql"))}


def query_named(name: str) -> Query:
    """One query.

    Raises:
        UsageError: there is none of that name; the nearest ones are named.
    """
    known = queries()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    raise UsageError(f"there is no query {name!r}", cause=f"did you mean {' or '.join(near)}?" if near else "", command="plumbline query --list")


def parse(name: str, text: str) -> Query:
    """Read a query's header."""
    fields, parameters = {"question": "", "owner": "", "grain": ""}, []
    for line in text.splitlines():
        if found := HEADER.fullmatch(line):
            fields[found[1]] = found[2]
        elif found := PARAMETER.fullmatch(line):
            parameters.append(Parameter(found[1], found[2], found[3].strip("'") if found[3] is not None else None))
    return Query(name, **fields, parameters=tuple(parameters), sql=text)


def _value(query: str, parameter: Parameter, given: str | None, now: datetime) -> Any:
    text = given if given is not None else parameter.default
    if text is None:
        raise UsageError(
            f"query {query} needs parameter {parameter.name}",
            cause=parameter.type,
            command=f"plumbline query {query} --param {parameter.name}=…",
        )
    if not parameter.is_time:
        return text
    try:
        return moment(text, now)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{parameter.name} is no time: {text!r}", cause="a time is now, 24h, 7d or 2024-06-06T00:00:00Z") from error
