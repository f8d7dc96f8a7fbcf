"""The way of a chunk through the worker: pool, flood guard, batch, dead letters, inserts, ledger, and only then its acknowledgement.

A chunk is acknowledged when the runs that decided it are still current after its rows have become durable; if not, it is decided and landed again.
Who completes a run looks for rows afterwards (streams/history/retag.py). Of the two one always sees the other, however long a worker holds a chunk.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from streams.landing.spans import RunSpan, covering
from streams.metrics import Metrics
from streams.settings import Settings
from streams.worker.flood import FloodGuard
from streams.worker.packed import EMPTY, Packed
from streams.worker.process import HOUR_MS, Processed, Task

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Work:
    """One chunk on its way, with what acknowledges it."""

    topic: str
    partition: int
    records: Packed
    first_offset: int
    last_offset: int
    acknowledge: Callable[[], Any]
    processed: Processed | None = None
    spans: Sequence[RunSpan] = ()  # the runs that decided it
    count: int = 0  # records

    def overtaken(self, spans: Sequence[RunSpan]) -> bool:
        """Whether other runs are current now, in an hour that it touches, than those that decided it."""
        hours = self.processed.hours_ms
        return self.spans != spans and any(covering(self.spans, at, at + HOUR_MS) != covering(spans, at, at + HOUR_MS) for at in hours)


class Land(Protocol):
    """Writes a batch and, when all of it is durable, returns the runs that are current then; raises nothing that a retry could mend."""

    async def __call__(self, batch: Sequence[Work]) -> Sequence[RunSpan]: ...


class Pipeline:
    """Bounded by the consumer's chunk limit: everything that is handed in is either landed and acknowledged, or neither."""

    def __init__(
        self,
        settings: Settings,
        process: Callable[[Task], Awaitable[Processed]],
        land: Land,
        task: Callable[[Packed], Task],
        metrics: Metrics,
        fatal: Callable[[BaseException], None],
        hold: Callable[[str, int], None],
    ) -> None:
        self._settings, self._process, self._land, self._task, self._metrics, self._fatal = settings, process, land, task, metrics, fatal
        self._hold = hold
        intake = settings.intake
        self._guards: dict[tuple[str, int], FloodGuard] = defaultdict(
            lambda: FloodGuard(ratio=intake.flood_ratio, window=intake.flood_window, consecutive=intake.flood_consecutive)
        )
        self.paused: dict[tuple[str, int], str] = {}  # partition -> why it is paused
        self._ready: asyncio.Queue[Work] = asyncio.Queue()
        self._tasks: set[asyncio.Task] = set()
        self.in_flight = 0
        self.last_landed = time.time()

    # -- in

    def put(self, work: Work) -> None:
        """Start a chunk on its way."""
        self.in_flight += 1
        self._metrics.in_flight_chunks.set(self.in_flight)
        task = asyncio.create_task(self._work(work))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._fatal(task.exception())

    async def _work(self, work: Work) -> None:
        if (work.topic, work.partition) in self.paused:
            return
        work.count = len(work.records)
        await self._decide(work)
        self._metrics.chunks.inc()
        self._metrics.records_consumed.inc(work.count)
        if self._flooded(work):
            return
        await self._ready.put(work)

    async def _decide(self, work: Work) -> None:
        task = self._task(work.records)
        work.spans, work.processed = task.spans, await self._process(task)

    def _flooded(self, work: Work) -> bool:
        """Pause the partition of a flood: nothing of this chunk or of later ones is written, dead-lettered or acknowledged."""
        place = (work.topic, work.partition)
        if why := self._guards[place].observe(work.processed.outcomes):
            self.paused[place] = why
            self._hold(*place)
            reasons = sorted({rejected.reason.value for rejected in work.processed.rejects})
            log.error(
                "partition paused: too many dead letters", topic=work.topic, partition=work.partition, why=why, reasons=reasons,
                next="mend the producer or raise intake.flood_ratio, then restart the worker; nothing was lost",
            )  # fmt: skip
            self._metrics.worker_paused.labels(reason="flood").set(1)
        return place in self.paused

    # -- out

    async def run(self) -> None:
        """Land batch after batch: while one is written, the pool prepares the next."""
        while True:
            batch = await self._collect()
            began = time.perf_counter()
            await self._settle(batch)
            self._metrics.landing_seconds.observe(time.perf_counter() - began)
            for work in batch:
                work.records = EMPTY
                work.acknowledge()
                self._count(work)
            self.in_flight -= len(batch)
            self._metrics.in_flight_chunks.set(self.in_flight)
            self.last_landed = time.time()
            self._metrics.last_progress.set(self.last_landed)

    async def _settle(self, batch: Sequence[Work]) -> None:
        """Land, and decide and land again what a run that became current meanwhile has overtaken."""
        while batch:
            spans = await self._land(batch)
            batch = [work for work in batch if work.overtaken(spans)]
            if batch:
                log.info("another run became current while chunks landed: they are decided again", chunks=len(batch))
            for work in batch:
                await self._decide(work)

    async def _collect(self) -> list[Work]:
        """Chunks of together about `batch_rows`, or half of what may be in flight, or what has come within `batch_ms` of the first."""
        worker, batch = self._settings.worker, [await self._ready.get()]
        rows, deadline = batch[0].processed.inputs, time.monotonic() + worker.batch_ms / 1_000
        # the other half is read and tagged while this one lands; to wait for it would stop both
        while rows < worker.batch_rows and len(batch) < max(1, worker.in_flight_chunks // 2):
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic()) if self._ready.empty() else None):
                    batch.append(await self._ready.get())
            except TimeoutError:
                break
            rows += batch[-1].processed.inputs
        return batch

    def _count(self, work: Work) -> None:
        processed, metrics = work.processed, self._metrics
        metrics.events.labels(outcome="landed").inc(processed.landed)
        metrics.events.labels(outcome="dead_lettered").inc(len(processed.rejects))
        metrics.events.labels(outcome="filtered").inc(sum(processed.filtered.values()))
        for rejected in processed.rejects:
            metrics.dead_letters.labels(reason=rejected.reason.value).inc()
        for reason, count in processed.filtered.items():
            metrics.filtered.labels(reason=reason.value).inc(count)
        for (category, outcome, severity), count in processed.tags.items():
            metrics.tags.labels(category=category, outcome=outcome, severity=severity).inc(count)
        if processed.oldest_received_ms:
            metrics.event_lag_seconds.observe(max(0.0, time.time() - processed.oldest_received_ms / 1_000))

    async def drain(self, timeout_s: float) -> bool:
        """Wait until all that is in flight has landed; False when the time ran out first."""
        deadline = time.monotonic() + timeout_s
        while self.in_flight and not self.paused and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return not self.in_flight
