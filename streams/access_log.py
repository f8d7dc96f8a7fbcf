"""Lines of the access log: who saw or did what, of whom, and why. They are only ever added."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa

from streams.account import account

if TYPE_CHECKING:
    from streams.clickhouse.client import ClickHouse

LONGEST = 1_000
_COLUMNS = ("entry_id", "at", "reader", "role", "account", "action", "page", "organization_id", "event_id", "detail", "reason")
SCHEMA = pa.schema([(name, pa.timestamp("ms", "UTC") if name == "at" else pa.string()) for name in _COLUMNS])


def access_row(reader: str, role: str, action: str, **texts: str) -> dict[str, Any]:
    """One line, now. `texts`: page, organization_id, event_id, detail, reason; what is not given is empty."""
    known = dict.fromkeys(("page", "organization_id", "event_id", "detail", "reason"), "") | texts
    return {name: value[:LONGEST] for name, value in known.items()} | {
        "entry_id": uuid4().hex, "at": datetime.now(UTC), "reader": reader, "role": role, "account": account(),
        "action": action,
    }  # fmt: skip


def as_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows for the table `access_log`."""
    return pa.Table.from_pylist(rows, SCHEMA)


def record(client: "ClickHouse", reader: str, role: str, action: str, **texts: str) -> None:
    """Put one line on the log. Comes first: what cannot be recorded is not looked at."""
    client.insert("access_log", as_table([access_row(reader, role, action, **texts)]))
