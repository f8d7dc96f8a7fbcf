"""Rows for every table of a database, whatever its schema is: what matters of them is that they are there, and their times."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from streams.clickhouse.client import ClickHouse

MILLIS = pa.timestamp("ms", "UTC")
FED = ("signals_minute", "signals_hour", "signals_day")  # by verdicts
OWN = (*FED, "schema_migrations", "schema_settings")
COLUMNS = """SELECT table, name, type FROM system.columns
             WHERE database = currentDatabase() AND type NOT LIKE 'AggregateFunction%'
               AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
             ORDER BY table, position"""
Columns = dict[str, list[tuple[str, str]]]


def columns_of(client: ClickHouse) -> Columns:
    """Tables with their columns' names and types; states left out."""
    found: Columns = {}
    for row in client.rows(COLUMNS):
        found.setdefault(row["table"], []).append((row["name"], row["type"]))
    return found


def fill(client: ClickHouse, columns: Mapping[str, list[tuple[str, str]]], moments: Sequence[datetime]) -> None:
    """A row for each moment in each of these tables, all times of a row being that moment; not into what others feed."""
    for table, of in columns.items():
        if table not in OWN:
            given = {name: values for name, kind in of if (values := _values(name, kind, moments)) is not None}
            client.insert(table, pa.table(given))


def _values(name: str, kind: str, moments: Sequence[datetime]) -> Any:
    """Values of a column; None leaves its default."""
    numbers = range(len(moments))
    if "DateTime" in kind:
        return None if "Array" in kind else pa.array(moments, MILLIS)
    if "FixedString" in kind:
        return [f"{at}" * int(kind.removeprefix("FixedString(").rstrip(")")) for at in numbers]
    if "String" in kind and not kind.startswith(("Array", "Map", "SimpleAggregateFunction(anyLast, Map")):
        return [f"{name}-{at}" for at in numbers]
    return pa.array([11 + at for at in numbers], pa.uint64()) if kind == "UInt64" else None
