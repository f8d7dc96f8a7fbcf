"""One insert into our tables, for faults/sweep.py. Usage: python -m faults.sweep_child FOLDER keys|tokens init|insert|retry."""

import os
import re
import sys
from pathlib import Path

from streams.clickhouse.migrations import known_migrations, placeholders
from streams.clickhouse.sources import statements
from streams.settings import Settings
from streams.store.engine import Engine, Scope

GRAINS = ("minute", "hour", "day")
VERDICTS = """
INSERT INTO plumbline.verdicts (run_id, organization_id, event_id, occurred_at, content_hash, event_key, category, outcome, severity, score,
    revision, model, country, user_hash, landed_at)
SETTINGS {settings}
SELECT 'live', 'org', concat('e', toString(number)), toDateTime64('2026-01-01 00:00:00', 3, 'UTC'), number, number + 1, 'tracking',
    'violation', 'high', 0.9, 'second', 'm', 'US', number, now64(3) FROM numbers({first}, 10)
"""
EVENTS = """
INSERT INTO plumbline.events (organization_id, event_id, occurred_at, content_hash, event_key, landed_at)
SETTINGS {settings}
SELECT 'org', concat('e', toString(number)), toDateTime64('2026-01-01 00:00:00', 3, 'UTC'), number, number + 1, now64(3) FROM numbers({first}, 10)
"""
WINDOW = "non_replicated_deduplication_window = 1000"


def ddl(design: str) -> list[str]:
    """Our own migrations; for the control, plain tables with a window of insert tokens, and views that count."""
    filled = {**placeholders(Settings()), "database": "plumbline"}
    found = ["CREATE DATABASE IF NOT EXISTS plumbline", *statements(known_migrations()[0].text, filled)]
    return found if design == "keys" else [_with_tokens(statement) for statement in found]


def _with_tokens(statement: str) -> str:
    text = re.sub(r"ReplacingMergeTree(\(\w+\))?", "MergeTree", statement).replace("non_replicated_deduplication_window = 0", WINDOW)
    text = re.sub(r"AggregatingMergeTree", "SummingMergeTree(events)", text) if "signals_" in text else text
    text = text.replace("AggregateFunction(uniqExact, UInt64)", "UInt64")
    return text.replace("uniqExactState(event_key)", "count()").replace("uniqExactStateIf(user_hash, user_hash != 0)", "count()")


def main() -> None:
    folder, design, step = sys.argv[1:]
    engine = Engine(Path(folder), 600)
    run = lambda sql: bytes(engine.query(sql, "TabSeparated", Scope()).body).decode().strip()  # noqa: E731
    if step == "init":
        for statement in ddl(design):
            run(statement)
        insert(run, design, 0)
    elif step == "insert":
        os.write(2, b"MARK-BEFORE\n")
        insert(run, design, 10)
        os.write(2, b"MARK-AFTER\n")
        os._exit(0)
    else:
        insert(run, design, 10)
    keyed = design == "keys"
    counts = [run(f"SELECT count() FROM plumbline.{table}{' FINAL' if keyed else ''}") for table in ("events", "verdicts")]
    counts += [run(f"SELECT {'uniqExactMerge' if keyed else 'sum'}(events) FROM plumbline.signals_{grain}") for grain in GRAINS]
    sys.stdout.write(" ".join(counts) + "\n")
    sys.stdout.flush()
    os._exit(0)


def insert(run: object, design: str, first: int) -> None:
    """Ten events and their verdicts."""
    settings = "async_insert = 0, deduplicate_insert = 'disable'"
    if design == "tokens":
        settings = f"async_insert = 0, deduplicate_blocks_in_dependent_materialized_views = 1, insert_deduplication_token = 't{first}'"
    for sql in (EVENTS, VERDICTS):
        run(sql.format(settings=settings, first=first))


if __name__ == "__main__":
    main()
