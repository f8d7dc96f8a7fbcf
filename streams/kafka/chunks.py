"""The chunked consumer: a Faust agent is handed all records polled from one partition at once, and commits strictly in order.

Why: Faust 0.15.3 spends 55-70 µs per message on its own tasks, and its acknowledgement bookkeeping can commit past a message that has not been
processed (faust-streaming issues 606 and 502). With one Faust message per chunk both costs vanish, and the strict bookkeeping is a deque.
Agents, rebalances, commits and shutdown stay Faust's. What is overridden here is under contract tests, so that an upgrade that changes it fails.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import faust
import structlog
from aiokafka.errors import IllegalStateError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

log = structlog.get_logger(__name__)

_BACK_PRESSURE_POLL_S = 0.01  # Faust's own wait is a full second
_EXPIRED_GAP = 1_000  # gaps from this size up are checked against the log's start: a legal gap, or records that retention took unread


@dataclass(frozen=True, slots=True)
class Chunk:
    """All records of one poll of one partition. `first_offset` is where the previous chunk ended, so that legal gaps are covered."""

    records: list[Any]
    first_offset: int
    last_offset: int


class ChunkConsumer(driver.Consumer):
    """Faust's consumer with chunks as messages, strict in-order commits, and back-pressure by the number of chunks in flight."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_flight: dict[TP, deque[tuple[int, int]]] = defaultdict(deque)  # (first, last) in the order handed out
        self._expected: dict[TP, int] = {}  # next offset after the last chunk handed out
        self._held: set[TP] = set()  # paused by us until the worker restarts

    def _new_consumer_thread(self) -> "ChunkConsumerThread":
        return ChunkConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # -- reading

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Yield one message per partition that has records; its value is a `Chunk`."""
        await self._wait_for_room()
        records, _active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        for tp, polled in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                break
            if not polled or tp in self._held:
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            if tp.topic not in self.app.chunked_topics:
                for record in polled:
                    yield tp, self._to_message(tp, record)
                continue
            first = await self._first_offset(tp, polled[0].offset)
            if self.app.consumer_generation_id != generation:
                break
            yield tp, self._register(tp, Chunk(polled, first, polled[-1].offset), generation)

    def _register(self, tp: TP, chunk: Chunk, generation: int) -> ConsumerMessage:
        self._in_flight[tp].append((chunk.first_offset, chunk.last_offset))
        self._expected[tp] = chunk.last_offset + 1
        timestamp = chunk.records[-1].timestamp / 1000
        return ConsumerMessage(tp.topic, tp.partition, chunk.last_offset, timestamp, 0, (), None, chunk, None, 0, 0, tp, generation_id=generation)

    async def _first_offset(self, tp: TP, offset: int) -> int:
        """Where the range of the next chunk begins: the expected offset, unless the log now starts later (retention took records unread)."""
        expected = self._expected.get(tp, self._committed_offset[tp])
        if expected is None or expected > offset:
            return offset
        if offset - expected >= _EXPIRED_GAP:
            earliest = (await self.earliest_offsets(tp))[tp]
            return max(expected, min(earliest, offset))
        return expected

    async def _wait_for_room(self) -> None:
        """Hold the next poll while the limit of chunks is in flight: memory stays bounded and no partition is ever paused for a second."""
        while self.chunks_in_flight >= self.app.chunk_limit and self.flow_active and not self.should_stop:
            await asyncio.sleep(_BACK_PRESSURE_POLL_S)

    @property
    def chunks_in_flight(self) -> int:
        return sum(len(queue) for tp, queue in self._in_flight.items() if tp not in self._held)

    def hold(self, tp: TP) -> None:
        """Read no more of a partition; its chunks in flight stay unacknowledged and no longer count against the limit."""
        self._held.add(tp)
        self.pause_partitions({tp})

    # -- committing

    def ack(self, message: Any) -> bool:
        """Acknowledge, unless the message belongs to an earlier generation: its partition was handed out anew, and counts from there."""
        if message.topic in self.app.chunked_topics and message.generation_id != self.app.consumer_generation_id:
            message.acked = True
            self._unacked_messages.discard(message)
            return False
        return super().ack(message)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """A chunk is acknowledged whole, by its last offset: gaps carry no meaning and cost no memory."""
        if tp.topic not in self.app.chunked_topics:
            await super()._add_gap(tp, offset_from, offset_to)

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit: the end of the longest run of acknowledged chunks from the oldest one in flight."""
        if tp.topic not in self.app.chunked_topics:
            return super()._new_offset(tp)
        acked, index, queue, new = self._acked[tp], self._acked_index[tp], self._in_flight[tp], None
        while queue and queue[0][1] in index:
            new = queue.popleft()[1] + 1
        if new is not None:
            acked[:] = [offset for offset in acked if offset >= new]
            index.intersection_update(acked)
        return new

    # -- partitions come and go

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit first: the base class forgets acknowledgements that wait for the commit timer."""
        await self.commit()
        await super().on_partitions_revoked(revoked)
        self._forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self._forget(assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Back to the committed offsets: what was handed out since is handed out again.

        A rebalance may take partitions away meanwhile. Whoever has them then seeks anew, so that this seek no longer matters.
        """
        generation = self.app.consumer_generation_id
        self._forget(set(self._in_flight))
        try:
            await super().perform_seek()
        except IllegalStateError:
            if not self.app.rebalancing and self.app.consumer_generation_id == generation:
                raise
            log.info("a seek was overtaken by a rebalance")

    def _forget(self, partitions: set[TP]) -> None:
        for tp in partitions:
            self._in_flight.pop(tp, None)
            self._expected.pop(tp, None)


