"""Answers for the page: the statements of sql/page and sql/queries, asked side by side, each answer kept for a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cache
from typing import Any

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.library import Query, queries
from streams.errors import Retry
from streams.settings import ClickHouseSettings

KEEP_S = 3.0
# What costs most and changes slowest is kept longer.
KEEP_LONGER_S = {
    "coordinated_text": 60.0,
    "conflicts": 60.0,
    "new_organizations": 30.0,
    "revision_counts": 30.0,
    "runs": 15.0,
    "has_view": 15.0,
}
KEPT = 256
Rows = list[dict[str, Any]]


@cache
def known() -> dict[str, Query]:
    """All statements that a page may ask, by name."""
    return {**queries("queries"), **queries("page")}


class Questions:
    """Connects at first use, and anew after a failure, wherever ClickHouse is by then.

    Args:
        clickhouse: says where it is, each time that a connection is made.
    """

    def __init__(self, clickhouse: Callable[[], ClickHouseSettings]) -> None:
        self._clickhouse = clickhouse
        self._client: ClickHouse | None = None
        self._connecting = asyncio.Lock()
        self._answers: dict[tuple, tuple[float, asyncio.Task[Any]]] = {}

    async def ask(self, name: str, /, **given: Any) -> Rows:
        """All rows of one statement; the same question within a moment is asked once.

        Raises:
            UsageError: a parameter is unknown or no time.
            Retry, ConfigurationError, MissingPart: as the client raises them.
        """
        key = (name, tuple(sorted((parameter, str(value)) for parameter, value in given.items())))
        return await self.keep(key, KEEP_LONGER_S.get(name, KEEP_S), lambda: self._rows(known()[name], given))

    async def keep(self, key: tuple, seconds: float, make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """What `make` gives, or what it gave for that key within so many seconds. A failure is not kept."""
        made_at, task = self._answers.get(key, (0.0, None))
        if task is None or time.monotonic() - made_at > seconds or (task.done() and task.exception()):
            while len(self._answers) >= KEPT:
                self._answers.pop(next(iter(self._answers)))
            task = asyncio.create_task(make())
            self._answers.pop(key, None)
            self._answers[key] = time.monotonic(), task
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Drop kept answers: something was written that they do not know."""
        self._answers.clear()

    async def all(self, **asked: Awaitable[Any]) -> dict[str, Any]:
        """Wait for several answers at once."""
        return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))

    async def run(self, call: Callable[..., Any], /, *arguments: Any) -> Any:
        """Call a function with the connected client first, in a thread."""
        client = await self.connect()
        try:
            return await asyncio.to_thread(call, client, *arguments)
        except Retry:
            self._client = None  # the store may come back elsewhere
            raise

    async def connect(self) -> ClickHouse:
        """The connected client."""
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(lambda: ClickHouse.connect(self._clickhouse()))
            return self._client

    async def _rows(self, query: Query, given: Mapping[str, Any]) -> Rows:
        text = {name: value if isinstance(value, list) else str(value) for name, value in given.items()}
        return await self.run(lambda client: query.rows(client, text))

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
