"""The floor: what each part costs alone, in CPU µs per event on one core: fetch, decode, scan, encode, insert.

Their sum is the least that a worker could cost.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from pydantic import TypeAdapter

from bench.rig import System
from schemas import UsageEvent
from streams.decode import Decoder, Record
from streams.landing.columns import Landing, tables_of
from streams.landing.spans import RunSpan
from streams.policy import Auditor, Pack
from streams.privacy import HashKey
from streams.settings import IntakeSettings, RetentionSettings

REPEATS = 5


def cost_us(count: int, call: Callable[[], object]) -> float:
    """CPU µs per event: the best of some repeats."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.process_time()
        call()
        best = min(best, time.process_time() - began)
    return best / count * 1e6


def parts(system: System, topic: str, values: Sequence[bytes], pack: Path | None) -> dict[str, float]:
    """Part -> CPU µs per event."""
    count, now, loaded = len(values), datetime.now(UTC), Pack.load(pack)
    records = [Record("usage.events", 0, at, 0, None, value, ()) for at, value in enumerate(values)]
    decoder, auditor = Decoder(IntakeSettings(), RetentionSettings()), Auditor(loaded)
    located = decoder.decode(records, now).events
    events = [one.event for one in located]
    findings = auditor.findings(events)
    landing = Landing(RunSpan("floor", loaded.hash, 0, 1 << 62), HashKey(b"k" * 32), 0, None)
    with system.client() as client:
        client.command("CREATE TABLE IF NOT EXISTS floor_events AS events", use_database=True)
        batch = tables_of(located, findings, landing)["events"]
        return {
            "fetch": fetch_us(system, topic),
            "decode": cost_us(count, lambda: decoder.decode(records, now)),
            "scan": cost_us(count, lambda: auditor.findings(events)),
            "encode": cost_us(count, lambda: tables_of(located, findings, landing)),
            "insert": cost_us(count, lambda: client.insert("floor_events", batch)),
        }


def fetch_us(system: System, topic: str) -> float:
    """aiokafka alone: getmany to the end of the topic."""
    return asyncio.run(_fetch(system, topic))


async def _fetch(system: System, topic: str) -> float:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=system.broker.kafka.bootstrap_servers, auto_offset_reset="earliest", max_partition_fetch_bytes=4 << 20
    )
    await consumer.start()
    count, began = 0, time.process_time()
    try:
        while records := await consumer.getmany(timeout_ms=2_000, max_records=20_000):
            count += sum(map(len, records.values()))
            spent = time.process_time() - began
        return spent / count * 1e6
    finally:
        await consumer.stop()


def pydantic_batch_per_s(values: Sequence[bytes]) -> float:
    """Events per second of pydantic's batch decode alone: one joined array of events into models."""
    adapter, joined = TypeAdapter(list[UsageEvent]), b"[" + b",".join(values) + b"]"
    return 1e6 / cost_us(len(values), lambda: adapter.validate_json(joined))
