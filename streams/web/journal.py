"""The log of who saw and did what. Views are written a moment later, in batches; what must be on record before it happens is written first."""

import asyncio
from collections import deque
from typing import Any, NamedTuple

import structlog

from streams.access_log import access_row, as_table
from streams.errors import PlumblineError
from streams.web.access import Reader
from streams.web.questions import Questions

log = structlog.get_logger(__name__)

EVERY_S = 1.0
WAITING = 10_000  # entries that are kept while ClickHouse is away


class Entry(NamedTuple):
    """One line of the log."""

    reader: Reader
    action: str
    page: str
    organization_id: str = ""
    event_id: str = ""
    detail: str = ""
    reason: str = ""

    def row(self) -> dict[str, Any]:
        texts = {name: value for name, value in self._asdict().items() if name not in ("reader", "action")}
        return access_row(self.reader.name, self.reader.role.name.lower(), self.action, **texts)


class Journal:
    """Collects entries; `run` writes them while the process lives."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._waiting: deque[dict[str, Any]] = deque(maxlen=WAITING)

    def note(self, entry: Entry) -> None:
        """Write it within a moment."""
        if len(self._waiting) == WAITING:
            log.error("access log loses its oldest entry", waiting=WAITING, next="plumbline doctor")
        self._waiting.append(entry.row())

    async def write(self, entry: Entry) -> None:
        """Write it now, with what waits: returns when it is in ClickHouse.

        Raises:
            Retry, Stop: it is not; what was to be logged must not happen.
        """
        self._waiting.append(entry.row())
        await self.flush()

    async def run(self) -> None:
        """Write what waits, every second."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.flush()
            except PlumblineError as error:
                log.warning("access log not written yet", error=error.what, waiting=len(self._waiting))

    async def flush(self) -> None:
        """Write all that waits. What fails waits on; written twice it is still one entry, by its id."""
        if rows := list(self._waiting):
            await self._questions.run(lambda client: client.insert("access_log", as_table(rows)))
            for _ in rows:
                self._waiting.popleft()
