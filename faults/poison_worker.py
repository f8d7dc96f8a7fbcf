"""A worker whose pool process dies of one record, as it would of a defect in native code."""

import os

from streams.worker import pool, process

POISON = b"kills its process"


class PoisonedProcessor(process.Processor):
    def process(self, task: process.Task) -> process.Processed:
        if POISON in task.records.values:
            os._exit(139)
        return super().process(task)


def start_poisoned(setup: process.SetUp) -> None:
    """Initializer of a pool process. Naming it makes the new process import this module."""
    process.Processor = PoisonedProcessor
    process.start_process(setup)


pool.start_process = start_poisoned
