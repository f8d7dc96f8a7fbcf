"""How much a reader may ask for: statements at a time, and statements, seconds and rows read per hour."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from streams.settings_store import ReaderLimits
from streams.store.statement import Refused

HOUR_S = 3_600.0


class Used(NamedTuple):
    """One statement that ran: when it ended (monotonic seconds), how long it took, and the rows it read."""

    at: float
    seconds: float
    rows: int


class Quota:
    """The account of one reader. Threads share it."""

    def __init__(self, name: str, limits: ReaderLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._limits, self._clock = name, limits, clock
        self._used: deque[Used] = deque()
        self._running = 0
        self._lock = threading.Lock()

    @contextmanager
    def statement(self) -> Iterator[Callable[[int], None]]:
        """Run one statement within the quota; call what it gives with the rows that were read.

        Raises:
            Refused: too many at a time, or the hour's share is used up, and when there is room again.
        """
        began, rows = self._clock(), [0]
        self._begin(began)
        try:
            yield lambda read: rows.__setitem__(0, read)
        finally:
            with self._lock:
                self._running -= 1
                now = self._clock()
                self._used.append(Used(now, now - began, rows[0]))

    def _begin(self, now: float) -> None:
        limits = self._limits
        with self._lock:
            while self._used and self._used[0].at <= now - HOUR_S:
                self._used.popleft()
            if self._running >= limits.side_by_side:
                raise Refused(202, "TOO_MANY_SIMULTANEOUS_QUERIES", f"{self._name} runs {self._running} statements already")
            for what, used, most in (
                ("statements", len(self._used), limits.statements_per_hour),
                ("seconds", sum(each.seconds for each in self._used), limits.seconds_per_hour),
                ("rows read", sum(each.rows for each in self._used), limits.rows_per_hour),
            ):
                if used >= most:
                    wait = int(HOUR_S - (now - self._used[0].at)) + 1
                    raise Refused(
                        201, "QUOTA_EXCEEDED", f"Quota for {self._name} for 3600s has been exceeded: {what} {used:g}/{most:g}. Room in {wait} s"
                    )
            self._running += 1
