"""The chunked consumer on a real broker: whatever a log may hold, commits are in order and nothing is skipped."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaProducer
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient
from running import TOPIC, System, system, wait_for

from streams.kafka.admin import ensure_topics

pytestmark = pytest.mark.integration


def event(name: str, organization: str, text: str = "What is the weather in Oslo?") -> bytes:
    moment = datetime.now(UTC) - timedelta(minutes=1)
    return json.dumps({"event_id": name, "occurred_at": moment.isoformat(), "organization_id": organization, "text": text}).encode()


def landed(running: System, organization: str) -> int:
    return running.count(f"SELECT count() FROM events FINAL WHERE organization_id = '{organization}'")


@pytest.fixture(scope="module")
def running(live: System) -> Iterator[System]:
    live.worker().wait_ready()
    yield live


async def produce(running: System, values: list[bytes | None], **options: object) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=running.broker.kafka.bootstrap_servers, acks="all", **options)
    await producer.start()
    try:
        await asyncio.gather(*[await producer.send(TOPIC, value, key=b"k", partition=0) for value in values])
    finally:
        await producer.stop()


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_each_codec_is_read(running: System, codec: str) -> None:
    asyncio.run(produce(running, [event(f"{codec}-{at}", f"org-{codec}") for at in range(50)], compression_type=codec))
    wait_for(lambda: landed(running, f"org-{codec}") == 50, 15, "all of them")


def test_a_committed_transaction_lands_and_an_aborted_one_does_not(running: System) -> None:
    async def both() -> None:
        options = {"bootstrap_servers": running.broker.kafka.bootstrap_servers, "transactional_id": "tests"}
        producer = AIOKafkaProducer(**options)
        await producer.start()
        for name, end in (("aborted", producer.abort_transaction), ("committed", producer.commit_transaction)):
            await producer.begin_transaction()
            await producer.send_and_wait(TOPIC, event(name, f"org-{name}"), partition=0)
            await end()
        await producer.stop()

    asyncio.run(both())
    asyncio.run(produce(running, [event("after", "org-after-transactions")]))
    wait_for(lambda: landed(running, "org-after-transactions") == 1, 15, "what follows")
    assert (landed(running, "org-committed"), landed(running, "org-aborted")) == (1, 0)
    wait_for(lambda: not running.verify(), 20, "markers of transactions are no gap")


def test_tombstones_among_events_are_passed(running: System) -> None:
    asyncio.run(produce(running, [None, event("between", "org-tombs"), None]))
    wait_for(lambda: landed(running, "org-tombs") == 1, 15, "the event between")
    wait_for(lambda: running.waiting() == 0, 15, "the tombstones are committed")


def test_back_pressure_causes_no_stalls_of_a_second(tmp_path: Path) -> None:
    with system(tmp_path, partitions=1) as running:
        running.send(event(f"e{at}", "org-a") for at in range(6_000))
        small = {"IN_FLIGHT_CHUNKS": "1", "CHUNK_RECORDS": "100", "BATCH_ROWS": "100"}
        running.worker(**{f"PLUMBLINE_WORKER__{name}": value for name, value in small.items()}).wait_ready()
        began = time.monotonic()
        wait_for(lambda: running.waiting() == 0, 60, "sixty chunks, one at a time")
        assert time.monotonic() - began < 45  # a stall of a second each would take a minute


def test_a_stop_while_clickhouse_is_away_ends_in_time_and_commits_nothing(tmp_path: Path) -> None:
    with system(tmp_path, partitions=1) as running:
        worker = running.worker(PLUMBLINE_WORKER__STOP_DEADLINE_S="6").wait_ready()
        running.send([event("first", "org-a")])
        wait_for(lambda: running.waiting() == 0, 15, "the first is committed")
        running.store.kill()
        running.send(event(f"e{at}", "org-a") for at in range(500))
        wait_for(lambda: "asked again until it answers" in worker.text(), 20, "the worker notices")
        before, began = running.committed(), time.monotonic()
        worker.stop(15)
        assert time.monotonic() - began < 8
        assert running.committed() == before
        running.start_store()
        running.worker().wait_ready()
        wait_for(lambda: running.waiting() == 0, 60, "the next worker lands them")
        assert landed(running, "org-a") == 501


def test_a_jump_of_a_million_offsets_costs_neither_memory_nor_what_follows(tmp_path: Path) -> None:
    with system(tmp_path, partitions=1) as running:
        worker = running.worker().wait_ready()
        running.send([event("before", "org-a")])
        wait_for(lambda: running.waiting() == 0, 15, "the first is committed")
        worker.stop()
        jump = 1_200_000
        asyncio.run(tombstones(running, jump))
        admin = KafkaAdminClient(bootstrap_servers=running.broker.kafka.bootstrap_servers)
        admin.delete_records({TopicPartition(TOPIC, 0): jump + 1})
        admin.close()
        running.send([event("after", "org-a")])
        worker = running.worker().wait_ready()
        wait_for(lambda: landed(running, "org-a") == 2, 60, "what follows the jump")
        wait_for(lambda: running.waiting() == 0, 30, "it is committed")
        assert psutil.Process(worker.process.pid).memory_info().rss < 400 << 20
        differences = wait_for(running.verify, 30, "what retention took unread is reported")
        assert {line["check"] for line in differences} == {"ledger_gaps"}


async def tombstones(running: System, count: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=running.broker.kafka.bootstrap_servers, acks="all", max_batch_size=900_000)
    await producer.start()
    while count > 0:
        batch = producer.create_batch()
        while count > 0 and batch.append(key=None, value=None, timestamp=None):
            count -= 1
        batch.close()
        await (await producer.send_batch(batch, TOPIC, partition=0))
    await producer.stop()


def test_workers_that_come_and_go_lose_nothing() -> None:
    from faults.workers import rebalances

    outcome, _control = rebalances(20_000, 8, 7, lambda _text: None)
    assert outcome.clean, outcome


# -- members of the group

STATIC = {
    "PLUMBLINE_KAFKA__GROUP_ID": "static",
    "PLUMBLINE_INTAKE__TOPICS": '{"static.events": {"trusted": true}}',
    "PLUMBLINE_WORKER__POOL_PROCESSES": "1",
}


def described(running: System) -> dict[str, Any]:
    admin = KafkaAdminClient(bootstrap_servers=running.broker.kafka.bootstrap_servers)
    try:
        return admin.describe_groups(["static"])["static"]
    finally:
        admin.close()


def shared(running: System) -> dict[str, list[int]]:
    """Member of the group, by its fixed name if it has one -> its partitions; nothing while they are being shared out."""
    group = described(running)
    if group["group_state"] != "Stable":
        return {}
    assigned = {each["group_instance_id"] or each["member_id"]: each["member_assignment"] for each in group["members"]}
    return {name: sorted(at for topic in each["assigned_partitions"] for at in topic["partitions"]) for name, each in assigned.items()}


def test_a_static_member_has_its_partitions_back_after_a_restart_and_another_ones_go_to_the_rest(running: System) -> None:
    ensure_topics(running.broker.kafka, ["static.events"])
    one, two = [running.worker(**STATIC, PLUMBLINE_KAFKA__GROUP_INSTANCE_ID=name).wait_ready() for name in ("one", "two")]
    before = wait_for(lambda: len(found := shared(running)) == 2 and found, 30, "both have partitions")
    one.stop()
    assert shared(running) == before, "a static member that stops does not leave"
    again = running.worker(**STATIC, PLUMBLINE_KAFKA__GROUP_INSTANCE_ID="one").wait_ready()
    wait_for(lambda: not again.readiness()["problems"], 30, "it has partitions again")
    assert shared(running) == before

    guest = running.worker(**STATIC).wait_ready()
    wait_for(lambda: len(shared(running)) == 3, 30, "the guest has a partition")
    guest.stop()
    try:
        after = wait_for(lambda: len(found := shared(running)) == 2 and found, 90, "the guest has left")
    except AssertionError as error:
        told = "\n".join("\n".join(each.log.read_text().splitlines()[-12:]) for each in (again, two, guest))
        raise AssertionError(f"{error}: {described(running)}\n{told}") from error
    assert after == before
