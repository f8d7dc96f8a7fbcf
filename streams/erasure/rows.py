"""Removing a person: their rows from every table, their share from every signal, and a tombstone so that no replay brings them back.

The order makes it safe to be killed anywhere: first the tombstones, then a worklist of keys, then what is derived from events, last the events and
the worklist itself. Whoever goes on (`plumbline erase --resume`) repeats steps that change nothing the second time.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

import structlog

from streams.clickhouse import erasure_file, erasures
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.erasures import Tombstone
from streams.clickhouse.migrations import placeholders
from streams.clickhouse.sources import sql_text, statements
from streams.clickhouse.volumes import VolumeRefresher
from streams.errors import Retry, Stop
from streams.privacy import HashKey
from streams.settings import Settings

log = structlog.get_logger(__name__)
Value = TypeVar("Value")

# Workers read the tombstones each second, and what they had in flight then lands within batch and insert.
NOTICE_S = 6.0
AT_ONCE = 200
LONGEST_S, PARTS_S, POLL_S = 1_800.0, 30.0, 0.2
TABLES = (
    "events", "verdicts", "excerpts", "reviews", "assessments", "golden_tags", "opinions", "case_entries", "deliveries", "access_log",
    "signals_minute", "signals_hour", "signals_day", "erasing",
)  # fmt: skip
COUNTED = ("events", "verdicts", "excerpts", "reviews", "assessments", "golden_tags", "opinions", "case_entries", "access_log")


class Person(NamedTuple):
    """A user of an organization, by the raw id."""

    organization_id: str
    user_id: str


class Removal(NamedTuple):
    """Rows of one table that were removed or, of the access log, made anonymous."""

    place: str
    removed: int


class Erasure:
    """Removals in one database. `pause` waits so many seconds."""

    def __init__(self, client: ClickHouse, settings: Settings, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._settings, self._pause = client, settings, pause
        cluster, self._name = settings.clickhouse.cluster, settings.clickhouse.database
        system = {name: f"clusterAllReplicas('{cluster}', system.{name})" if cluster else f"system.{name}" for name in ("mutations", "parts")}
        self._filled = placeholders(settings) | system

    def ask(self, people: Iterable[Person], key: HashKey, reason: str) -> list[Tombstone]:
        """Write the tombstones: from now on nothing of these people lands any more. Returns them."""
        hashes = _hashes(people, key)
        newest, now = self._newest(hashes), datetime.now(UTC)
        tombstones = [Tombstone(*each, key.version, max(now, newest.get(each, now)), reason, 0, now) for each in hashes]
        erasure_file.note(self._settings.data_dir, tombstones)
        erasures.write(self._client, tombstones)
        return tombstones

    def uphold(self, tombstones: Iterable[Tombstone]) -> list[Tombstone]:
        """Ask again for removals that this database does not know, or only up to an earlier moment: it is older than they are. Returns those."""
        missing = erasure_file.beyond(tombstones, erasures.every(self._client))
        erasures.write(self._client, missing)
        return missing

    def ask_again(self) -> None:
        """Take up every removal of which something came back: rows that a worker had in flight, or an older backup."""
        rows = self._client.rows(sql_text("erasure/came_back"))
        erasures.write(self._client, [Tombstone(**row) for row in rows])

    def count(self, people: Iterable[Person], key: HashKey) -> list[Removal]:
        """What a removal would find, per table. Changes nothing."""
        found = Counter()
        for portion in portions(_hashes(people, key)):
            found.update(self._counted("listed_by_people", _parameters(portion)))
        return [Removal(place, found[place]) for place in COUNTED]

    def complete(self) -> list[Removal]:
        """Do all that is under way. Returns what was removed, per table; nothing if there was nothing to do.

        Raises:
            Stop: a table refused, or rows are left; going on again (`plumbline erase --resume`) is safe.
        """
        if not erasures.pending(self._client):
            return []
        self._pause(NOTICE_S)
        for table in TABLES:
            self._run("erasure/swiften", {"table": table})
        try:
            removed = self._remove()
            if parts := self.old_parts():
                log.warning("replaced parts are still on the disk; ClickHouse deletes them within minutes", parts=parts)
        finally:
            for table in TABLES:
                self._run("erasure/settle", {"table": table})
        return removed

    def _remove(self) -> list[Removal]:
        self._client.command(sql_text("erasure/list_rows"))
        before = self._left()
        hours = [row["hour"] for row in self._client.rows(sql_text("erasure/hours"))]
        self._mutate("erasure/dependents")
        self._mutate("erasure/signals")
        self._run("erasure/rebuild")
        self._mutate("erasure/events")
        volumes = VolumeRefresher(self._client)
        volumes.touch(int(hour.timestamp()) * 1_000 for hour in hours)
        volumes.refresh()
        if left := {place: n for place, n in self._left().items() if n}:
            raise Stop(f"rows are left: {left}", cause="a worker landed some in the meantime", command="plumbline erase --resume")
        done = datetime.now(UTC)
        completed = [each.tombstone._replace(completed_at=done, events=each.listed) for each in erasures.pending(self._client)]
        self._run("erasure/clear_worklist")
        erasures.write(self._client, completed)
        return [Removal(place, before[place]) for place in COUNTED]

    def _newest(self, hashes: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], datetime]:
        rows = (row for portion in portions(hashes) for row in self._client.rows(sql_text("erasure/newest"), _parameters(portion)))
        return {(row["organization_id"], row["user_hash"]): row["newest"] for row in rows}

    def _left(self) -> dict[str, int]:
        """Rows that the worklist names, by table: all 0 before it is emptied."""
        return self._counted("listed_by_worklist", {})

    def _counted(self, listed: str, parameters: Mapping[str, list]) -> dict[str, int]:
        [statement] = statements(sql_text("erasure/counted"), {"listed": sql_text(f"erasure/{listed}")})
        return {row["place"]: row["n"] for row in self._client.rows(statement, parameters)}

    def _run(self, name: str, more: Mapping[str, str] = {}) -> None:
        for statement in statements(sql_text(name), self._filled | more):
            self._client.command(statement, use_database=False)

    def _mutate(self, name: str) -> None:
        """Rewrite parts, and wait until every replica has.

        Raises:
            Stop: one cannot.
        """
        self._run(name)
        self._wait(f"{name} is done", self._under_way)

    def _under_way(self) -> int:
        rows = self._client.rows(statements(sql_text("erasure/under_way"), self._filled)[0], {"name": self._name})
        for row in rows:
            if row["failure"]:
                raise Stop(f"rows cannot be removed from {row['table']}", cause=row["failure"][:400], command="plumbline doctor")
        return len(rows)

    def old_parts(self, patience_s: float = PARTS_S) -> int:
        """Replaced parts that are still on the disk after so many seconds: ClickHouse deletes them within some ten minutes."""
        sql, deadline = statements(sql_text("erasure/old_parts"), self._filled)[0], time.monotonic() + patience_s
        while True:
            rows = self._client.rows(sql, {"name": self._name, "tables": list(TABLES)})
            if not rows or time.monotonic() > deadline:
                return sum(row["parts"] for row in rows)
            for row in rows:
                self._run("erasure/wake", {"table": row["table"]})
            time.sleep(POLL_S)

    def _wait(self, what: str, left: Callable[[], int]) -> None:
        deadline = time.monotonic() + LONGEST_S
        while waiting := left():
            if time.monotonic() > deadline:
                raise Retry(f"not within {timedelta(seconds=LONGEST_S)}: {what}", cause=f"{waiting} are left", command="plumbline erase --resume")
            time.sleep(POLL_S)


def portions(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """As many at a time as one statement can carry: parameters travel in its address, which has a limit."""
    return (values[first : first + AT_ONCE] for first in range(0, len(values), AT_ONCE))


def _hashes(people: Iterable[Person], key: HashKey) -> list[tuple[str, int]]:
    return sorted({(each.organization_id, key.of_id(each.organization_id, each.user_id)) for each in people})


def _parameters(hashes: Sequence[tuple[str, int]]) -> dict[str, list]:
    return {"organizations": [each[0] for each in hashes], "users": [each[1] for each in hashes]}
