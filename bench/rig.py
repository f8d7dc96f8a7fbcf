"""What every measurement needs: a broker and a store on one core, the worker on the other, a topic that fills fast, and a look at CPU and memory."""

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psutil
from aiokafka import AIOKafkaProducer

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "integration"))
from landing import Lander, open_run
from receiving import Receiver
from running import Command, System, Worker, system, wait_for

__all__ = [
    "Command", "Lander", "Receiver", "System", "Usage", "Worker", "apart", "fill", "on_core", "on_cores", "open_run", "pin", "say", "system",
    "usage", "wait_for",
]  # fmt: skip

WORK_CORE, SERVERS_CORE = 0, 1


def say(text: str) -> None:
    """Tell on standard error what is being done."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """What is started within runs on these cores. On a machine with one core, everything shares it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def on_core(core: int) -> AbstractContextManager[None]:
    return on_cores({core})


def pin(pid: int, cores: set[int]) -> None:
    """Move all threads of a running process to these cores."""
    for thread in psutil.Process(pid).threads():
        with suppress(ProcessLookupError):  # a thread may end meanwhile
            os.sched_setaffinity(thread.id, cores)


@contextmanager
def apart(data_dir: Path, **options: object) -> Iterator[System]:
    """A system whose broker and store have a core of their own."""
    running = System(data_dir, **options)
    try:
        with on_core(SERVERS_CORE):
            running.start()
        yield running
    finally:
        running.stop()


def fill(servers: str, topic: str, partitions: int, values: Iterable[bytes], *, compression: str | None = "lz4") -> int:
    """Produce many values fast, as batches spread over the partitions. Returns their number when all are acknowledged."""
    return asyncio.run(_fill(servers, topic, partitions, iter(values), compression))


async def _fill(servers: str, topic: str, partitions: int, values: Iterator[bytes], compression: str | None) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", compression_type=compression, max_batch_size=900_000)
    await producer.start()
    sent, waiting, at = 0, [], 0
    try:
        value = next(values, None)
        while value is not None:
            batch = producer.create_batch()
            while value is not None and batch.append(key=None, value=value, timestamp=int(time.time() * 1_000)):
                value, sent = next(values, None), sent + 1
            batch.close()
            waiting.append(await producer.send_batch(batch, topic, partition=at % partitions))
            at += 1
            if len(waiting) > 20:
                await waiting.pop(0)
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return sent


class Usage:
    """CPU seconds and resident memory of processes and their children."""

    def __init__(self, *pids: int) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self.peak_mb = 0.0

    def _all(self) -> list[psutil.Process]:
        return [each for process in self._processes for each in (process, *process.children(recursive=True))]

    def cpu_s(self) -> float:
        return sum(map(_cpu_s, self._all()))

    def own_cpu_s(self) -> float:
        """Without the children."""
        return sum(map(_cpu_s, self._processes))

    def rss_mb(self) -> float:
        """Resident now; shared pages count once per process."""
        now = sum(process.memory_info().rss for process in self._all()) / 2**20
        self.peak_mb = max(self.peak_mb, now)
        return now

    def charged_mb(self) -> float:
        """Resident now, with each page of a file that several of the processes have in memory counted once: what a container is charged for them."""
        own, files = 0, defaultdict[str, int](int)
        for process in self._all():
            for each in process.memory_maps(grouped=True):
                own += each.anonymous
                files[each.path] = max(files[each.path], each.rss - each.anonymous)
        return (own + sum(files.values())) / 2**20

    def anonymous_mb(self) -> float:
        """Resident now without what is mapped from files: that comes and goes with what else the machine does."""
        infos = [process.memory_info() for process in self._all()]
        return sum(info.rss - getattr(info, "shared", 0) for info in infos) / 2**20


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def usage(*pids: int) -> Usage:
    return Usage(*pids)
