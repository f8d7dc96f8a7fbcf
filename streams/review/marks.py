"""Assessments of untagged events and golden cases: written, each with who said it and why."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from streams.account import account
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import UsageError

DECISIONS = ("confirmed", "dismissed")
FEWEST, MOST = 3, 1_000  # characters of a reason
MILLIS = pa.timestamp("ms", "UTC")
_EVENT = [
    ("organization_id", pa.string()), ("event_id", pa.string()), ("occurred_at", MILLIS), ("content_hash", pa.uint64()), ("event_key", pa.uint64()),
]  # fmt: skip
ASSESSMENTS = pa.schema([
    *_EVENT, ("stratum", pa.string()), ("missed", pa.string()), ("reason", pa.string()), ("drawn", pa.string()), ("pack_hash", pa.string()),
    ("reviewer", pa.string()), ("assessed_at", MILLIS),
])  # fmt: skip
GOLDEN = pa.schema([
    *_EVENT, ("category", pa.string()), ("rule", pa.string()), ("rule_version", pa.uint16()), ("decision", pa.string()), ("reason", pa.string()),
    ("settled_by", pa.string()), ("account", pa.string()), ("settled_at", MILLIS),
])  # fmt: skip


def assess(client: ClickHouse, organization: str, event: str, *, missed: str, reason: str, drawn: str, reviewer: str) -> None:
    """What somebody says of an event that no rule tagged. `missed`: category of the violation, empty: there is none.

    Raises:
        UsageError: there is no such event, or it is tagged in that category.
    """
    rows = client.rows(sql_text("page/event"), {"organization": organization, "event": event})
    if not rows:
        raise UsageError(
            f"there is no event {event!r} of {organization}", cause="mistyped, erased or expired", command="plumbline query latest_violations"
        )
    if missed and client.rows(sql_text("review/tag"), {"organization": organization, "event": event, "category": missed}):
        raise UsageError("this event is tagged in that category", cause="another run has judged it anew", command="review the tag instead")
    row: Mapping[str, Any] = rows[-1]
    said = {"stratum": "near" if row["detections"] else "clear", "missed": missed, "reason": checked(reason), "drawn": drawn, "reviewer": reviewer}
    known = {name: row[name] for name in ("organization_id", "event_id", "occurred_at", "content_hash", "event_key", "pack_hash")}
    client.insert("assessments", pa.Table.from_pylist([{**known, **said, "assessed_at": datetime.now(UTC)}], ASSESSMENTS))


def settle(client: ClickHouse, organization: str, event: str, category: str, decision: str, *, reason: str, person: str) -> int:
    """Make a tag a golden case. Returns for how many contents of the event.

    Raises:
        UsageError: there is no such tag, or the decision is none.
    """
    if decision not in DECISIONS:
        raise UsageError(f"{decision!r} is no decision", cause=f"one of {', '.join(DECISIONS)}", command="plumbline review golden --help")
    rows = client.rows(sql_text("review/tag"), {"organization": organization, "event": event, "category": category})
    if not rows:
        raise UsageError(f"there is no event {event!r} of {organization} with a tag in {category}", command="plumbline query latest_violations")
    said = {"decision": decision, "reason": checked(reason), "settled_by": person, "account": account()}
    client.insert("golden_tags", pa.Table.from_pylist([{**row, **said, "settled_at": datetime.now(UTC)} for row in rows], GOLDEN))
    return len(rows)


def checked(reason: str) -> str:
    """The reason, without blanks around it.

    Raises:
        UsageError: it is none to speak of.
    """
    if not FEWEST <= len(reason.strip()) <= MOST:
        raise UsageError(f"a reason has {FEWEST} to {MOST} characters", cause="whoever reads it later should understand it")
    return reason.strip()
