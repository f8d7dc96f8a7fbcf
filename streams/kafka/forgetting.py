"""Taking bytes back from a log, which Kafka offers in two ways: single records of a compacted topic, by their key, and all records before an offset.

In both, a segment that is still written to is left alone. So each begins by having the broker start a new one, with settings that hold for that long
and a record without value, which everybody who reads the topic sets aside.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient

from streams.errors import Retry
from streams.kafka.admin import COMPACTED, opened
from streams.kafka.failures import as_ours
from streams.kafka.producer import EventProducer
from streams.kafka.security import client_options
from streams.settings import KafkaSettings

AT_ONCE = {"max.compaction.lag.ms": "1", "file.delete.delay.ms": "0"}
NEW_SEGMENT = {"segment.ms": "1"}
OF_THE_TOPIC = "DYNAMIC_TOPIC_CONFIG"  # where a setting comes from that is not a default
NUDGE = b"plumbline-new-segment"
PATIENCE_S, POLL_S, APART_S = 120.0, 0.5, 0.02
READ_TIMEOUT_MS = 10_000
Place = tuple[str, int]  # topic and partition


class Kept(NamedTuple):
    """A record as a topic holds it."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def kept(kafka: KafkaSettings, topic: str) -> Iterator[Kept]:
    """All records of a topic that have a value, up to its present end."""
    with _consumer(kafka) as consumer:
        places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
        for place in places:
            consumer.assign([place])
            consumer.seek(place, begins[place])
            while consumer.position(place) < ends[place]:
                records = consumer.poll(timeout_ms=READ_TIMEOUT_MS, max_records=500).get(place, [])
                if not records and consumer.position(place) < ends[place]:
                    raise Retry(f"{topic} cannot be read beyond {consumer.position(place)}", cause="the broker is slow", command="plumbline doctor")
                for each in records:
                    if each.value is not None and each.offset < ends[place]:
                        headers = tuple((name, value or b"") for name, value in each.headers)
                        yield Kept(place.partition, each.offset, each.timestamp, each.key or b"", each.value, headers)


def forget_records(kafka: KafkaSettings, topic: str, records: Sequence[Kept], *, patience_s: float = PATIENCE_S) -> None:
    """Take single records back, by their keys; the others keep their offsets. Returns when the broker has compacted them away.

    Raises:
        Retry: it did not in time; doing it again is safe.
    """
    if not records:
        return
    gone = {(each.partition, each.offset) for each in records}
    with opened(kafka) as admin:
        _alter(admin, topic, COMPACTED)
        with _meanwhile(admin, topic, AT_ONCE):
            with EventProducer(kafka, linger_ms=0) as producer:
                for each in records:
                    producer.send(topic, key=each.key, value=None, partition=each.partition)
                producer.flush()
                _nudge(producer, topic, {each.partition for each in records})
            if not _waited(lambda: gone.isdisjoint((each.partition, each.offset) for each in kept(kafka, topic)), patience_s):
                cause = "the broker's log cleaner does not run, or has much to do"
                raise Retry(f"records of {topic} that were taken back are still there", cause=cause, command="plumbline erase --resume")


def cut(kafka: KafkaSettings, topics: Sequence[str], landed: Callable[[], Mapping[Place, int]], *, patience_s: float = 10.0) -> dict[Place, int]:
    """Delete what has landed from topics, of everybody: all records before the offsets that `landed` tells ((topic, partition) -> offset).

    Returns:
        How many records went, by topic and partition. The broker deletes their files at its next look for old ones; a file that holds something that
        had not landed within `patience_s` seconds stays.
    """
    with opened(kafka) as admin, _consumer(kafka) as consumer:
        places = [TopicPartition(topic, number) for topic in topics for number in sorted(consumer.partitions_for_topic(topic) or ())]
        ends = consumer.end_offsets(places)
        for topic in topics:
            with _meanwhile(admin, topic, NEW_SEGMENT), EventProducer(kafka, linger_ms=0) as producer:
                _nudge(producer, topic, {place.partition for place in places if place.topic == topic})
        _waited(lambda: all(landed().get(tuple(place), 0) >= end for place, end in ends.items()), patience_s)
        begins, until = consumer.beginning_offsets(places), landed()
        wanted = {place: min(until.get(tuple(place), 0), ends[place]) for place in places}
        wanted = {place: offset for place, offset in wanted.items() if offset > begins[place]}
        if wanted:
            admin.delete_records(wanted)
    return {tuple(place): offset - begins[place] for place, offset in wanted.items()}


def _nudge(producer: EventProducer, topic: str, partitions: Iterable[int]) -> None:
    """Begin a new segment, which a record does that comes later than the first of the present one."""
    time.sleep(APART_S)
    for partition in partitions:
        producer.send(topic, key=NUDGE, value=None, partition=partition)
    producer.flush()


@contextmanager
def _meanwhile(admin: KafkaAdminClient, topic: str, configs: Mapping[str, str]) -> Iterator[None]:
    """Settings of a topic for as long as it takes; what it had of its own comes back."""
    told = admin.describe_configs([ConfigResource("TOPIC", topic)])["topic"][topic]
    own = {name: told[name]["value"] for name in configs if told.get(name, {}).get("config_source") == OF_THE_TOPIC}
    _alter(admin, topic, configs)
    try:
        yield
    finally:
        _alter(admin, topic, own)
        if rest := sorted(configs.keys() - own.keys()):
            admin.reset_configs([ConfigResource("TOPIC", topic, rest)])


def _alter(admin: KafkaAdminClient, topic: str, configs: Mapping[str, str]) -> None:
    if configs:
        admin.alter_configs([ConfigResource("TOPIC", topic, dict(configs))])


def _waited(done: Callable[[], bool], patience_s: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + patience_s
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


@contextmanager
def _consumer(kafka: KafkaSettings) -> Iterator[KafkaConsumer]:
    with as_ours(kafka.bootstrap_servers):
        consumer = KafkaConsumer(**client_options(kafka), group_id=None, enable_auto_commit=False)
        try:
            yield consumer
        finally:
            consumer.close()
