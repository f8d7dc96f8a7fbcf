"""Volumes of all events by hour: exact counts, recomputed from the events for the hours that were touched.

Recomputing an hour reads all its events, so whoever finds that it takes long pauses accordingly, and leaves alone what another worker has just
computed: what it has touched stays touched, and is looked at again after the pause. So many workers cost little more than one.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Set
from datetime import UTC, datetime

import structlog

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import Retry

log = structlog.get_logger()

HOURS_AT_ONCE = 48
SHARE_OF_TIME = 0.05
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
SHARED_FROM_S = 5.0  # a pause from which workers look at what others have computed; below it, computing costs less than it is worth to save
JITTER = 0.5  # so that those who wait for one another do not all begin at once


class VolumeRefresher:
    """Collects touched hours and recomputes them in SHARE_OF_TIME of the time. Threads may touch while another refreshes."""

    def __init__(self, client: ClickHouse, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._clock = client, clock
        self._touched: set[int] = set()
        self._lock = threading.Lock()
        self._due_at, self._pause_s = 0.0, SHORTEST_PAUSE_S

    def touch(self, hours_ms: Iterable[int]) -> None:
        """Events of these hours (their start, milliseconds since 1970) have landed."""
        with self._lock:
            self._touched.update(hours_ms)

    def refresh_if_due(self) -> int:
        """Recompute what was touched unless the last time is too recent, by anybody where it takes long. Returns the number of hours."""
        if not self._touched or self._clock() < self._due_at:
            return 0
        return self.refresh(leave=self._lately() if self._pause_s >= SHARED_FROM_S else frozenset())

    def refresh(self, leave: Set[int] = frozenset()) -> int:
        """Recompute what was touched so far but the hours to `leave`, which stay touched, as does what fails.

        Raises:
            Retry: as the client raises it.
        """
        with self._lock:
            hours, self._touched = sorted(self._touched - leave), self._touched & leave
        began = self._clock()
        try:
            for at in range(0, len(hours), HOURS_AT_ONCE):
                self._recompute(hours[at : at + HOURS_AT_ONCE])
        except Retry:
            self.touch(hours)
            raise
        finally:
            if hours:
                took = self._clock() - began
                self._pause_s = min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, took / SHARE_OF_TIME - took))
            jitter = random.uniform(0, JITTER) if self._pause_s >= SHARED_FROM_S else 0  # noqa: S311  no secret
            self._due_at = self._clock() + self._pause_s * (1 + jitter)
        return len(hours)

    def catch_up(self) -> int:
        """Recompute the hours that a worker may have landed and not lived to recompute, by the ledger. Returns their number."""
        return self._mend("volumes/stale")

    def mend(self) -> int:
        """Recompute every hour whose volumes differ from its events: reads all events. Returns their number."""
        return self._mend("volumes/differing")

    def _mend(self, name: str) -> int:
        hours = [row["hour"] for row in self._client.rows(sql_text(name))]
        if hours:
            log.info("volumes are recomputed", hours=len(hours))
        self.touch(int(hour.timestamp()) * 1000 for hour in hours)
        return self.refresh()

    def _lately(self) -> Set[int]:
        """Touched hours that somebody began to compute within our own pause."""
        parameters = {"hours": _as_text(self._touched), "within_ms": int(self._pause_s * 1_000)}
        return {int(row["hour"].timestamp()) * 1_000 for row in self._client.rows(sql_text("volumes/lately"), parameters)}

    def _recompute(self, hours_ms: list[int]) -> None:
        self._client.command(sql_text("volumes/recompute"), {"hours": _as_text(hours_ms)})


def _as_text(hours_ms: Iterable[int]) -> list[str]:
    return [datetime.fromtimestamp(hour / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S") for hour in hours_ms]
