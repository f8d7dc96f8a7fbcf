"""The pool of processes that turns chunks into columns, and what happens when one of them dies."""

import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import structlog

from streams.landing.spans import RunSpan
from streams.worker.flood import Outcomes
from streams.worker.packed import EMPTY
from streams.worker.process import Processed, SetUp, Task, poisoned, process_task, start_process

log = structlog.get_logger(__name__)


class Pool:
    """Processes that run `process_task`. A record that kills its process is found by halving and becomes a dead letter."""

    def __init__(self, setup: SetUp, processes: int = 0) -> None:
        self._setup, self.processes = setup, processes or os.cpu_count() or 1
        self._executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # spawn, because forking a process that runs threads and a broker client copies locks in unknown states
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.processes, mp_context=context, initializer=start_process, initargs=(self._setup,))

    async def warm_up(self, spans: Sequence[RunSpan]) -> None:
        """Start every process and load its packs before the first chunk comes."""
        loop, task = asyncio.get_running_loop(), Task(EMPTY, spans)
        await asyncio.gather(*(loop.run_in_executor(self._executor, process_task, task) for _ in range(self.processes)))

    async def process(self, task: Task) -> Processed:
        """Process a chunk, in halves if it kills the process that works on it."""
        try:
            return await self._run(task)
        except BrokenProcessPool:
            log.warning("a pool process died; the chunk is tried again", records=len(task.records))
        try:
            return await self._run(task)
        except BrokenProcessPool:
            return await self._halve(task)

    async def _run(self, task: Task) -> Processed:
        executor = self._executor
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, process_task, task)
        except BrokenProcessPool:
            if executor is self._executor:  # of several tasks that see the broken pool, the first one replaces it
                executor.shutdown(wait=False, cancel_futures=True)
                self._executor = self._start()
            raise

    async def _halve(self, task: Task) -> Processed:
        if len(task.records) == 1:
            rejected = poisoned(task.records.records()[0])
            log.error(
                "a record killed its process; it becomes a dead letter", topic=rejected.topic, partition=rejected.partition, offset=rejected.offset
            )
            outcomes = Outcomes.of(0, [0])
            return Processed(inputs=1, landed=0, rejects=[rejected], filtered={}, tables={}, hours_ms=[], tags={}, outcomes=outcomes)
        count, middle = len(task.records), len(task.records) // 2
        parts = [await self.process(task._replace(records=task.records.part(*bounds))) for bounds in ((0, middle), (middle, count))]
        return merged(parts)

    def close(self) -> None:
        """End the processes without waiting for what they work on: it was not acknowledged."""
        for process in list((self._executor._processes or {}).values()):
            process.terminate()
        self._executor.shutdown(wait=False, cancel_futures=True)


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
