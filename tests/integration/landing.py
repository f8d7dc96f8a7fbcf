"""Lands the events of alert cases in a real store, as a worker would: verdicts, events, volumes, ledger."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from streams.alerts.rehearsal import Happened
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.volumes import VolumeRefresher
from streams.settings import ClickHouseSettings

MILLIS, SECONDS = pa.timestamp("ms", "UTC"), pa.timestamp("s", "UTC")
RUN = "live-test"
END = datetime(2299, 12, 31, tzinfo=UTC)


def open_run(client: ClickHouse, name: str = RUN, until: datetime = END, opened: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
    """A complete run over all event time up to `until`; where others cover it too, the one that was opened last is current."""
    moments = {"valid_from": datetime(1970, 1, 1, tzinfo=UTC), "valid_to": until, "opened_at": opened, "completed_at": opened}
    row = {"run_id": [name], "kind": ["live" if until == END else "retag"], "pack_hash": ["x"], "parent_run": [""]}
    client.insert("runs", pa.table(row | {column: pa.array([value], MILLIS) for column, value in moments.items()}))


def environment_of(clickhouse: ClickHouseSettings) -> dict[str, str]:
    """What makes a command use this database."""
    place = {"URL": clickhouse.url, "PASSWORD": clickhouse.password.get_secret_value(), "DATABASE": clickhouse.database}
    return {f"PLUMBLINE_CLICKHOUSE__{name}": value for name, value in place.items()}


class Lander:
    """Lands arrivals, each time as one chunk with a ledger row."""

    def __init__(self, client: ClickHouse) -> None:
        self._client, self._volumes, self._offset = client, VolumeRefresher(client), 0

    def land(self, arrived: Sequence[Happened], *, landed_at: datetime) -> None:
        tagged = [each for each in arrived if each.category]
        self._client.insert("events", pa.table(self._shared(arrived, landed_at)))
        if tagged:
            self._client.insert("verdicts", pa.table(self._shared(tagged, landed_at) | self._verdict(tagged)))
        hours = sorted({each.at // 3_600 * 3_600 for each in arrived})
        self._volumes.touch(hour * 1_000 for hour in hours)
        self._volumes.refresh()
        row = {"topic": ["usage.events"], "partition": pa.array([0], pa.uint32()), "first_offset": pa.array([self._offset], pa.uint64())}
        row |= {"last_offset": pa.array([self._offset + len(arrived) - 1], pa.uint64()), "hours": pa.array([hours], pa.list_(SECONDS))}
        self._client.insert("ledger", pa.table(row | {"landed_at": pa.array([landed_at], MILLIS)}))
        self._offset += len(arrived)

    def _shared(self, events: Sequence[Happened], landed_at: datetime) -> dict:
        return {
            "organization_id": [each.organization for each in events],
            "event_id": [f"e{each.key}" for each in events],
            "occurred_at": pa.array([each.at * 1_000 for each in events], MILLIS),
            "event_key": pa.array([each.key for each in events], pa.uint64()),
            "user_hash": pa.array([each.user for each in events], pa.uint64()),
            "api_key_hash": pa.array([each.api_key for each in events], pa.uint64()),
            "model": [each.model for each in events],
            "country": [each.country for each in events],
            "similarity": pa.array([each.similarity for each in events], pa.uint64()),
            "landed_at": pa.array([landed_at] * len(events), MILLIS),
        }

    def _verdict(self, events: Sequence[Happened]) -> dict:
        return {
            "run_id": [RUN] * len(events),
            "category": [each.category for each in events],
            "outcome": [each.outcome for each in events],
            "severity": [each.severity for each in events],
        }
