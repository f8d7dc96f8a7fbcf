"""Upgrades on the real engine: a database of every earlier schema, with rows in every table; migrations that came in another order; the way back."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from demonstrated import land_demo
from filling import MILLIS, OWN, Columns, columns_of, fill
from landing import environment_of, open_run

from streams.clickhouse import migrations
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import Migration
from streams.clickhouse.sources import sql_text, statements
from streams.errors import ConfigurationError
from streams.settings import ClickHouseSettings, Settings

pytestmark = pytest.mark.integration
KNOWN = migrations.known_migrations()
NOW = datetime.now(UTC).replace(microsecond=0)
COUNTED = "SELECT run_id, category, uniqExactMerge(events) AS n, uniqExactMerge(users) AS people FROM signals_day GROUP BY ALL ORDER BY ALL"
ANSWER = """SELECT (SELECT count() FROM events FINAL) AS events, (SELECT uniqExactMerge(events) FROM signals_hour) AS tagged,
                   (SELECT sum(input_tokens) FROM volumes_hour FINAL) AS tokens, (SELECT sum(records) FROM ledger FINAL) AS records,
                   (SELECT count() FROM excerpts FINAL) AS excerpts"""
Rows = list[dict[str, Any]]


class Database:
    """A database that can be made at any version of the schema."""

    def __init__(self, client: ClickHouse, settings: Settings) -> None:
        self.client, self.settings, self.filled = client, settings, migrations.placeholders(settings)

    def made(self, chosen: list[Migration]) -> "Database":
        """Empty, with these migrations and no others."""
        self.client.command("DROP DATABASE IF EXISTS upgraded", use_database=False)
        for statement in statements(sql_text("migrations/0000_ledger_of_migrations"), self.filled):
            self.client.command(statement, use_database=False)
        for migration in chosen:
            migrations._apply(self.client, migration, self.filled)
        return self

    def upgraded(self) -> list[str]:
        return migrations.migrate(self.client, self.settings)

    def schema(self) -> Rows:
        return self.client.rows("SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name")

    def fill(self) -> Columns:
        """Two rows in every table that something writes to; returns the columns."""
        open_run(self.client, name="run_id-0", opened=NOW)
        columns = columns_of(self.client)
        fill(self.client, {table: of for table, of in columns.items() if table != "runs"}, [NOW, NOW])
        return columns

    def rows(self, columns: Columns) -> dict[str, Rows]:
        """What all tables hold in these columns, and what the signals count."""
        named = {table: ", ".join(f"`{name}`" for name, _ in of) for table, of in columns.items() if table not in OWN}
        held = {table: self.client.rows(f"SELECT {names} FROM {table} FINAL ORDER BY ALL") for table, names in named.items()}
        return held | {"signals": self.client.rows(COUNTED)}


@pytest.fixture(scope="module")
def database(store_process) -> Iterator[Database]:
    settings = Settings(data_dir=store_process.data_dir, clickhouse=store_process.settings("upgraded"))
    with ClickHouse.connect(settings.clickhouse) as client:
        yield Database(client, settings)


@pytest.fixture(scope="module")
def whole(database) -> Rows:
    """The schema of a new database."""
    database.made(KNOWN).upgraded()
    return database.schema()


@pytest.mark.parametrize("version", range(1, len(KNOWN)))
def test_a_database_of_every_earlier_schema_is_upgraded_and_every_table_keeps_its_rows(database, whole, version):
    columns = database.made(KNOWN[:version]).fill()
    before = database.rows(columns)
    assert {table: len(rows) for table, rows in before.items() if table != "runs"} == dict.fromkeys(before.keys() - {"runs"}, 2)
    assert database.upgraded() == [migration.name for migration in KNOWN[version:]]
    assert database.schema() == whole
    assert database.rows(columns) == before


def test_after_an_upgrade_from_the_first_schema_views_read_the_old_rows_and_new_ones_are_counted_as_by_a_new_database(database):
    database.made(KNOWN[:1]).fill()
    database.upgraded()
    for view in database.client.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"):
        database.client.rows(f"SELECT count() AS n FROM {view['name']}")  # all of them can be read
    (tag,) = database.client.rows("SELECT event_id, category FROM audit_verdicts")
    assert tag == {"event_id": "event_id-0", "category": "category-0"}
    late = {"run_id": ["run_id-0"], "category": ["category-0"], "event_id": ["late"], "occurred_at": pa.array([NOW], MILLIS)}
    database.client.insert("verdicts", pa.table(late | {"event_key": pa.array([99], pa.uint64()), "api_key_hash": pa.array([7], pa.uint64())}))
    (counted,) = database.client.rows(
        "SELECT uniqExactMerge(events) AS n, uniqExactMerge(api_keys) AS keys FROM signals_day WHERE run_id = 'run_id-0'"
    )
    assert counted == {"n": 2, "keys": 1}  # keys are counted since 0006


def test_a_database_that_took_a_migration_before_an_older_one_takes_the_older_one_too(database, whole):
    early = [migration for migration in KNOWN[:8] if migration.number != 7]
    columns = database.made(early).fill()
    before = database.rows(columns)
    assert database.upgraded() == [migration.name for migration in KNOWN if migration.number not in {each.number for each in early}]
    assert (database.schema(), database.rows(columns)) == (whole, before)
    assert database.upgraded() == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_the_later_migration_says_holds_in_whichever_order_they_came(database, monkeypatch, order):
    says = "CREATE OR REPLACE VIEW {database}.audit_said {on_cluster} AS SELECT %d AS said COMMENT 'x'\n;\n"
    two = [Migration(9001 + at, f"{9001 + at}_says", says % at) for at in range(2)]
    for taken in range(1, 3):
        monkeypatch.setattr(migrations, "known_migrations", lambda taken=taken: [*KNOWN, *sorted(two[at] for at in islice(order, taken))])
        if taken == 1:
            database.made(KNOWN)
        database.upgraded()
    assert database.client.rows("SELECT said FROM audit_said") == [{"said": 1}]


def test_a_database_of_this_code_is_taken_and_a_newer_one_is_refused_with_the_version_that_made_it_and_left_as_it_is(database, whole, monkeypatch):
    database.made(KNOWN).upgraded()
    assert database.upgraded() == []
    columns = database.fill()
    before = database.rows(columns)
    monkeypatch.setattr(migrations, "known_migrations", lambda: KNOWN[:-1])
    monkeypatch.setattr(migrations, "version", lambda _: "0.0.9")
    with pytest.raises(ConfigurationError, match=f"newer than this Plumbline: it has migration {KNOWN[-1].name}") as refused:
        database.upgraded()
    assert "migrated it, this is 0.0.9" in refused.value.cause and "restore a backup" in refused.value.command
    assert (database.schema(), database.rows(columns)) == (whole, before)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"text": KNOWN[3].text + "\n-- changed"}, "another content"),
        ({"name": "0004_otherwise"}, "which this Plumbline does not have"),
    ],
)
def test_a_migration_that_was_changed_or_named_otherwise_since_it_was_applied_is_refused(database, monkeypatch, other, said):
    database.made(KNOWN)
    monkeypatch.setattr(migrations, "known_migrations", lambda: [each._replace(**other) if each == KNOWN[3] else each for each in KNOWN])
    with pytest.raises(ConfigurationError, match=said):
        database.upgraded()


def test_a_data_folder_of_the_first_schema_that_workers_knew_is_upgraded_by_the_command_then_verifies_and_answers_as_before(
    new_store, tmp_path, monkeypatch
):
    folder = tmp_path / "data"
    running = new_store(folder)
    database = Database(ClickHouse.connect(running.settings("upgraded")), Settings(data_dir=folder, clickhouse=running.settings("upgraded")))
    with database.client:
        database.made(KNOWN[:2])
        insert = database.client.insert
        monkeypatch.setattr(database.client, "insert", lambda table, rows: insert(table, of_then(rows)))
        land_demo(database.client, evaluate_alerts=False)
        before = database.client.rows(ANSWER)
    assert running.stop() == 0
    running = new_store(folder)
    command = plumbline(folder, running.settings("upgraded"))
    assert command("verify").returncode != 0  # it is not what this code works with
    assert command("db", "status").returncode == 1
    done = command("db", "migrate", "--json")
    assert [json.loads(line)["applied"] for line in done.stdout.splitlines()] == [migration.name for migration in KNOWN[2:]]
    assert (command("db", "status").returncode, command("verify").returncode, command("retention").returncode) == (0, 0, 0)
    with ClickHouse.connect(running.settings("upgraded")) as client:
        assert client.rows(ANSWER) == before and before[0]["events"] > 1_000 and before[0]["tagged"] > 100


def of_then(rows: pa.Table) -> pa.Table:
    """Workers of that time did not tell of which topic an offset is."""
    return rows.select([name for name in rows.column_names if name != "topic_id"])


def plumbline(folder: Path, clickhouse: ClickHouseSettings) -> Callable[..., subprocess.CompletedProcess]:
    """Runs commands on a data folder."""
    environment = {**os.environ, **environment_of(clickhouse), "PLUMBLINE_DATA_DIR": str(folder)}

    def run(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "streams", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run
