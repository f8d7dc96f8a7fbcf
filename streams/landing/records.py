"""Rows that describe the landing itself: the ledger and the dead letters, as Arrow tables."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pyarrow as pa

_MILLIS = pa.timestamp("ms", tz="UTC")
_SECONDS = pa.timestamp("s", tz="UTC")

LEDGER = pa.schema([
    ("topic", pa.string()), ("partition", pa.uint32()), ("first_offset", pa.uint64()), ("last_offset", pa.uint64()), ("records", pa.uint32()),
    ("inputs", pa.uint32()), ("landed", pa.uint32()), ("dead_lettered", pa.uint32()), ("filtered", pa.map_(pa.string(), pa.uint32())),
    ("hours", pa.list_(_SECONDS)), ("worker", pa.string()), ("landed_at", _MILLIS), ("topic_id", pa.string()),
])  # fmt: skip
DEAD_LETTERS = pa.schema([
    ("topic", pa.string()), ("partition", pa.uint32()), ("offset", pa.uint64()), ("line", pa.uint32()), ("reason", pa.string()),
    ("message", pa.string()), ("original_bytes", pa.uint64()), ("sha256", pa.string()), ("truncated", pa.bool_()),
    ("letter_partition", pa.uint32()), ("letter_offset", pa.uint64()), ("received_at", _MILLIS), ("rejected_at", _MILLIS),
    ("topic_id", pa.string()),
])  # fmt: skip


class LedgerRow(NamedTuple):
    """One landed chunk. `inputs` = `landed` + `dead_lettered` + sum of `filtered`; times in milliseconds, hours in seconds since 1970. `topic_id` is
    the broker's, empty where it is not known."""

    topic: str
    partition: int
    first_offset: int
    last_offset: int
    records: int
    inputs: int
    landed: int
    dead_lettered: int
    filtered: Mapping[str, int]
    hours: list[int]
    worker: str
    landed_at: int
    topic_id: str = ""


class DeadLetterRow(NamedTuple):
    """One dead letter without its bytes; times in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    line: int
    reason: str
    message: str
    original_bytes: int
    sha256: str
    truncated: bool
    letter_partition: int
    letter_offset: int
    received_at: int
    rejected_at: int
    topic_id: str = ""


def ledger_table(rows: Iterable[LedgerRow]) -> pa.Table:
    return _table(LEDGER, [row._replace(filtered=list(row.filtered.items())) for row in rows])


def dead_letter_table(rows: Iterable[DeadLetterRow]) -> pa.Table:
    return _table(DEAD_LETTERS, list(rows))


def _table(schema: pa.Schema, rows: list[tuple]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.Table.from_arrays([pa.array(values, spec.type) for spec, values in zip(schema, columns, strict=True)], schema=schema)
