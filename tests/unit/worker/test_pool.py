"""A record that kills its process becomes a dead letter; chunks that are in the pool beside it land whole."""

import asyncio
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace

from streams.privacy import HashKey
from streams.settings import Settings
from streams.worker.flood import Outcomes
from streams.worker.packed import Packed
from streams.worker.pool import Pool
from streams.worker.process import Processed, SetUp, Task

POISON, GOOD = b"poison", b"good"
AT_ONCE = 3  # tasks that the pool holds before any is done


class Executor:
    """As a process pool: when one process dies, everything that is in it fails, and nothing is taken any more."""

    def __init__(self, holds: int) -> None:
        self._holds, self._held, self._broken = holds, [], False
        self._processes = None
        self.sizes: list[int] = []

    def submit(self, _function: object, task: Task) -> Future:
        if self._broken:
            raise BrokenProcessPool
        future = Future()
        self.sizes.append(len(task.records))
        self._held.append((task, future))
        if len(self._held) >= self._holds:
            self._finish()
        return future

    def _finish(self) -> None:
        held, self._held = self._held, []
        self._broken = any(POISON in task.records.values for task, _ in held)
        for task, future in held:
            if self._broken:
                future.set_exception(BrokenProcessPool())
            else:
                future.set_result(landed(len(task.records)))

    def shutdown(self, **_options: object) -> None:
        self._broken = True


class Rig(Pool):
    """A pool on such executors."""

    def __init__(self) -> None:
        self.started: list[tuple[int, Executor]] = []
        settings = Settings()
        super().__init__(SetUp(settings.intake, settings.retention, settings.policy, HashKey(b"k" * 32, 1), True, Path()), AT_ONCE)

    def _start(self, processes: int) -> Executor:
        self.started.append((processes, Executor(processes)))
        return self.started[-1][1]


def landed(count: int) -> Processed:
    return Processed(count, count, [], {}, {"events": [b"."] * count}, [], {}, outcomes=Outcomes.of(count, []))


def chunk(*values: bytes) -> Task:
    polled = [SimpleNamespace(offset=at, timestamp=0, value=value, headers=()) for at, value in enumerate(values)]
    return Task(Packed.of("usage.events", 0, polled), ())


def processed(pool: Pool, *chunks: Task) -> list[Processed]:
    async def all_of_them() -> list[Processed]:
        return await asyncio.gather(*map(pool.process, chunks))

    return asyncio.run(all_of_them())


def test_a_record_that_kills_its_process_is_the_only_dead_letter_of_its_chunk() -> None:
    found = processed(Rig(), chunk(GOOD, POISON, GOOD, GOOD), chunk(GOOD), chunk(GOOD))[0]
    assert (found.inputs, found.landed, [rejected.offset for rejected in found.rejects]) == (4, 3, [1])


def test_chunks_beside_it_land_whole_in_one_piece() -> None:
    pool = Rig()
    found = processed(pool, chunk(GOOD, POISON), chunk(GOOD, GOOD), chunk(GOOD, GOOD, GOOD))
    assert [(one.landed, len(one.rejects)) for one in found] == [(1, 1), (2, 0), (3, 0)]
    assert [executor.sizes for processes, executor in pool.started if processes == 1] == [[2], [1, 1], [2, 3]]


def test_two_chunks_with_such_records_do_not_answer_for_each_other() -> None:
    found = processed(Rig(), chunk(POISON, GOOD), chunk(GOOD, POISON), chunk(GOOD, GOOD))
    assert [[rejected.offset for rejected in one.rejects] for one in found] == [[0], [1], []]


def test_without_one_nothing_is_tried_apart() -> None:
    pool = Rig()
    assert [one.landed for one in processed(pool, chunk(GOOD), chunk(GOOD), chunk(GOOD))] == [1, 1, 1]
    assert [processes for processes, _ in pool.started] == [AT_ONCE]
