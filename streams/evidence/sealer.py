"""Seals hours that are closed: verdicts -> leaves -> root -> a signed link. What landed since for a sealed hour becomes an amendment."""

import fcntl
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import structlog

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import Retry
from streams.evidence.canonical import canonical
from streams.evidence.chain import BEFORE_THE_FIRST, Seal, hour_of, seal_from, signed
from streams.evidence.keys import load_sealing_key
from streams.evidence.merkle import leaf_of, root_of
from streams.privacy import HashKey, load_key
from streams.settings import Settings

log = structlog.get_logger(__name__)

HOUR = timedelta(hours=1)
OVERLAP = timedelta(hours=1)  # a row may carry the time of an insert that was repeated for so long
AT_ONCE = 24  # hours that are read together
EVER = datetime(1970, 1, 1, tzinfo=UTC)
MILLIS, SECONDS = pa.timestamp("ms", "UTC"), pa.timestamp("s", "UTC")
SEALS = pa.schema([
    ("number", pa.uint64()), ("hour", SECONDS), ("amendment", pa.uint16()), ("leaves", pa.uint32()), ("root", pa.string()),
    ("previous", pa.string()), ("sealed_at", MILLIS), ("key_id", pa.string()), ("signature", pa.string()),
])  # fmt: skip
LEAVES = pa.schema([("hour", SECONDS), ("root", pa.string()), ("position", pa.uint32()), ("leaf", pa.string())])


class Sealer:
    """One at a time on a data folder: a file there is locked meanwhile."""

    def __init__(self, client: ClickHouse, settings: Settings) -> None:
        self._client, self._settings = client, settings
        self._key, self._salts = load_sealing_key(settings), Salts(load_key(settings))

    def seal(self, now: datetime, *, everything: bool = False) -> list[Seal]:
        """Seal what is closed and not sealed; returns the new seals.

        Args:
            everything: look at all hours again, not only at those in which something landed lately.

        Raises:
            Retry: somebody else is sealing, or the client raises it; nothing is lost by trying again.
        """
        with locked(self._settings.data_dir / "evidence.lock"):
            closed = (now - timedelta(minutes=self._settings.evidence.grace_min)).replace(minute=0, second=0, microsecond=0)
            end = next((seal_from(row) for row in self._client.rows(sql_text("evidence/newest"))), None)
            times = {row["hour"]: row["seals"] for row in self._client.rows(sql_text("evidence/amendments"))}
            made: list[Seal] = []
            for together in _batches(self._hours(end.sealed_at - OVERLAP if end and not everything else EVER, closed, times)):
                made += self._seal(together, made[-1] if made else end, times, now)
            return made

    def _hours(self, since: datetime, closed: datetime, times: Mapping[datetime, int]) -> list[datetime]:
        """Hours to look at, in order: where something landed, and every one since the newest that is sealed, empty ones too. What lies before
        the chain's beginning is sealed where there is something: that there was nothing, nobody can say afterwards."""
        touched = {row["hour"] for row in self._client.rows(sql_text("evidence/touched"), {"since": since, "closed": closed})}
        newest = max(times or touched, default=closed)
        missing = {newest + HOUR * number for number in range(1, max(1, int((closed - newest) / HOUR)))}
        return sorted({hour for hour in touched if hour < closed} | missing)

    def _seal(self, hours: Sequence[datetime], end: Seal | None, times: Mapping[datetime, int], now: datetime) -> list[Seal]:
        span = {"since": hours[0], "until": hours[-1] + HOUR}
        rows = self._rows(span)
        known: dict[datetime, set[str]] = {}
        for row in self._client.rows(sql_text("evidence/leaves"), span):
            known.setdefault(row["hour"], set()).add(row["leaf"])
        made: list[Seal] = []
        leaves: list[dict[str, Any]] = []
        for hour in hours:
            new = [leaf for leaf in (self._salts.leaf(row) for row in sorted(rows.get(hour, ()))) if leaf.hex() not in known.get(hour, ())]
            if not new and hour in times:
                continue
            root = root_of(new).hex()
            before = made[-1] if made else end
            seal = Seal(
                before.number + 1 if before else 1, hour, times.get(hour, 0), len(new), root, before.hash if before else BEFORE_THE_FIRST,
                now.replace(microsecond=now.microsecond // 1000 * 1000), self._key.public.id,
            )  # fmt: skip
            made.append(signed(seal, self._key))
            leaves += [{"hour": hour, "root": root, "position": position, "leaf": leaf.hex()} for position, leaf in enumerate(new)]
        self._client.insert("evidence_leaves", pa.Table.from_pylist(leaves, LEAVES))  # first: a seal says that its leaves are there
        self._client.insert("evidence_seals", pa.Table.from_pylist([asdict(each) for each in made], SEALS))
        return made

    def _rows(self, span: Mapping[str, datetime]) -> dict[datetime, list[bytes]]:
        found: dict[datetime, list[bytes]] = {}
        for row in self._client.rows(sql_text("evidence/verdicts"), span):
            found.setdefault(hour_of(row), []).append(canonical(row))
        return found


def _batches(hours: Sequence[datetime]) -> Iterator[list[datetime]]:
    """Hours of one day's span together, so that nothing is read between late ones that lie far apart."""
    batch: list[datetime] = []
    for hour in hours:
        if batch and hour - batch[0] >= HOUR * AT_ONCE:
            yield batch
            batch = []
        batch.append(hour)
    if batch:
        yield batch


class Salts:
    """The salt of each row, from the hash key: who has it not cannot confirm a guess of what a leaf stands for."""

    def __init__(self, key: HashKey) -> None:
        self._secret = sha256(b"plumbline evidence" + key.secret).digest()

    def of(self, row: bytes) -> bytes:
        return hmac.digest(self._secret, row, "sha256")[:16]

    def leaf(self, row: bytes) -> bytes:
        return leaf_of(self.of(row), row)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock.

    Raises:
        Retry: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Retry("another process is sealing", cause=f"it holds {path}", command="plumbline evidence seal, in a moment") from error
        yield
