"""Bytes to columns, in a process of the pool: decode, detect, decide, build Arrow. Everything a process needs comes with its set-up or the task.

The answer is Arrow IPC, because it crosses the process boundary as one block of bytes instead of thousands of objects.
"""

import gc
import signal
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from schemas import FilterReason, ReasonCode
from streams.decode import Decoder, Located, Record, Rejected
from streams.erasure.whose import Whose
from streams.landing.columns import Landing, tables_of, to_millis
from streams.landing.spans import RunSpan, span_for
from streams.policy import Auditor, Pack
from streams.privacy import HashKey
from streams.processes import end_with_parent, spare_memory
from streams.settings import IntakeSettings, PolicySettings, RetentionSettings
from streams.worker.flood import Outcomes
from streams.worker.packed import Packed

HOUR_MS = 3_600_000
COLLECT_EVERY = 100  # tasks

# (organization, user hash) of people whose rows were removed -> event time in milliseconds up to which nothing of theirs lands
Erased = Mapping[tuple[str, int], int]
NOBODY: Erased = {}


class SetUp(NamedTuple):
    """What a process of the pool is given once."""

    intake: IntakeSettings
    retention: RetentionSettings
    policy: PolicySettings
    key: HashKey
    excerpts: bool
    packs: Path  # folder with one sub-folder per pack hash
    erased: Erased = NOBODY  # whose events are not to land, as of the worker's start


class Task(NamedTuple):
    """One chunk: its records, the runs that were current when it was read, and what has changed since the set-up of whose events are not to land."""

    records: Packed
    spans: Sequence[RunSpan]
    erased: Erased = NOBODY


@dataclass(slots=True)
class Processed:
    """What became of a chunk. `inputs` = `landed` + len(`rejects`) + sum of `filtered`."""

    inputs: int
    landed: int
    rejects: list[Rejected]
    filtered: dict[FilterReason, int]
    tables: dict[str, list[bytes]]  # table name -> Arrow IPC streams
    hours_ms: list[int]  # hours of event time touched
    tags: dict[tuple[str, str, str], int]  # (category, outcome, severity) -> rows
    oldest_received_ms: int = 0
    outcomes: Outcomes = field(default_factory=Outcomes)
    seconds: dict[str, float] = field(default_factory=dict)


