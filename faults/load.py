"""A steady load whose right answer is known: events of a kilobyte around real text, at a rate, and how many there are with how many tags."""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from aiokafka import AIOKafkaProducer

from bench.events import events
from schemas import UsageEvent
from streams.policy import Auditor, Pack

BODIES, VIOLATIONS = 4_000, 0.02
TWICE_EACH, LATE_SHARE, LATEST = 100, 0.02, timedelta(days=2)
TICK_S = 0.25
MOST_BEHIND_S = 2.0  # what a busy machine kept us from sending is not sent in one burst


def bodies(seed: int) -> list[tuple[dict[str, Any], int]]:
    """Events without id and time, and how many tags the shipped pack gives each."""
    values = [json.loads(value) for value in events(BODIES, violations=VIOLATIONS, seed=seed)]
    verdicts = Auditor(Pack.load(None)).audit_batch([UsageEvent.model_validate(value) for value in values])
    return [(value, len(verdict.tags)) for value, verdict in zip(values, verdicts, strict=True)]


class Load(threading.Thread):
    """Sends until it is stopped. `sent` and `tags` count what the broker has acknowledged, each event once; one in a hundred is delivered twice."""

    def __init__(self, servers: str, topic: str, partitions: int, *, rate: int, seed: int) -> None:
        super().__init__(name="load", daemon=True)
        self._servers, self._topic, self._rate, self._seed = servers, topic, rate, seed
        self._chance, self._bodies = Random(seed), bodies(seed)
        self._marks: list[deque[tuple[int, float]]] = [deque() for _ in range(partitions)]  # (offset behind a batch, when it was sent)
        self._ending = threading.Event()
        self.held = threading.Event()  # set: send nothing for now
        self.sent = self.tags = self.deliveries = 0
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._send())
        except BaseException as error:  # the border of the thread: who waits for it is told
            self.failed = error
            raise

    def finish(self) -> None:
        """Return when everything is acknowledged."""
        self._ending.set()
        self.join(60)
        assert not self.is_alive() and self.failed is None, f"the load did not end: {self.failed!r}"

    def age_s(self, offsets: Sequence[Mapping[str, Any]], now: float) -> float:
        """Seconds since the oldest record that the group has not acknowledged was sent; 0: there is none. `offsets`: rows of `lag`."""
        oldest = now
        for row in offsets:
            marks = self._marks[row["partition"]]
            while marks and marks[0][0] <= (row["committed"] or 0):
                marks.popleft()
            if marks:
                oldest = min(oldest, marks[0][1])
        return now - oldest

    async def _send(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._servers, acks="all", compression_type="lz4", max_batch_size=900_000)
        await producer.start()
        try:
            due, turn = time.monotonic(), 0
            while not self._ending.is_set():
                if self.held.is_set():
                    await asyncio.sleep(TICK_S)
                    due = time.monotonic()
                    continue
                await self._one_batch(producer, turn % len(self._marks))
                due, turn = max(due + TICK_S, time.monotonic() - MOST_BEHIND_S), turn + 1
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            await producer.stop()

    async def _one_batch(self, producer: AIOKafkaProducer, partition: int) -> None:
        """A tick's events to one partition, after the other; counted when they are acknowledged."""
        count, tags = max(1, round(self._rate * TICK_S)), 0
        values = list[bytes]()
        for number in range(self.sent, self.sent + count):
            body, its_tags = self._chance.choice(self._bodies)
            tags += its_tags
            values += [self._event(number, body)] * (2 if number % TWICE_EACH == 7 else 1)
        began = time.time()
        for batch in _batches(producer, values):
            acknowledged = await (await producer.send_batch(batch, self._topic, partition=partition))
            self._marks[partition].append((acknowledged.offset + batch.record_count(), began))
        self.sent, self.tags, self.deliveries = self.sent + count, self.tags + tags, self.deliveries + len(values)

    def _event(self, number: int, body: dict[str, Any]) -> bytes:
        """Just now, or up to two days late."""
        late = LATEST * self._chance.random() if self._chance.random() < LATE_SHARE else timedelta()
        moment = (datetime.now(UTC) - late).isoformat(timespec="milliseconds")
        return json.dumps(body | {"event_id": f"s{self._seed}-{number:x}", "occurred_at": moment}, ensure_ascii=False).encode()


def _batches(producer: AIOKafkaProducer, values: Sequence[bytes]) -> Iterator[Any]:
    waiting = deque(values)
    while waiting:
        batch = producer.create_batch()
        while waiting and batch.append(key=None, value=waiting[0], timestamp=int(time.time() * 1_000)):
            waiting.popleft()
        batch.close()
        yield batch
