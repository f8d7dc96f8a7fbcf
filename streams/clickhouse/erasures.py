"""Tombstones in ClickHouse: whose rows were removed, so that a replay does not bring them back."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow as pa

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text

UNDER_WAY = datetime(1970, 1, 1, tzinfo=UTC)
_MILLIS = pa.timestamp("ms", "UTC")
ERASURES = pa.schema([
    ("organization_id", pa.string()), ("user_hash", pa.uint64()), ("key_version", pa.uint8()), ("until", _MILLIS), ("reason", pa.string()),
    ("events", pa.uint64()), ("asked_at", _MILLIS), ("completed_at", _MILLIS), ("updated_at", _MILLIS),
])  # fmt: skip


class Tombstone(NamedTuple):
    """One person of one organization, by keyed hash. `until` is event time; `completed_at` is 1970 while the removal is under way."""

    organization_id: str
    user_hash: int
    key_version: int
    until: datetime
    reason: str
    events: int
    asked_at: datetime
    completed_at: datetime = UNDER_WAY


class Pending(NamedTuple):
    """A removal that is under way, and how many of its events are on the worklist."""

    tombstone: Tombstone
    listed: int


def write(client: ClickHouse, tombstones: Iterable[Tombstone]) -> None:
    """Write or overwrite tombstones: of one person the one written last counts."""
    now = datetime.now(UTC)
    client.insert("erasures", pa.Table.from_pylist([each._asdict() | {"updated_at": now} for each in tombstones], ERASURES))


def pending(client: ClickHouse) -> list[Pending]:
    """Removals that are under way."""
    found = []
    for row in client.rows(sql_text("erasure/pending")):
        listed = row.pop("listed")
        found.append(Pending(Tombstone(**row, events=listed), listed))
    return found


def every(client: ClickHouse) -> list[Tombstone]:
    """All tombstones, as removals that are still to be done."""
    rows = client.rows(sql_text("erasure/listed"))
    names = ("organization_id", "key_version", "until", "reason", "events", "asked_at")
    return [Tombstone(**{name: row[name] for name in names}, user_hash=int(row["user"], 16)) for row in rows]


def erased(client: ClickHouse) -> Mapping[tuple[str, int], int]:
    """(organization, user hash) -> event time up to which nothing of theirs lands, milliseconds since 1970."""
    rows = client.rows(sql_text("erasure/tombstones"))
    return {(row["organization_id"], row["user_hash"]): round(row["until"].timestamp() * 1_000) for row in rows}


def state(client: ClickHouse) -> int:
    """A number that changes with any tombstone."""
    return client.rows(sql_text("erasure/state"))[0]["state"]