class ChunkConsumerThread(driver.AIOKafkaConsumerThread):
    """Reads committed records only, and goes on only from offsets of the topic that is there.

    Faust ties the first to its own transactions, and without it records of aborted transactions would land. The second: a topic that was deleted and
    made anew has the same offsets again, and what a worker commits that has not noticed yet would have its successor skip records. So each commit
    carries the topic's id as its metadata.
    """

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # read by aiokafka when the fetcher starts
        commit = consumer.commit

        async def commit_by_topic(offsets: Mapping[Any, OffsetAndMetadata]) -> None:
            ids = self.app.topic_ids
            await commit({tp: OffsetAndMetadata(each.offset, ids.get(tp.topic, "")) for tp, each in offsets.items()})

        consumer.commit = commit_by_topic
        return consumer

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        """Where the group goes on; None, and the beginning of the log, for partitions whose commit is of another topic of that name."""
        return await self.call_thread(self._seek_to_committed)

    async def _seek_to_committed(self) -> Mapping[TP, int | None]:
        consumer = self._ensure_consumer()
        found = dict(await consumer.seek_to_committed())
        committed = await consumer._coordinator.fetch_committed_offsets(list(found))
        stale = [tp for tp, each in committed.items() if each.offset >= 0 and is_stale(each.metadata, self.app.topic_ids.get(tp.topic, ""))]
        if stale:
            places = sorted(f"{tp.topic}/{tp.partition} at {found[tp]}" for tp in stale)
            log.warning("a topic was made anew: it is read from its beginning", commits_of_the_old_one=places)
            await consumer.seek_to_beginning(*stale)
        return found | dict.fromkeys(stale)


def is_stale(metadata: str | None, topic_id: str) -> bool:
    """Whether a commit was made for another topic. Who names none is believed: an operator, an older version."""
    return bool(metadata and topic_id) and metadata != topic_id


class ChunkTransport(driver.Transport):
    Consumer = ChunkConsumer


class ChunkApp(faust.App):
    """A Faust app whose `chunked_topics` come in chunks, at most `chunk_limit` of them in flight; all other topics are untouched."""

    chunked_topics: frozenset[str] = frozenset()
    chunk_limit: int = 16
    topic_ids: Mapping[str, str] = {}  # topic -> the id that the broker gave it

    def _new_transport(self) -> ChunkTransport:
        return ChunkTransport(self.conf.broker_consumer, self, loop=self.loop)
