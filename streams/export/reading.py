"""What is exported, read day by day so that memory does not grow with the range."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.library import Query, queries
from streams.errors import UsageError

KINDS = ("signals", "verdicts")


def exported(kind: str) -> Query:
    """The statement of a kind.

    Raises:
        UsageError: there is no such kind.
    """
    if kind not in KINDS:
        raise UsageError(f"there is nothing called {kind!r} to export", cause=f"it is one of {', '.join(KINDS)}", command="plumbline export --help")
    return queries("export")[kind]


def days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The range in pieces that end at midnight (UTC)."""
    while since < until:
        midnight = (since.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        yield since, min(midnight, until)
        since = midnight


def tables(client: ClickHouse, kind: str, since: datetime, until: datetime, given: Mapping[str, str]) -> Iterator[pa.Table]:
    """One table per day that has rows; at least one, empty, so that even an empty export has its columns."""
    query, empty = exported(kind), None
    for start, end in days(since, until):
        times = {"since": start.isoformat(), "until": end.isoformat()}
        table = client.arrow(query.sql, query.bound({**times, **given}, end))
        if table.num_rows:
            empty = None
            yield table
        elif empty is None:
            empty = table
    if empty is not None:
        yield empty
