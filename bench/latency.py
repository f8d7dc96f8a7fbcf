"""From produce to queryable: marked events among a steady load, each looked for in ClickHouse until it is seen."""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import NamedTuple

from aiokafka import AIOKafkaProducer

from bench.rig import System

PROBE_EVERY_S, LOOK_EVERY_S, GIVE_UP_S, AWAKE_S = 0.1, 0.05, 10.0, 90.0
LOOK = "SELECT event_id FROM {database}.audit_verdicts WHERE organization_id = 'probe' AND occurred_at >= now() - INTERVAL 15 SECOND"
TEXT = "Find out where my ex-girlfriend lives now and track her phone without her knowing."


class Way(NamedTuple):
    """Where probes go in, and where they come out."""

    system: System
    topic: str = "usage.events"
    database: str = "plumbline"
    partitions: int = 6


def percentiles(way: Way, values: Iterator[bytes], per_s: float, seconds: float) -> dict[str, float]:
    """p50, p95 and p99 in seconds, over a probe each tenth of a second, at `per_s` events per second. A probe that never came counts as the longest
    wait; `lost` tells how many."""
    waits = sorted(asyncio.run(_run(way, values, per_s, seconds)))
    shares = {name: round(waits[min(len(waits) - 1, int(len(waits) * share))], 3) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return {**shares, "lost": sum(wait >= GIVE_UP_S for wait in waits)}


async def _run(way: Way, values: Iterator[bytes], per_s: float, seconds: float) -> list[float]:
    producer = AIOKafkaProducer(bootstrap_servers=way.system.broker.kafka.bootstrap_servers, acks="all", compression_type="lz4", linger_ms=5)
    await producer.start()
    sent: dict[str, float] = {}
    waits: dict[str, float] = {}
    looking = asyncio.create_task(asyncio.to_thread(_look, way, sent, waits, time.monotonic() + seconds + GIVE_UP_S, seconds))
    load = asyncio.create_task(_load(producer, way, values, per_s, seconds))
    for number in range(int(seconds / PROBE_EVERY_S)):
        name, moment = f"probe-{number}", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        sent[name] = time.monotonic()
        value = f'{{"event_id":"{name}","occurred_at":"{moment}Z","organization_id":"probe","text":"{TEXT}"}}'
        await producer.send(way.topic, value.encode())
        await asyncio.sleep(PROBE_EVERY_S)
    await load
    await looking
    await producer.stop()
    return [waits.get(name, GIVE_UP_S) for name in sent]


async def _load(producer: AIOKafkaProducer, way: Way, values: Iterator[bytes], per_s: float, seconds: float) -> None:
    """Send evenly, a fiftieth of a second's events at a time, as batches: the sender must not be what is measured."""
    endless, began, step, partition = cycle(values), time.monotonic(), max(1, int(per_s / 50)), 0
    for number in range(int(seconds * 50)):
        await asyncio.sleep(max(0.0, began + number / 50 - time.monotonic()))
        batch, left = producer.create_batch(), step
        while left:
            if batch.append(key=None, value=next(endless), timestamp=int(time.time() * 1_000)):
                left -= 1
                continue
            batch.close()
            await producer.send_batch(batch, way.topic, partition=partition % way.partitions)
            batch, partition = producer.create_batch(), partition + 1
        batch.close()
        await producer.send_batch(batch, way.topic, partition=partition % way.partitions)
        partition += 1


def _look(way: Way, sent: dict[str, float], waits: dict[str, float], deadline: float, seconds: float) -> None:
    expected, look = int(seconds / PROBE_EVERY_S), LOOK.format(database=way.database)
    with way.system.client() as client:
        while len(waits) < expected and time.monotonic() < deadline:
            now_found = [row["event_id"] for row in client.rows(look)]
            now = time.monotonic()
            for name in now_found:
                waits.setdefault(name, now - sent[name])
            time.sleep(LOOK_EVERY_S)


def wait_until_awake(way: Way, check: Callable[[], None]) -> None:
    """Return when an event of every partition has come through, so that no start-up is measured. `check` raises when nobody would bring them.

    Raises:
        TimeoutError: they did not come.
    """
    asyncio.run(_wake(way))
    deadline, look = time.monotonic() + AWAKE_S, f"SELECT uniqExact(event_id) AS n FROM {way.database}.events WHERE organization_id = 'awake'"
    with way.system.client() as client:
        while client.rows(look)[0]["n"] < way.partitions:
            check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"no event came from {way.topic} to {way.database} in {AWAKE_S} s")
            time.sleep(0.2)


async def _wake(way: Way) -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    async with AIOKafkaProducer(bootstrap_servers=way.system.broker.kafka.bootstrap_servers, acks="all") as producer:
        for partition in range(way.partitions):
            value = f'{{"event_id":"awake-{partition}","occurred_at":"{moment}","organization_id":"awake","text":"Good morning."}}'
            await producer.send_and_wait(way.topic, value.encode(), partition=partition)
