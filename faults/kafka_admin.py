"""What an operator, or a failing cluster, does to a broker."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.structs import OffsetAndMetadata

from faults.lanes import Lane
from streams.kafka.admin import ensure_topics
from streams.kafka.security import client_options
from streams.settings import KafkaSettings

OFFSETS = "__consumer_offsets"


@contextmanager
def admin_of(kafka: KafkaSettings) -> Iterator[KafkaAdminClient]:
    """An admin client."""
    admin = KafkaAdminClient(**client_options(kafka))
    try:
        yield admin
    finally:
        admin.close()


def set_offset(one: Lane, offset: int, *metadata: str) -> None:
    """Have a lane's group, which has no worker, go on from this offset of each partition. `metadata`: of their commits, in order; none otherwise."""
    told = dict(enumerate(metadata))
    one.offsets()  # a broker that never had a group makes the topic of offsets now
    with admin_of(one.kafka) as admin:
        admin.alter_group_offsets(
            one.name, {TopicPartition(one.topic, at): OffsetAndMetadata(offset, told.get(at, ""), -1) for at in range(one.partitions)}
        )


@contextmanager
def without(kafka: KafkaSettings, topic: str) -> Iterator[None]:
    """A topic is gone, and made anew afterwards."""
    with admin_of(kafka) as admin:
        admin.delete_topics([topic])
    try:
        yield
    finally:
        ensure_topics(kafka, [kafka.events_topic])


@contextmanager
def refusing(kafka: KafkaSettings, topic: str) -> Iterator[None]:
    """The broker takes no record for a topic: each is larger than it now admits."""
    _limit(kafka, topic, 1)
    try:
        yield
    finally:
        _limit(kafka, topic, kafka.max_record_bytes)


def _limit(kafka: KafkaSettings, topic: str, size: int) -> None:
    with admin_of(kafka) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": str(size)})])
    time.sleep(0.5)  # the broker applies it a moment later
