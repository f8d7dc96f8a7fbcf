"""Rows of query cases (CSV) as a worker, a reviewer or the alert engine would have written them, with defaults for what a case leaves out."""

import csv
import io
from typing import Any

import httpx

from streams.clickhouse.volumes import VolumeRefresher
from streams.landing.columns import event_key

RUNS = """run_id,kind,pack_hash,valid_from,valid_to,opened_at,completed_at
old,live,p,1970-01-01 00:00:00,2299-12-31 00:00:00,2026-01-01 00:00:00,2026-01-01 00:00:00
live,retag,p,1970-01-01 00:00:00,2299-12-31 00:00:00,2026-01-02 00:00:00,2026-01-02 00:00:00
"""
EVENT = {"content_hash": "1", "model": "m1", "country": "US", "declared_use_case": "general", "user_hash": "1", "api_key_hash": "1"}
ARRIVAL = {"kafka_topic": "usage.events", "source": "plumbline"}
TAG = {
    "outcome": "violation", "severity": "medium", "score": "0.9", "revision": "r1", "clause": "c1", "rule_version": "1", "field": "text",
    "run_id": "live",
}  # fmt: skip
VERDICT_ONLY = {*TAG, "category", "rule", "missing_safeguards", "excused_by"}
EVENT_ONLY = {*ARRIVAL, "received_at", "key_version"}
Row = dict[str, str]


def written(store: Any, case: dict[str, Any]) -> list[str]:
    """Write the rows of a case; returns the tables that have rows now."""
    tables: dict[str, list[Row]] = {"runs": _rows(RUNS), "events": [], "verdicts": []}
    for row in _rows(case.get("tags", "")):
        full = _event(row)
        rule = {"rule": f"{full['category']}.rule"}
        tables["verdicts"].append({**TAG, **rule, **{name: value for name, value in full.items() if name not in EVENT_ONLY}})
        tables["events"].append(
            {**ARRIVAL, "received_at": full["occurred_at"], **{name: each for name, each in full.items() if name not in VERDICT_ONLY}}
        )
    for row in _rows(case.get("events", "")):
        full = _event(row)
        tables["events"].append({**ARRIVAL, "received_at": full["occurred_at"], **full})
    for name in ("dead_letters", "reviews", "assessments", "golden_tags", "alerts", "alert_actions"):
        tables[name] = [_other(name, row) for row in _rows(case.get(name, ""))]
    for name, rows in tables.items():
        _insert(store, name, rows)
    VolumeRefresher(store.client).mend()
    return [name for name, rows in tables.items() if rows]


def without_end(store: Any) -> None:
    """Let rows stay whatever their date: cases have fixed ones."""
    for row in store.client.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '%TTL%'"):
        store.client.command(f"ALTER TABLE {row['name']} REMOVE TTL")


def emptied(store: Any, tables: list[str]) -> None:
    """Take the rows away again, with what was derived from them."""
    derived = ["signals_minute", "signals_hour", "signals_day", "volumes_hour"]
    for name in {*tables, *(derived if "events" in tables else [])}:
        store.client.command(f"TRUNCATE TABLE {name}")


def _event(row: Row) -> Row:
    full = {**EVENT, "pack_hash": "p", "landed_at": row["occurred_at"], **row}
    return full | {"event_key": str(event_key(row["organization_id"], row["event_id"]))}


def _other(table: str, row: Row) -> Row:
    if table in ("assessments", "golden_tags"):
        named = {"rule": f"{row['category']}.rule", "rule_version": "1"} if table == "golden_tags" else {}
        return {"content_hash": "1", "event_key": str(event_key(row["organization_id"], row["event_id"])), **named, **row}
    if table == "reviews":
        key = str(event_key(row["organization_id"], row["event_id"]))
        return {"content_hash": "1", "rule": f"{row['category']}.rule", "rule_version": "1", "outcome": "violation", "event_key": key, **row}
    if table == "alerts":
        return {"updated_at": row["opened_at"], "window_end": row["opened_at"], **row}
    return {"rejected_at": row["received_at"], **row} if table == "dead_letters" else row


def _rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text.strip())))


def _insert(store: Any, table: str, rows: list[Row]) -> None:
    """Copies of a row go into inserts of their own: they must meet in the table, not on the way."""
    batches: dict[tuple, list[Row]] = {}
    for at, row in enumerate(rows):
        batches.setdefault((rows[:at].count(row), *row), []).append(row)
    for batch in batches.values():
        body = io.StringIO()
        writer = csv.DictWriter(body, list(batch[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(batch)
        query = {"query": f"INSERT INTO {table} FORMAT CSVWithNames", "database": store.settings.database, "date_time_input_format": "best_effort"}
        headers = {"Authorization": f"Bearer {store.settings.password.get_secret_value()}"}
        answer = httpx.post(store.settings.url, params=query | {"async_insert": "0"}, content=body.getvalue(), headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
