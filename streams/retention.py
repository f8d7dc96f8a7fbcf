"""How long rows stay: what the settings say, what each table does by its own TTL, and what is still there past its end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.ends import TableEnd, settings_of, table_ends, wanted
from streams.clickhouse.migrations import placeholders
from streams.clickhouse.sources import sql_text, statements
from streams.settings import RetentionSettings, Settings

NEVER = "toDateTime('2106-01-01 00:00:00')"
SLACK = timedelta(days=2)  # a TTL merge comes within hours; excerpts go a whole day's partition at a time, and views hide them at once


class Kept(NamedTuple):
    """How long the rows of one table stay. `setting` and `kept` are empty for tables without end.

    `state`: enforced; otherwise (the database keeps them as `in_force` says); late (rows are still there two days past their end); without end.
    """

    table: str
    setting: str
    kept: str
    in_force: str
    rows: int
    oldest: datetime | None
    past_due: int
    state: str


def retention(client: ClickHouse, settings: RetentionSettings, now: datetime | None = None) -> list[Kept]:
    """Every table of the database, by name."""
    of, now = settings_of(), now or datetime.now(UTC)
    return [_kept(client, each, of.get(each.table, ""), settings, now) for each in table_ends(client)]


def remove_past_due(client: ClickHouse, settings: Settings) -> Iterator[tuple[str, str]]:
    """Have the engine leave out now what is past its end, partition by partition; yields (table, partition) after each."""
    filled = placeholders(settings)
    for table in (each.table for each in table_ends(client) if each.ends):
        for row in client.rows(sql_text("retention/partitions"), {"table": table}):
            place = {"table": f"{filled['database']}.{table}", "partition": row["partition_id"]}
            for statement in statements(sql_text("retention/remove"), {**filled, **place}):
                client.command(statement, use_database=False)
            yield table, row["partition_id"]


def _kept(client: ClickHouse, end: TableEnd, setting: str, settings: RetentionSettings, now: datetime) -> Kept:
    (statement,) = statements(sql_text("retention/rows"), {"table": end.table, "oldest": end.column or NEVER, "ends": end.ends or NEVER})
    (held,) = client.rows(statement)
    kept = wanted(settings, setting) if setting else ""
    state = "enforced" if setting else "without end"
    if end.in_force != kept:
        state = "otherwise"
    elif held["due_since"] and now - held["due_since"] > SLACK:
        state = "late"
    oldest = held["oldest"] if end.column and held["rows"] else None
    return Kept(end.table, f"retention.{setting}" if setting else "", kept, end.in_force, held["rows"], oldest, held["past_due"], state)