class Processor:
    """Turns chunks into columns. One per process; holds the packs that its runs name."""

    def __init__(self, setup: SetUp) -> None:
        self._setup = setup
        self._decoder = Decoder(setup.intake, setup.retention)
        self._auditors: dict[str, Auditor] = {}
        self._changes, self._erased = NOBODY, setup.erased

    def auditor(self, pack_hash: str) -> Auditor:
        """The auditor of a pack, loaded from the packs folder at first use."""
        if pack_hash not in self._auditors:
            self._auditors[pack_hash] = Auditor(Pack.load(self._setup.packs / pack_hash), self._setup.policy)
        return self._auditors[pack_hash]

    def process(self, task: Task) -> Processed:
        """Decode, detect, decide, and build the columns of one chunk."""
        for span in task.spans:
            self.auditor(span.pack_hash)
        began, now = time.perf_counter(), datetime.now(UTC)
        decoded = self._decoder.decode(task.records.records(), now)
        decoded_at = time.perf_counter()
        excerpts_from = now - timedelta(days=self._setup.retention.excerpts_days) if self._setup.excerpts else None
        self._landed_ms, self._excerpts_from_ms = to_millis(now), excerpts_from and to_millis(excerpts_from)
        if task.erased != self._changes:
            self._changes, self._erased = task.erased, {**self._setup.erased, **task.erased}
        kept = self._kept(decoded.events)
        set_aside = {FilterReason.ERASED: len(decoded.events) - len(kept)} if len(kept) < len(decoded.events) else {}
        parts, rejects = self._land_all(kept, task.spans)
        return Processed(
            inputs=decoded.inputs,
            landed=len(kept) - len(rejects),
            rejects=self._without_content([*decoded.rejects, *rejects]),
            filtered=decoded.filtered | set_aside,
            tables=_streams(part.tables for part in parts),
            hours_ms=sorted({hour for part in parts for hour in part.hours_ms}),
            tags=dict(Counter(tag for part in parts for tag in part.tags)),
            outcomes=Outcomes.of(len(decoded.events), decoded.after, len(rejects)),
            oldest_received_ms=min((one.received_ms for one in decoded.events), default=0),
            seconds={"decode": decoded_at - began, "land": time.perf_counter() - decoded_at},
        )

    def _kept(self, located: list[Located]) -> list[Located]:
        """Without what a replay brings again of people whose rows were removed."""
        if not self._erased:
            return located
        of_id, erased = self._setup.key.of_id, self._erased
        whose = ((one, erased.get((one.event.organization_id, of_id(one.event.organization_id, one.event.user_id)))) for one in located)
        return [one for one, until in whose if until is None or to_millis(one.event.occurred_at) > until]

    def _without_content(self, rejects: list[Rejected]) -> list[Rejected]:
        """Of a removed person's input the place and the reason, so that counts hold, and nothing that it said."""
        if not self._erased or not rejects:
            return rejects
        whose = Whose(self._setup.key, self._setup.intake, self._erased)
        gone = {at for at, each in enumerate(rejects) if whose.removed(each.topic, each.received_ms, each.payload, each.headers)}
        return [each._replace(message="erased", payload=b"", headers=()) if at in gone else each for at, each in enumerate(rejects)]

    def _land_all(self, located: list[Located], spans: Sequence[RunSpan]) -> tuple[list["_Part"], list[Rejected]]:
        """Group by run (almost always one); of a group that fails, event by event."""
        parts: list[_Part] = []
        rejects: list[Rejected] = []
        for span, group in _by_span(located, spans):
            try:
                parts.append(self._land(span, group))
            except Exception:  # noqa: BLE001  the supervisor border: one event must not stop its neighbours
                self._one_by_one(span, group, parts, rejects)
        return parts, rejects

    def _land(self, span: RunSpan, group: list[Located]) -> "_Part":
        """Detect in one scan, decide what was found, build the columns."""
        findings = self.auditor(span.pack_hash).findings([one.event for one in group])
        landing = Landing(span, self._setup.key, self._landed_ms, self._excerpts_from_ms)
        tables = tables_of(group, findings, landing)
        hours = np.unique(tables["events"].column("occurred_at").cast(pa.int64()).to_numpy() // HOUR_MS) * HOUR_MS
        tags = [(tag.category, tag.outcome.value, tag.severity.value) for finding in findings.values() for tag in finding.tags]
        return _Part(tables, hours.tolist(), tags)

    def _one_by_one(self, span: RunSpan, group: list[Located], parts: list["_Part"], rejects: list[Rejected]) -> None:
        for one in group:
            try:
                parts.append(self._land(span, [one]))
            except Exception as error:  # noqa: BLE001  the supervisor border, for one event
                message = f"tagging failed with {type(error).__name__}; this is a defect of Plumbline, please report it"
                payload = msgspec.json.encode(one.event)
                rejects.append(Rejected(*one[1:6], ReasonCode.PROCESSING_ERROR, message, payload, ()))


class _Part(NamedTuple):
    """What one group of events became."""

    tables: dict[str, pa.Table]
    hours_ms: list[int]
    tags: list[tuple[str, str, str]]


def _by_span(located: list[Located], spans: Sequence[RunSpan]) -> Iterable[tuple[RunSpan, list[Located]]]:
    if len(spans) == 1 and located:  # before the first change of packs
        return [(spans[0], located)]
    groups: dict[RunSpan, list[Located]] = {}
    for one in located:
        groups.setdefault(span_for(spans, to_millis(one.event.occurred_at)), []).append(one)
    return groups.items()


def _streams(parts: Iterable[dict[str, pa.Table]]) -> dict[str, list[bytes]]:
    streams: dict[str, list[bytes]] = {}
    for tables in parts:
        for name, table in tables.items():
            streams.setdefault(name, []).append(_ipc(table))
    return streams


def poisoned(record: Record) -> Rejected:
    """The dead letter of a record that killed the process which read it."""
    message = "the process that read this record died; this is a defect of Plumbline, please report it"
    place = (record.topic, record.partition, record.offset, 0, record.timestamp_ms)
    return Rejected(*place, ReasonCode.PROCESSING_ERROR, message, record.value or b"", record.headers)


def _ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


_PROCESSOR: Processor | None = None
_TASKS = count(1)


def start_process(setup: SetUp) -> None:
    """Initializer of a pool process: leave interrupts to the worker, and end with it however it ends."""
    global _PROCESSOR  # noqa: PLW0603  a pool process has one processor for its life
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    spare_memory()
    _PROCESSOR = Processor(setup)
    gc.freeze()
    gc.disable()  # a chunk makes many objects and no cycles; collecting as they come costs an eighth of the time


def process_task(task: Task) -> Processed:
    """Run one task in a pool process."""
    if _PROCESSOR is None:
        raise RuntimeError("start_process has not run")
    done = _PROCESSOR.process(task)
    if next(_TASKS) % COLLECT_EVERY == 0:
        gc.collect()
    return done
