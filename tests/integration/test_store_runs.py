"""Runs and volumes on the real engine."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from streams.clickhouse.runs import BEGINNING, END, RUNS, RunBook
from streams.clickhouse.volumes import VolumeRefresher

pytestmark = pytest.mark.integration

HOUR = datetime(2026, 3, 4, 5, tzinfo=UTC)


def land(client, *, events: int = 3, hour: datetime = HOUR, prefix: str = "e") -> None:
    rows = [
        {
            "organization_id": "acme",
            "event_id": f"{prefix}{index}",
            "occurred_at": hour + timedelta(seconds=index),
            "model": "m",
            "input_tokens": 10,
            "landed_at": hour,
        }
        for index in range(events)
    ]
    types = {"occurred_at": pa.timestamp("ms", "UTC"), "landed_at": pa.timestamp("ms", "UTC"), "input_tokens": pa.uint32()}
    client.insert("events", pa.table({name: pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]}))


def volumes(client, hour: datetime = HOUR) -> tuple[int, int]:
    row = client.rows(
        "SELECT sum(events) AS n, sum(input_tokens) AS t FROM audit_volumes WHERE bucket = {hour:DateTime('UTC')}",
        {"hour": hour.strftime("%Y-%m-%d %H:%M:%S")},
    )[0]
    return row["n"], row["t"]


def test_volumes_count_each_event_once_however_often_it_lands_and_is_recomputed(store):
    refresher = VolumeRefresher(store.client)
    for _ in range(2):
        land(store.client)
        refresher.touch([int(HOUR.timestamp() * 1000)])
        refresher.refresh()
    assert volumes(store.client) == (3, 30)


def test_volumes_of_an_hour_whose_events_are_gone_are_zero(store):
    hour = HOUR + timedelta(days=1)
    land(store.client, hour=hour, prefix="gone")
    refresher = VolumeRefresher(store.client)
    refresher.touch([int(hour.timestamp() * 1000)])
    refresher.refresh()
    assert volumes(store.client, hour) == (3, 30)
    store.client.command("ALTER TABLE events DELETE WHERE startsWith(event_id, 'gone') SETTINGS mutations_sync = 2")
    refresher.touch([int(hour.timestamp() * 1000)])
    refresher.refresh()
    assert volumes(store.client, hour) == (0, 0)


def test_volumes_are_not_recomputed_again_before_they_are_due(store):
    now = [100.0]
    refresher = VolumeRefresher(store.client, clock=lambda: now[0])
    hour = int(HOUR.timestamp() * 1000)
    refresher.touch([hour])
    assert refresher.refresh_if_due() == 1
    refresher.touch([hour])
    assert refresher.refresh_if_due() == 0
    now[0] += 1.5
    assert refresher.refresh_if_due() == 1


def ledger(client, hour: datetime, landed_at: datetime) -> None:
    seconds, millis = pa.timestamp("s", "UTC"), pa.timestamp("ms", "UTC")
    row = {"topic": ["t"], "partition": pa.array([0], pa.uint32()), "hours": pa.array([[hour]], pa.list_(seconds))}
    client.insert("ledger", pa.table({**row, "landed_at": pa.array([landed_at], millis)}))


def test_an_hour_in_the_ledger_that_nobody_recomputed_is_caught_up(store):
    hour = HOUR + timedelta(days=2)
    land(store.client, events=5, hour=hour, prefix="late")
    ledger(store.client, hour, datetime.now(UTC))
    assert VolumeRefresher(store.client).catch_up() == 1
    assert volumes(store.client, hour) == (5, 50)
    store.client.command("TRUNCATE TABLE ledger")


def test_an_hour_that_was_recomputed_long_after_it_landed_is_left_alone(store):
    ledger(store.client, HOUR + timedelta(days=2), datetime.now(UTC) - timedelta(minutes=6))
    assert VolumeRefresher(store.client).catch_up() == 0


def test_volumes_that_differ_from_events_are_mended(store):
    hour = HOUR + timedelta(days=3)
    land(store.client, events=4, hour=hour, prefix="unseen")
    assert VolumeRefresher(store.client).mend() >= 1
    assert volumes(store.client, hour) == (4, 40)
    assert VolumeRefresher(store.client).mend() == 0


def test_the_first_run_covers_all_time_and_a_new_pack_only_what_comes(store):
    book = RunBook(store.client)
    first = book.open_live("a" * 16)
    assert book.open_live("a" * 16) == first
    [only] = book.current()
    assert (only.run_id, only.valid_from, only.valid_to) == (first, BEGINNING, END)
    second = book.open_live("b" * 16)
    before, after = book.current()
    assert [before.run_id, after.run_id] == [first, second]
    assert timedelta(seconds=3) < after.valid_from - datetime.now(UTC) < timedelta(seconds=8)
    assert book.run_for(datetime(2025, 1, 1, tzinfo=UTC)).run_id == first
    assert book.run_for(datetime.now(UTC) + timedelta(minutes=1)).run_id == second


def test_a_pack_that_comes_back_gets_a_run_of_its_own(store):
    book = RunBook(store.client)
    again = book.open_live("a" * 16)
    assert again == "live-aaaaaaaaaaaa-2"
    assert [run.run_id for run in book.current()][-1] == again


def test_workers_that_race_agree_on_the_earlier_start(store):
    book = RunBook(store.client)
    name = book.open_live("c" * 16)
    [run] = [run for run in book.current() if run.run_id == name]
    later = {
        "run_id": name,
        "kind": "live",
        "pack_hash": "c" * 16,
        "parent_run": "",
        "valid_from": run.valid_from + timedelta(seconds=2),
        "valid_to": END,
    }
    now = datetime.now(UTC)
    store.client.insert("runs", pa.Table.from_pylist([later | {"opened_at": now, "completed_at": now}], RUNS))
    assert [again for again in book.current() if again.run_id == name] == [run]


def test_a_retag_is_current_only_when_complete(store):
    book = RunBook(store.client)
    start, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    row = {"run_id": "retag-1", "kind": "retag", "pack_hash": "c" * 16, "parent_run": "", "valid_from": start, "valid_to": end}
    store.client.insert("runs", pa.Table.from_pylist([row | {"opened_at": datetime.now(UTC), "completed_at": BEGINNING}], RUNS))
    assert book.run_for(start).run_id == "live-aaaaaaaaaaaa"
    store.client.insert("runs", pa.Table.from_pylist([row | {"opened_at": datetime.now(UTC), "completed_at": datetime.now(UTC)}], RUNS))
    assert book.run_for(start).run_id == "retag-1"
    assert book.run_for(end).run_id == "live-aaaaaaaaaaaa"


def test_a_shadow_run_is_never_current(store):
    row = {"run_id": "shadow-1", "kind": "shadow", "pack_hash": "d", "parent_run": "", "valid_from": BEGINNING, "valid_to": END}
    store.client.insert("runs", pa.Table.from_pylist([row | {"opened_at": datetime.now(UTC), "completed_at": datetime.now(UTC)}], RUNS))
    assert "shadow-1" not in {run.run_id for run in RunBook(store.client).current()}


def test_a_worker_sees_which_hours_another_has_computed_within_its_pause(store):
    hour, other = (int((HOUR + timedelta(days=days)).timestamp() * 1000) for days in (20, 21))
    another, refresher = VolumeRefresher(store.client), VolumeRefresher(store.client)
    another.touch([hour])
    another.refresh()
    refresher.touch([hour, other])
    assert refresher._lately() == {hour}
    refresher._pause_s = 0
    assert refresher._lately() == set()
