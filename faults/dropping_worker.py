"""A known-wrong worker: it gives up a chunk that kills the process which reads it, instead of looking for the one record."""

import asyncio
from concurrent.futures.process import BrokenProcessPool

from faults import poison_worker  # noqa: F401  the same poison
from streams.worker.flood import Outcomes
from streams.worker.pool import Pool
from streams.worker.process import Processed, Task, process_task


async def give_up(self: Pool, task: Task) -> Processed:
    executor = self._executor
    try:
        return await asyncio.get_running_loop().run_in_executor(executor, process_task, task)
    except BrokenProcessPool:
        if executor is self._executor:
            self._executor = self._start(self.processes)
        return Processed(inputs=0, landed=0, rejects=[], filtered={}, tables={}, hours_ms=[], tags={}, outcomes=Outcomes.of(0, []))


Pool.process = give_up
