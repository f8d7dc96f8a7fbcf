"""Volumes of all events by hour: exact counts, recomputed from the events for the hours that were touched."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import structlog

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import Retry

log = structlog.get_logger()

HOURS_AT_ONCE = 48
SHARE_OF_TIME = 0.05
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 10.0


class VolumeRefresher:
    """Collects touched hours and recomputes them in SHARE_OF_TIME of the time. Threads may touch while another refreshes."""

    def __init__(self, client: ClickHouse, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._clock = client, clock
        self._touched: set[int] = set()
        self._lock = threading.Lock()
        self._due_at = 0.0

    def touch(self, hours_ms: Iterable[int]) -> None:
        """Events of these hours (their start, milliseconds since 1970) have landed."""
        with self._lock:
            self._touched.update(hours_ms)

    def refresh_if_due(self) -> int:
        """Recompute what was touched unless the last time is too recent. Returns the number of hours."""
        return self.refresh() if self._touched and self._clock() >= self._due_at else 0

    def refresh(self) -> int:
        """Recompute everything touched so far; what fails stays touched.

        Raises:
            Retry: as the client raises it.
        """
        with self._lock:
            hours, self._touched = sorted(self._touched), set()
        began = self._clock()
        try:
            for at in range(0, len(hours), HOURS_AT_ONCE):
                self._recompute(hours[at : at + HOURS_AT_ONCE])
        except Retry:
            self.touch(hours)
            raise
        finally:
            took = self._clock() - began
            self._due_at = self._clock() + min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, took / SHARE_OF_TIME - took))
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

    def _recompute(self, hours_ms: list[int]) -> None:
        hours = [datetime.fromtimestamp(hour / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S") for hour in hours_ms]
        self._client.command(sql_text("volumes/recompute"), {"hours": hours})
