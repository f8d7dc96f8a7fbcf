"""Writes a batch: dead letters to Kafka, rows to ClickHouse, the ledger last. Repeats what may succeed later, for ever."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
import structlog

from schemas import FilterReason
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.volumes import VolumeRefresher
from streams.errors import Retry
from streams.landing.columns import MILLIS
from streams.landing.records import DeadLetterRow, LedgerRow, dead_letter_table, ledger_table
from streams.landing.spans import RunSpan
from streams.metrics import Metrics
from streams.worker.letters import Letter, Letters
from streams.worker.pipeline import Work

log = structlog.get_logger(__name__)

FIRST_DELAY_S, LONGEST_DELAY_S = 0.1, 5.0
TABLES = ("excerpts", "events", "verdicts")  # verdicts last of the three: a signal is never seen before its event
STAMPED = ("events", "verdicts")
Answer = TypeVar("Answer")


class Lander:
    """Lands batches one after another; every table gets one insert, and a repeated insert changes nothing."""

    def __init__(
        self,
        clickhouse: ClickHouse,
        letters: Letters,
        volumes: VolumeRefresher,
        metrics: Metrics,
        worker: str,
        runs: Callable[[], Sequence[RunSpan]],
        topic_ids: Mapping[str, str],
    ) -> None:
        """`runs` reads those that are current."""
        self._clickhouse, self._letters, self._volumes, self._metrics, self._worker = clickhouse, letters, volumes, metrics, worker
        self._runs, self._topic_ids = runs, topic_ids
        self.trouble = ""  # why the last attempt failed; empty while all is well

    async def __call__(self, batch: Sequence[Work]) -> Sequence[RunSpan]:
        """When every row of the batch is durable and every dead letter acknowledged by the broker: the runs that are current then."""
        letters = await self._letters.send([rejected for work in batch for rejected in work.processed.rejects])
        tables = await asyncio.to_thread(self._tables, batch, letters)
        for name, table in tables.items():
            await self._repeated(lambda name=name, table=table: self._insert(name, table))
            self._metrics.rows_inserted.labels(table=name).inc(table.num_rows)
        self._volumes.touch(hour for work in batch for hour in work.processed.hours_ms)
        return await self._repeated(self._runs)

    def _insert(self, name: str, table: pa.Table) -> None:
        self._clickhouse.insert(name, stamped(table, int(time.time() * 1_000)) if name in STAMPED else table)

    async def _repeated(self, call: Callable[[], Answer]) -> Answer:
        """What the call returns, once it succeeds."""
        delay = FIRST_DELAY_S
        while True:
            try:
                returned = await asyncio.to_thread(call)
            except Retry as error:
                if not self.trouble:
                    log.warning("ClickHouse is asked again until it answers", error=str(error))
                self.trouble = error.what
                self._metrics.insert_retries.inc()
                await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311  jitter, not a secret
                delay = min(delay * 2, LONGEST_DELAY_S)
                continue
            if self.trouble:
                log.info("ClickHouse answers again")
                self.trouble = ""
            return returned

    def _tables(self, batch: Sequence[Work], letters: Sequence[Letter]) -> dict[str, pa.Table]:
        """All tables of the batch in the order of insertion: the ledger row proves the rows, so it comes after them."""
        now = int(time.time() * 1_000)
        tables = {name: table for name in TABLES if (table := _joined(batch, name)) is not None}
        if letters:
            tables["dead_letters"] = dead_letter_table(_dead_letter_row(letter, now, self._topic_ids) for letter in letters)
        tables["ledger"] = ledger_table(_ledger_row(work, self._worker, now, self._topic_ids) for work in batch)
        return tables


def stamped(table: pa.Table, now: int) -> pa.Table:
    """With the moment of this attempt as `landed_at`: a retag looks for rows by it, and what is held or repeated lands long after it was decided."""
    at = table.schema.get_field_index("landed_at")
    return table.set_column(at, table.schema.field(at), pa.array(np.full(table.num_rows, now, dtype=np.int64)).cast(MILLIS))


def _joined(batch: Sequence[Work], name: str) -> pa.Table | None:
    streams = [stream for work in batch for stream in work.processed.tables.get(name, ())]
    if not streams:
        return None
    return pa.concat_tables([pa.ipc.open_stream(stream).read_all() for stream in streams]).unify_dictionaries().combine_chunks()


def _ledger_row(work: Work, worker: str, now: int, topic_ids: Mapping[str, str]) -> LedgerRow:
    done = work.processed
    filtered = {reason.value: count for reason, count in done.filtered.items() if count}
    letters = len({rejected[:4] for rejected in done.rejects})  # by place: a letter that is replayed and rejected again replaces itself
    if letters < len(done.rejects):
        filtered[FilterReason.REPEATED_LETTER.value] = len(done.rejects) - letters
    hours = [hour // 1_000 for hour in done.hours_ms]
    place = (work.topic, work.partition, work.first_offset, work.last_offset)
    return LedgerRow(*place, work.count, done.inputs, done.landed, letters, filtered, hours, worker, now, topic_ids.get(work.topic, ""))


def _dead_letter_row(letter: Letter, now: int, topic_ids: Mapping[str, str]) -> DeadLetterRow:
    rejected = letter.rejected
    place = (rejected.topic, rejected.partition, rejected.offset, rejected.line)
    return DeadLetterRow(
        *place, rejected.reason.value, rejected.message, len(rejected.payload), letter.sha256, letter.truncated,
        letter.partition, letter.offset, rejected.received_ms, now, topic_ids.get(rejected.topic, ""),
    )  # fmt: skip
