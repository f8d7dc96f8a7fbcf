"""Rows past their end go, all others stay, and the command says how it is: on a real store, with the engine's own clock."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from filling import columns_of, fill
from landing import environment_of
from running import wait_for
from typer.testing import CliRunner

from streams.cli import app
from streams.clickhouse.ends import settings_of
from streams.clickhouse.migrations import migrate
from streams.retention import retention

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW.replace(year=NOW.year - 3, day=min(NOW.day, 28))
BORDERS = {"events_months": LONG_AGO, "excerpts_days": NOW - timedelta(days=14), "dead_letters_days": NOW - timedelta(days=90)}
ENDING = sorted(settings_of())


def landed(store) -> None:
    """In each table that ends, three rows: one past its end, one that ends soon, one of an hour ago."""
    columns = columns_of(store.client)
    for setting, border in BORDERS.items():
        of = {table: columns[table] for table in ENDING if settings_of()[table] == setting}
        fill(store.client, of, [border - timedelta(days=3), border + timedelta(days=4), NOW - timedelta(hours=1)])


@pytest.fixture
def rows(store):
    """Tables that hold those rows, while the engine removes nothing."""
    for table in ENDING:
        store.client.command(f"TRUNCATE TABLE {table}")
    store.client.command("SYSTEM STOP TTL MERGES")
    landed(store)
    yield
    store.client.command("SYSTEM START TTL MERGES")


@pytest.fixture
def command(store, monkeypatch):
    """Runs `plumbline retention`; gives its exit status, its rows by table, and what it said."""
    for name, value in environment_of(store.settings).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str):
        done = CliRunner().invoke(app, ["retention", "--json", *arguments])
        return done.exit_code, {row["table"]: row for row in map(json.loads, done.stdout.splitlines())}, done.stderr

    return run


def ages(store) -> dict[str, list[int]]:
    """Numbers of the rows that are left, by table: 0 is past its end."""
    found = {}
    for table in ENDING:
        names = [name for name, kind in columns_of(store.client)[table] if kind in ("String", "LowCardinality(String)")]
        found[table] = sorted(int(row["x"][-1]) for row in store.client.rows(f"SELECT {names[0]} AS x FROM {table}"))
    return found


def test_the_engine_itself_removes_what_is_past_its_end_and_nothing_else(store, rows):
    assert ages(store) == {table: [0, 1, 2] for table in ENDING}
    store.client.command("SYSTEM START TTL MERGES")
    wait_for(lambda: not any(each.past_due for each in retention(store.client, store.process_settings.retention)), 60, "what is past its end is gone")
    assert ages(store) == {table: [1, 2] for table in ENDING}
    assert store.client.rows("SELECT uniqExactMerge(events) AS n FROM signals_day")[0]["n"] == 3  # signals have no end


def test_what_is_late_is_told_with_its_age_and_exit_status_1_and_goes_on_demand(store, rows, command):
    status, found, said = command()
    late = {table for table, row in found.items() if row["state"] == "late"}
    assert (status, late) == (1, set(ENDING))
    assert {table: (found[table]["rows"], found[table]["past_due"]) for table in ENDING} == dict.fromkeys(ENDING, (3, 1))
    assert found["events"]["oldest"].startswith(f"{LONG_AGO - timedelta(days=3):%Y-%m-%dT%H:%M:%S}")
    assert "late; next: plumbline retention --remove" in said
    store.client.command("SYSTEM START TTL MERGES")
    status, found, said = command("--remove")
    assert (status, {found[table]["past_due"] for table in ENDING}) == (0, {0})
    assert ages(store) == {table: [1, 2] for table in ENDING}


def test_the_command_says_what_each_table_has_and_which_setting_says_so(store, command):
    status, found, _ = command()
    assert status == 0
    assert (found["events"]["setting"], found["events"]["kept"], found["events"]["state"]) == ("retention.events_months", "36 months", "enforced")
    assert (found["excerpts"]["in_force"], found["dead_letters"]["in_force"]) == ("14 days", "90 days")
    assert {row["state"] for table, row in found.items() if table not in ENDING} == {"without end"}
    assert {table for table, row in found.items() if row["kept"]} == set(ENDING)


def test_a_table_that_keeps_rows_otherwise_than_the_setting_says_is_told_until_the_schema_has_it(store, command, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_RETENTION__EVENTS_MONTHS", "7")
    store.client.command("ALTER TABLE dead_letters REMOVE TTL")  # somebody did so by hand
    status, found, said = command()
    assert (status, found["verdicts"]["kept"], found["verdicts"]["in_force"]) == (1, "7 months", "36 months")
    otherwise = {table for table, row in found.items() if row["state"] == "otherwise"}
    assert otherwise == {"dead_letters", *(table for table in ENDING if settings_of()[table] == "events_months")}
    assert "next: plumbline db migrate" in said
    settings = store.process_settings
    shorter = settings.model_copy(update={"retention": settings.retention.model_copy(update={"events_months": 7})})
    assert migrate(store.client, shorter) == ["dead_letters_days", "events_months"]
    assert command()[0] == 0
    assert (migrate(store.client, shorter), migrate(store.client, settings)) == ([], ["events_months"])
