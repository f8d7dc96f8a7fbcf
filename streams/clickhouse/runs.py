"""Runs: which policy pack is current for which event time. The rule itself is the view audit_run_periods."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import structlog

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import ConfigurationError
from streams.landing.spans import shadow_run_id

if TYPE_CHECKING:
    from streams.policy import Pack

log = structlog.get_logger()

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2299, 12, 31, tzinfo=UTC)
# Workers read the runs each second; a new run begins when all of them have seen it.
NOTICE = timedelta(seconds=5)
# Events far ahead of time must not push a new run away for longer than the intake admits.
LONGEST_NOTICE = timedelta(seconds=615)

MILLIS = pa.timestamp("ms", "UTC")
RUNS = pa.schema(
    [
        ("run_id", pa.string()),
        ("kind", pa.string()),
        ("pack_hash", pa.string()),
        ("parent_run", pa.string()),
        ("valid_from", MILLIS),
        ("valid_to", MILLIS),
        ("opened_at", MILLIS),
        ("completed_at", MILLIS),
    ]
)
PACKS = pa.schema([("pack_hash", pa.string()), ("files", pa.map_(pa.string(), pa.string())), ("recorded_at", MILLIS)])


class Run(NamedTuple):
    """A run and a period of event time, [`valid_from`, `valid_to`), that it is current for."""

    run_id: str
    kind: str
    pack_hash: str
    valid_from: datetime
    valid_to: datetime


class RunBook:
    """Reads and opens runs. Any number of workers may open the same run: its start only ever moves earlier, so they agree."""

    def __init__(self, client: ClickHouse) -> None:
        self._client = client

    def register(self, pack: "Pack") -> None:
        """Keep a pack's files by its hash, so that late events can be decided by it and an auditor can read it."""
        row = {"pack_hash": pack.hash, "files": list(pack.files.items()), "recorded_at": datetime.now(UTC)}
        self._client.insert("packs", pa.Table.from_pylist([row], PACKS))

    def pack(self, pack_hash: str) -> "Pack":
        """A registered pack.

        Raises:
            ConfigurationError: it was never registered.
        """
        from streams.policy import Pack  # only who needs an older pack pays for the engine

        rows = self._client.rows(sql_text("runs/pack"), {"pack_hash": pack_hash})
        if not rows:
            raise ConfigurationError(f"policy pack {pack_hash} is not in ClickHouse", cause="a run names it, but no worker registered it")
        return Pack.from_files(rows[0]["files"])

    def open_live(self, pack_hash: str) -> str:
        """The live run of a pack: the current one if it has this pack, else a new one from a few seconds ahead. Returns its id.

        The first run covers all of event time. A new one begins after every event that has landed: an event's verdicts stay in its run.
        """
        runs = self._client.rows(sql_text("runs/live"))
        if runs and runs[-1]["pack_hash"] == pack_hash:
            return runs[-1]["run_id"]
        run_id = live_run_id(pack_hash, [run["run_id"] for run in runs])
        now = datetime.now(UTC)
        start = next_start(runs[-1]["now"], runs[-1]["newest_event"]) if runs else BEGINNING
        row = {"run_id": run_id, "kind": "live", "pack_hash": pack_hash, "parent_run": runs[-1]["run_id"] if runs else ""}
        row |= {"valid_from": start, "valid_to": END, "opened_at": now, "completed_at": now}
        self._client.insert("runs", pa.Table.from_pylist([row], RUNS))
        log.info("live run opened", run_id=run_id, valid_from=start.isoformat())
        return run_id

    def open_shadow(self, pack_hash: str) -> None:
        """The run for what the pack marks as shadow: over all of time, and never current."""
        row = {"run_id": shadow_run_id(pack_hash), "kind": "shadow", "pack_hash": pack_hash, "parent_run": ""}
        row |= {"valid_from": BEGINNING, "valid_to": END, "opened_at": datetime.now(UTC), "completed_at": datetime.now(UTC)}
        self._client.insert("runs", pa.Table.from_pylist([row], RUNS))

    def state(self) -> int:
        """A number that changes with any change of the runs."""
        return self._client.rows(sql_text("runs/state"))[0]["state"]

    def current(self) -> list[Run]:
        """All periods, in order of time; together they cover all of it."""
        return [Run(**row) for row in self._client.rows(sql_text("runs/current"))]

    def run_for(self, occurred_at: datetime, *, as_of: datetime | None = None) -> Run:
        """The run that is current for a moment of event time, or that was current on another day.

        Raises:
            ConfigurationError: no run was ever opened, or none by that day.
        """
        if as_of is None:
            return run_for(self.current(), occurred_at)
        rows = self._client.rows(sql_text("runs/as_of"), {"moment": occurred_at, "as_of": as_of})
        if not rows:
            raise ConfigurationError(f"no run had decided {occurred_at.isoformat()} by {as_of:%Y-%m-%d}", cause="events of then were judged later")
        return Run(**rows[0])


def run_for(periods: Sequence[Run], occurred_at: datetime) -> Run:
    """The period that covers the moment."""
    for run in periods:
        if run.valid_from <= occurred_at < run.valid_to:
            return run
    raise ConfigurationError(f"no run covers {occurred_at.isoformat()}", cause="no worker has opened a live run yet", command="plumbline worker")


def live_run_id(pack_hash: str, earlier: Sequence[str]) -> str:
    """`live-<hash>`, and `live-<hash>-2` when a pack comes back after another one, so that racing workers name it alike."""
    name = f"live-{pack_hash[:12]}"
    times = sum(run_id == name or run_id.startswith(f"{name}-") for run_id in earlier)
    return f"{name}-{times + 1}" if times else name


def next_start(now: datetime, newest_event: datetime) -> datetime:
    """When a new live run begins: a few seconds after now and after every landed event, on a whole second."""
    moment = min(max(now, newest_event), now + LONGEST_NOTICE - NOTICE) + NOTICE
    return moment.replace(microsecond=0) + timedelta(seconds=1)
