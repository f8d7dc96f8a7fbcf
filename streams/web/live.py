"""The live stream: one tail of what lands, however many browsers follow it."""

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import structlog

from schemas import Severity
from streams.errors import PlumblineError
from streams.metrics import Metrics
from streams.web.facts import Facts
from streams.web.pages.tags import with_excerpts
from streams.web.questions import Questions
from streams.web.render import link, plain, words

log = structlog.get_logger(__name__)

EVERY_S = 1.0
OVERLAP = timedelta(seconds=15)  # rows are stamped before they are inserted, so a later look may find an earlier stamp
RECENT, SEEN, QUEUED = 60, 5_000, 400
RANKS = {severity.value: rank for rank, severity in enumerate(Severity)}
TEXTS = ("organization_id", "event_id", "category", "outcome", "severity", "rule", "clause", "field", "model", "country")


class Filter(NamedTuple):
    """Which tags a browser wants; empty: all. `severity` is the least."""

    category: str = ""
    organization: str = ""
    outcome: str = ""
    severity: str = ""

    @classmethod
    def of(cls, params: Mapping[str, str]) -> "Filter":
        return cls(*(params.get(name, "") for name in cls._fields))

    def admits(self, row: Mapping[str, Any]) -> bool:
        wanted = ((self.category, row["category"]), (self.organization, row["organization_id"]), (self.outcome, row["outcome"]))
        return all(not want or want == has for want, has in wanted) and RANKS[row["severity"]] >= RANKS.get(self.severity, 0)


class Live:
    """Asks for new tags every second while somebody listens, and hands each to every queue."""

    def __init__(self, questions: Questions, facts: Facts, metrics: Metrics) -> None:
        self._questions, self._facts, self._metrics = questions, facts, metrics
        self._queues: set[asyncio.Queue[Mapping[str, Any]]] = set()
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=RECENT)
        self._seen: OrderedDict[tuple, None] = OrderedDict()
        self._cursor = datetime.now(UTC)

    async def run(self) -> None:
        """Tail while the process lives."""
        while True:
            await asyncio.sleep(EVERY_S)
            if not self._queues:
                continue
            try:
                await self.look()
            except PlumblineError as error:
                log.debug("live stream waits", error=error.what)

    async def look(self) -> None:
        """One look for what landed since the last."""
        rows = await self._questions.ask("live", since=(self._cursor - OVERLAP).isoformat())
        fresh = [row for row in rows if _key(row) not in self._seen]
        for row in await with_excerpts(self._questions, fresh):
            self._cursor = max(self._cursor, row["landed_at"])
            self._seen[_key(row)] = None
            self._recent.append(row)
            for queue in self._queues:
                if not queue.full():  # a browser that does not read misses some, and nobody else does
                    queue.put_nowait(row)
        while len(self._seen) > SEEN:
            self._seen.popitem(last=False)

    async def follow(self, wanted: Filter) -> AsyncIterator[dict[str, str]]:
        """Server-sent events for one browser: `tag` for each tag that the filter admits, `pulse` for the pipeline every few seconds."""
        with self._queue() as queue:
            for row in list(self._recent):
                queue.put_nowait(row)
            if not self._recent:
                self._cursor = max(self._cursor, datetime.now(UTC) - timedelta(seconds=30))
            yield {"event": "pulse", "data": json.dumps(await self._pulse())}
            while True:
                try:
                    async with asyncio.timeout(5):
                        row = await queue.get()
                except TimeoutError:
                    yield {"event": "pulse", "data": json.dumps(await self._pulse())}
                    continue
                if wanted.admits(row):
                    yield {"event": "tag", "data": json.dumps(self.shown(row), ensure_ascii=False)}

    @contextmanager
    def _queue(self) -> Any:
        queue: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(QUEUED)
        self._queues.add(queue)
        self._metrics.live_readers.set(len(self._queues))
        try:
            yield queue
        finally:
            self._queues.discard(queue)
            self._metrics.live_readers.set(len(self._queues))

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A tag as the page writes it: texts already made harmless, links made here."""
        return {
            **{name: plain(row[name]) for name in TEXTS},
            "excerpt": plain(row["excerpt"]),
            "context": _context(row),
            "title": self._facts.title(row["category"]),
            "colour": self._facts.colour(row["category"]),
            "outcome_words": words(row["outcome"]),
            "time": f"{row['occurred_at']:%H:%M:%S}",
            "day": f"{row['occurred_at']:%d %b %Y}",
            "score": f"{row['score']:.2f}",
            "href": link("/event", organization=row["organization_id"], id=row["event_id"]),
            "organization_href": link("/organization", id=row["organization_id"]),
        }

    async def _pulse(self) -> dict[str, Any]:
        """What the pipeline did in the last minute, and how far it is behind."""
        try:
            row = (await self._questions.ask("pipeline", since="60s"))[0]
        except PlumblineError as error:
            return {"problem": error.what}
        return {"seen": row["seen"], "dead_lettered": row["dead_lettered"], "behind": await self._facts.lag()}


def _key(row: Mapping[str, Any]) -> tuple:
    return row["organization_id"], row["event_id"], row["category"], row["landed_at"]


def _context(row: Mapping[str, Any]) -> str:
    """What a tag that rests on the context alone rests on; empty for others."""
    if not row["field"].startswith("context."):
        return ""
    said = f" is {words(row['excerpt'])}" if row["excerpt"] else ""
    return f"rests on the context: {words(row['field'].removeprefix('context.'))}{said}"
