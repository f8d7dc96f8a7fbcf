"""Writes pass side by side; a backup waits until they have ended and holds back new ones, so that every table in it is of the same moment."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from streams.store.statement import Refused

READS = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK"})


class Gate:
    """For the statements of one store, by their first word."""

    def __init__(self, patience_s: float) -> None:
        """`patience_s`: how long a statement waits for its turn."""
        self._changed, self._patience_s = threading.Condition(), patience_s
        self._writing, self._copying = 0, False

    @contextmanager
    def passing(self, verb: str) -> Iterator[None]:
        """Let a statement run.

        Raises:
            Refused: not within the time; the same statement may be sent again.
        """
        if verb in READS:
            yield
        elif verb == "BACKUP":
            with self._alone():
                yield
        else:
            with self._among_others():
                yield

    @contextmanager
    def _among_others(self) -> Iterator[None]:
        with self._changed:
            if not self._changed.wait_for(lambda: not self._copying, self._patience_s):
                raise _busy("a backup is being made")
            self._writing += 1
        try:
            yield
        finally:
            with self._changed:
                self._writing -= 1
                self._changed.notify_all()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        deadline = time.monotonic() + self._patience_s
        with self._changed:
            if not self._changed.wait_for(lambda: not self._copying, self._patience_s):
                raise _busy("another backup is being made")
            self._copying = True
            ended = self._changed.wait_for(lambda: not self._writing, max(0.0, deadline - time.monotonic()))
        try:
            if not ended:
                raise _busy("a write takes long")
            yield
        finally:
            with self._changed:
                self._copying = False
                self._changed.notify_all()


def _busy(why: str) -> Refused:
    return Refused(202, "TOO_MANY_SIMULTANEOUS_QUERIES", f"Too many simultaneous queries: {why}")
