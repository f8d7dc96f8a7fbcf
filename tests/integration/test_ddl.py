"""Migrations on the real engine; upgrades are in test_upgrade.py."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from streams.clickhouse import migrations
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.failures import NoSchema
from streams.clickhouse.sources import sql_text, statements
from streams.errors import Retry
from streams.settings import RetentionSettings, Settings

pytestmark = pytest.mark.integration


@pytest.fixture
def empty(store_process, request):
    """Settings and client of a database that does not exist yet."""
    settings = Settings(data_dir=store_process.data_dir, clickhouse=store_process.settings("ddl_empty"))
    with ClickHouse.connect(settings.clickhouse) as client:
        client.command("DROP DATABASE IF EXISTS ddl_empty", use_database=False)
        yield settings, client


def schema_of(client) -> list[dict]:
    return client.rows("SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name")


def test_migrating_twice_does_nothing_the_second_time(store):
    assert migrations.migrate(store.client, store.process_settings) == []
    assert {step.state for step in migrations.status(store.client)} == {"applied"}


def test_an_empty_database_has_everything_pending_and_status_makes_nothing(empty):
    _, client = empty
    assert {step.state for step in migrations.status(client)} == {"pending"}
    with pytest.raises(NoSchema):
        client.rows("SELECT 1")


def test_a_migration_that_was_killed_at_any_statement_is_completed_by_the_next(empty):
    settings, client = empty
    filled = migrations.placeholders(settings)
    script = [line for migration in ("0000_ledger_of_migrations",) for line in statements(sql_text(f"migrations/{migration}"), filled)]
    for migration in migrations.known_migrations():
        script += statements(migration.text, filled)
    migrations.migrate(client, settings)
    whole = schema_of(client)
    for stop in range(0, len(script), 5):
        client.command("DROP DATABASE ddl_empty", use_database=False)
        for statement in script[:stop]:
            client.command(statement, use_database=False)
        migrations.migrate(client, settings)
        assert schema_of(client) == whole


def test_every_statement_may_run_twice(empty):
    settings, client = empty
    migrations.migrate(client, settings)
    before = schema_of(client)
    for migration in migrations.known_migrations():
        for statement in statements(migration.text, migrations.placeholders(settings)):
            client.command(statement, use_database=False)
    assert schema_of(client) == before


def test_processes_that_migrate_at_once_all_succeed(empty):
    settings, client = empty
    failures = []

    def run() -> None:
        try:
            with ClickHouse.connect(settings.clickhouse) as own:
                migrations.migrate(own, settings)
        except Exception as error:  # noqa: BLE001  a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {step.state for step in migrations.status(client)} == {"applied"}


def test_changed_retention_and_fsync_reach_the_tables_once(empty):
    settings, client = empty
    migrations.migrate(client, settings)
    other = settings.model_copy(
        update={
            "retention": RetentionSettings(events_months=7, excerpts_days=3, dead_letters_days=5),
            "clickhouse": settings.clickhouse.model_copy(update={"fsync": False}),
        }
    )
    assert migrations.migrate(client, other) == ["dead_letters_days", "events_months", "excerpts_days", "fsync"]
    assert migrations.migrate(client, other) == []
    engines = {
        row["name"]: row["engine_full"] for row in client.rows("SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()")
    }
    assert all("toIntervalMonth(7)" in engines[name] for name in ("events", "verdicts", "ledger"))
    assert "toIntervalDay(3)" in engines["excerpts"] and "toIntervalDay(5)" in engines["dead_letters"]
    assert all("fsync_after_insert = 0" in engines[name] for name in ("events", "verdicts", "signals_hour", "runs", "packs"))


def made(what: str) -> set[str]:
    """Names that the migrations make, by `CREATE` and these words."""
    return {name for migration in migrations.known_migrations() for name in re.findall(rf"CREATE {what} \{{database\}}\.(\w+)", migration.text)}


def test_no_table_buffers_or_deduplicates_by_block_and_every_one_is_durable(store):
    tables = store.client.rows("SELECT name, engine, engine_full FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'")
    landing = [row for row in tables if not row["name"].startswith("schema_")]
    assert {row["name"] for row in landing} == made("TABLE IF NOT EXISTS")
    for row in landing:
        assert row["engine"] in ("ReplacingMergeTree", "AggregatingMergeTree"), row["name"]
        assert "fsync_after_insert = 1" in row["engine_full"], row["name"]


def test_a_view_hides_an_excerpt_as_soon_as_it_expires(store):
    now, millis = datetime.now(UTC), pa.timestamp("ms", "UTC")
    times = [now - timedelta(days=13, hours=23), now - timedelta(days=14, minutes=1)]
    rows = {"organization_id": ["acme"] * 2, "event_id": ["kept", "gone"], "occurred_at": pa.array(times, millis), "excerpt": ["a", "b"]}
    store.client.command("SYSTEM STOP TTL MERGES")
    store.client.insert("excerpts", pa.table(rows))
    assert {row["event_id"] for row in store.client.rows("SELECT event_id FROM audit_excerpts")} == {"kept"}
    store.client.command("SYSTEM START TTL MERGES")


def test_the_same_id_with_other_content_is_a_conflict_and_a_copy_is_none(store):
    def event(name: str, content: int) -> pa.Table:
        columns = {"organization_id": ["acme"], "event_id": [name], "content_hash": pa.array([content], pa.uint64())}
        return pa.table(columns | {"occurred_at": pa.array([datetime.now(UTC)], pa.timestamp("ms", "UTC"))})

    for name, content in (("twice", 1), ("twice", 1), ("forged", 1), ("forged", 2)):
        store.client.insert("events", event(name, content))
    assert [(row["event_id"], row["contents"]) for row in store.client.rows("SELECT event_id, contents FROM audit_conflicts")] == [("forged", 2)]


def test_every_view_and_table_says_what_it_is(store):
    views = store.client.rows("SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")
    assert {row["name"] for row in views} == made("OR REPLACE VIEW")
    assert all(row["name"].startswith(("audit_", "analyst_")) and row["comment"] for row in views)


def test_a_block_with_too_many_days_is_not_repeated_for_ever(store):
    days = [datetime.now(UTC) + timedelta(days=day) for day in range(120)]
    rows = {"organization_id": ["acme"] * 120, "event_id": ["x"] * 120, "occurred_at": pa.array(days, pa.timestamp("ms", "UTC"))}
    with pytest.raises(Exception, match="Too many partitions") as caught:
        store.client.insert("excerpts", pa.table(rows))
    assert not isinstance(caught.value, Retry)
