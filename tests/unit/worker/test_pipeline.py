"""A chunk is acknowledged when what decided it is still current after it has landed."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from streams.landing.spans import RunSpan
from streams.metrics import Metrics
from streams.settings import Settings
from streams.worker.packed import EMPTY, Packed
from streams.worker.pipeline import Pipeline, Work
from streams.worker.process import HOUR_MS, Processed, Task

END = 1_000 * HOUR_MS
LIVE = (RunSpan("live-1", "p", 0, END),)
RETAGGED = (RunSpan("live-1", "p", 0, 5 * HOUR_MS), RunSpan("retag-1", "q", 5 * HOUR_MS, 6 * HOUR_MS), RunSpan("live-1", "p", 6 * HOUR_MS, END))
TWICE = (*RETAGGED[:1], RunSpan("retag-2", "r", 5 * HOUR_MS, 6 * HOUR_MS), *RETAGGED[2:])


class Worker:
    """One pipeline whose landings are kept. `after` holds the runs that are current when each of them is done."""

    def __init__(self, *after: Sequence[RunSpan]) -> None:
        self.spans, self._after = LIVE, list(after)
        self.landed: list[tuple[str, ...]] = []
        self.acknowledged: list[int] = []
        self.pipeline = Pipeline(Settings(), self._process, self._land, self._task, Metrics(), pytest.fail, lambda *_: None)

    def _task(self, records: Packed) -> Task:
        return Task(records, self.spans)

    async def _process(self, task: Task) -> Processed:
        """An event of the hour that its value names."""
        hour = int(task.records.values)
        runs = tuple(span.run_id for span in task.spans if span.from_ms <= hour * HOUR_MS < span.to_ms)
        return Processed(1, 1, [], {}, {"events": list(runs)}, [hour * HOUR_MS], {})

    async def _land(self, batch: Sequence[Work]) -> Sequence[RunSpan]:
        self.landed += [tuple(work.processed.tables["events"]) for work in batch]
        self.spans = self._after.pop(0) if self._after else self.spans
        return self.spans

    def put(self, *hours: int) -> None:
        for hour in hours:
            one = np.ones(1, np.int64)
            records = Packed("usage.events", 0, str(hour).encode(), one, one * hour, one, frozenset(), {})
            self.pipeline.put(Work("usage.events", 0, records, hour, hour, lambda hour=hour: self.acknowledged.append(hour)))

    async def landing(self, *hours: int) -> list[tuple[str, ...]]:
        """What has landed when all of these hours' events are acknowledged."""
        self.put(*hours)
        running = asyncio.create_task(self.pipeline.run())
        assert await self.pipeline.drain(5)
        running.cancel()
        assert self.acknowledged == list(hours)
        return self.landed


async def test_what_a_new_run_overtakes_while_it_lands_is_decided_again_by_that_run() -> None:
    assert await Worker(RETAGGED).landing(5) == [("live-1",), ("retag-1",)]


async def test_a_run_that_is_overtaken_by_another_one_at_once_does_not_keep_the_event() -> None:
    assert await Worker(RETAGGED, TWICE).landing(5) == [("live-1",), ("retag-1",), ("retag-2",)]


async def test_chunks_of_other_hours_land_once() -> None:
    assert await Worker(RETAGGED).landing(4, 5, 6) == [("live-1",), ("live-1",), ("live-1",), ("retag-1",)]


async def test_while_no_run_changes_nothing_lands_twice_and_records_are_given_up() -> None:
    worker, given_up = Worker(), []
    worker.pipeline._count = lambda work: given_up.append(work.records is EMPTY)
    assert await worker.landing(4, 5) == [("live-1",), ("live-1",)]
    assert given_up == [True, True]
