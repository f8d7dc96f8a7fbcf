"""How long rows and records stay: what settings say, what each table does by its own TTL and each topic by its broker, what is past its end."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.ends import TableEnd, settings_of, table_ends, wanted
from streams.clickhouse.migrations import placeholders
from streams.clickhouse.sources import sql_text, statements
from streams.kafka.admin import LETTER_RETENTION_MS
from streams.kafka.kept import FOREVER, TopicKept, topics_kept
from streams.settings import KafkaSettings, RetentionSettings, Settings

NEVER = "toDateTime('2106-01-01 00:00:00')"
SLACK = timedelta(days=2)  # a TTL merge comes within hours; excerpts go a whole day's partition at a time, and views hide them at once


class Kept(NamedTuple):
    """How long the rows of one table, or the records of one topic (`topic NAME`), stay. `kept` is what should be, empty where nothing says so.

    `state`: enforced; otherwise (they are kept as `in_force` says); late (rows are still there two days past their end); without end; unknown.
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


def topic_retention(kafka: KafkaSettings, topics: Iterable[str]) -> list[Kept]:
    """The topics that hold events, rejected input, alerts and decisions: their broker removes records. Only the dead letters' end is ours to say.

    Raises:
        Retry: the broker is away.
    """
    ours = {kafka.dead_letters_topic: LETTER_RETENTION_MS}
    names = {*topics, kafka.dead_letters_topic, kafka.alerts_topic, kafka.decisions_topic}
    return [_topic(each, ours.get(each.topic)) for each in topics_kept(kafka, names)]


def _topic(each: TopicKept, wanted_ms: int | None) -> Kept:
    kept, in_force = (_span(value) if value else "" for value in (wanted_ms, each.retention_ms))
    state = "unknown" if each.retention_ms is None else "otherwise" if kept not in ("", in_force) else "enforced" if in_force else "without end"
    return Kept(f"topic {each.topic}", "", kept, in_force, each.records, None, 0, state)


def _span(milliseconds: int) -> str:
    """Like `7 days`; empty without end."""
    hours = milliseconds / 3_600_000
    if milliseconds == FOREVER:
        return ""
    return f"{hours / 24:.0f} days" if hours % 24 == 0 else f"{hours:.3g} hours"


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
