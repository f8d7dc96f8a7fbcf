"""The pool of processes that turns chunks into columns, and what happens when one of them dies."""

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import structlog

from streams.landing.spans import RunSpan
from streams.processes import usable_cores
from streams.worker.flood import Outcomes
from streams.worker.packed import EMPTY
from streams.worker.process import Processed, SetUp, Task, poisoned, process_task, start_process

log = structlog.get_logger(__name__)


class Pool:
    """Processes that run `process_task`. A record that kills its process is found and becomes a dead letter."""

    def __init__(self, setup: SetUp, processes: int = 0) -> None:
        self._setup, self.processes = setup, processes or usable_cores()
        self._executor = self._start(self.processes)
        self._apart: ProcessPoolExecutor | None = None  # one process for chunks under suspicion, one at a time
        self._one_at_a_time, self._suspects = asyncio.Lock(), 0

    def _start(self, processes: int) -> ProcessPoolExecutor:
        # spawn, because forking a process that runs threads and a broker client copies locks in unknown states
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(processes, mp_context=context, initializer=start_process, initargs=(self._setup,))

    async def warm_up(self, spans: Sequence[RunSpan]) -> None:
        """Start every process and load its packs before the first chunk comes."""
        loop, task = asyncio.get_running_loop(), Task(EMPTY, spans)
        await asyncio.gather(*(loop.run_in_executor(self._executor, process_task, task) for _ in range(self.processes)))

    async def process(self, task: Task) -> Processed:
        """Process a chunk. When a process dies, all chunks in the pool fail: each is tried apart, so that none answers for another's record."""
        executor = self._executor
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, process_task, task)
        except BrokenProcessPool:
            log.warning("a pool process died; the chunk is tried again apart", records=len(task.records))
            if executor is self._executor:  # of several tasks that see the broken pool, the first one replaces it
                executor.shutdown(wait=False, cancel_futures=True)
                self._executor = self._start(self.processes)
        self._suspects += 1
        try:
            async with self._one_at_a_time:
                return await self._try_apart(task) or merged([await self._single(record) for record in _singles(task)])
        finally:
            self._suspects -= 1
            if not self._suspects:
                self._end_apart()

    async def _try_apart(self, task: Task) -> Processed | None:
        """The answer of a process that works on nothing else; None if it dies of it."""
        self._apart = self._apart or self._start(1)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._apart, process_task, task)
        except BrokenProcessPool:
            self._end_apart()
            return None

    async def _single(self, task: Task) -> Processed:
        """One record, landed or a dead letter."""
        if done := await self._try_apart(task):
            return done
        rejected = poisoned(task.records.records()[0])
        log.error("a record killed its process; it becomes a dead letter", topic=rejected.topic, partition=rejected.partition, offset=rejected.offset)
        return Processed(1, 0, [rejected], filtered={}, tables={}, hours_ms=[], tags={}, outcomes=Outcomes.of(0, [0]))

    def _end_apart(self) -> None:
        if self._apart:
            self._apart.shutdown(wait=False, cancel_futures=True)
            self._apart = None

    def close(self) -> None:
        """End the processes without waiting for what they work on: it was not acknowledged."""
        for executor in (self._executor, *([self._apart] if self._apart else [])):
            for process in list((executor._processes or {}).values()):
                process.terminate()
            executor.shutdown(wait=False, cancel_futures=True)


def _singles(task: Task) -> Iterator[Task]:
    return (task._replace(records=task.records.part(at, at + 1)) for at in range(len(task.records)))


def merged(parts: list[Processed]) -> Processed:
    """One answer from the answers for consecutive parts of a chunk."""
    total = parts[0]
    for part in parts[1:]:
        tables = {name: [*total.tables.get(name, ()), *part.tables.get(name, ())] for name in {*total.tables, *part.tables}}
        filtered = {reason: total.filtered.get(reason, 0) + part.filtered.get(reason, 0) for reason in {*total.filtered, *part.filtered}}
        tags = {key: total.tags.get(key, 0) + part.tags.get(key, 0) for key in {*total.tags, *part.tags}}
        oldest = min(filter(None, (total.oldest_received_ms, part.oldest_received_ms)), default=0)
        total = Processed(
            total.inputs + part.inputs, total.landed + part.landed, [*total.rejects, *part.rejects], filtered, tables,
            sorted({*total.hours_ms, *part.hours_ms}), tags, oldest, total.outcomes.then(part.outcomes),
        )  # fmt: skip
    return total
