"""Topics and lag, by kafka-python's admin client."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient, OffsetSpec
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, KafkaError, NotCoordinatorError, TopicAlreadyExistsError

from streams.errors import MissingPart, Retry
from streams.kafka.failures import as_ours
from streams.kafka.security import client_options
from streams.settings import KafkaSettings

LETTER_HEADROOM_BYTES = 65_536  # a dead letter carries its input whole, and our headers
LETTER_RETENTION_MS = 90 * 86_400_000
COMPACTED = {"cleanup.policy": "compact,delete"}  # letters are keyed by the place of their input, so that each can be taken back
COORDINATOR_TRIES = 20
NO_COORDINATOR_YET = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)


def _admin(kafka: KafkaSettings, timeout_ms: int = 10_000) -> KafkaAdminClient:
    return KafkaAdminClient(**client_options(kafka), request_timeout_ms=timeout_ms, bootstrap_timeout_ms=timeout_ms)


@contextmanager
def opened(kafka: KafkaSettings, timeout_ms: int = 10_000) -> Iterator[KafkaAdminClient]:
    """An admin client whose errors are ours."""
    with as_ours(kafka.bootstrap_servers):
        admin = _admin(kafka, timeout_ms)
        try:
            yield admin
        finally:
            admin.close()


def topic_specs(kafka: KafkaSettings, events_topics: list[str]) -> dict[str, dict[str, Any]]:
    """What our topics look like, by name."""
    base = {"num_partitions": kafka.partitions, "replication_factor": kafka.replication_factor}
    durable = {"min.insync.replicas": str(max(1, kafka.replication_factor - 1))}
    events = {**base, "configs": {"max.message.bytes": str(kafka.max_record_bytes), **durable}}
    letter_bytes = str(kafka.max_record_bytes + LETTER_HEADROOM_BYTES)
    kept = {"retention.ms": str(LETTER_RETENTION_MS), **COMPACTED}
    letters = {**base, "num_partitions": 1, "configs": {"max.message.bytes": letter_bytes, **kept, **durable}}
    alerts = {**base, "num_partitions": 1, "configs": {"max.message.bytes": str(kafka.max_record_bytes), **durable}}
    return {**dict.fromkeys(events_topics, events), kafka.dead_letters_topic: letters, kafka.alerts_topic: alerts, kafka.decisions_topic: alerts}


def ensure_topics(kafka: KafkaSettings, events_topics: list[str] | None = None) -> list[str]:
    """Make the topics that do not exist; those that do stay as they are. Returns the new ones."""
    made = []
    with as_ours(kafka.bootstrap_servers):
        admin = _admin(kafka, 30_000)
        try:
            existing = set(admin.list_topics())
            for name, spec in topic_specs(kafka, events_topics or [kafka.events_topic]).items():
                if name in existing:
                    continue
                try:
                    admin.create_topics({name: spec}, wait_for_metadata=True)
                    made.append(name)
                except TopicAlreadyExistsError:  # another process was first
                    continue
        finally:
            admin.close()
    return made


class TopicLimits(NamedTuple):
    """What a sender must know of a topic: the largest record it admits, and which cluster it is on."""

    limit_bytes: int
    cluster_id: str


def topic_limits(kafka: KafkaSettings, topic: str) -> TopicLimits:
    """Ask the broker. Where it does not tell the topic's limit, the setting `kafka.max_record_bytes` stands in.

    Raises:
        MissingPart: there is no such topic.
    """
    with as_ours(kafka.bootstrap_servers):
        admin = _admin(kafka)
        try:
            if topic not in admin.list_topics():
                raise MissingPart(
                    f"there is no topic {topic} on {kafka.bootstrap_servers}",
                    cause="its name is wrong, or nothing has made it yet",
                    command="plumbline topics (makes those of the settings), or name another by --topic",
                )
            return TopicLimits(_limit_bytes(admin, topic) or kafka.max_record_bytes, str(admin.describe_cluster()["cluster_id"]))
        finally:
            admin.close()


def _limit_bytes(admin: KafkaAdminClient, topic: str) -> int:
    """0 where access rules hide it."""
    try:
        configs = admin.describe_configs([ConfigResource("TOPIC", topic)], config_filter="all")["topic"][topic]
    except (KafkaError, KeyError):
        return 0
    return int(configs.get("max.message.bytes", {}).get("value") or 0)


def topic_ids(kafka: KafkaSettings, topics: Iterable[str]) -> dict[str, str]:
    """Topic -> the id that the broker gave it, of those that exist. A topic that is deleted and made anew gets another.

    Raises:
        Retry: the broker is away.
    """
    with opened(kafka) as admin:
        return {topic["name"]: str(topic["topic_id"]) for topic in admin.describe_topics(list(topics)) if not topic["error_code"]}


def lag(kafka: KafkaSettings, topics: list[str] | None = None) -> list[dict[str, Any]]:
    """Per partition of the events topics: `begin`, `end`, and the group's `committed` offset (None before its first commit)."""
    with opened(kafka) as admin:
        places = [
            TopicPartition(topic["name"], partition["partition_index"])
            for topic in admin.describe_topics(topics or [kafka.events_topic])
            for partition in topic["partitions"]
        ]
        if not places:
            return []
        begins = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
        ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        committed = _group_offsets(admin, kafka.group_id)
    return [
        {
            "topic": place.topic, "partition": place.partition, "begin": begins[place].offset, "end": ends[place].offset,
            "committed": committed[place].offset if place in committed and committed[place].offset >= 0 else None,
        }
        for place in sorted(places)
    ]  # fmt: skip


def _group_offsets(admin: KafkaAdminClient, group_id: str) -> dict[TopicPartition, Any]:
    """A broker that never had a group makes the topic of offsets at the first question, which takes it some moments."""
    for _ in range(COORDINATOR_TRIES - 1):
        try:
            return admin.list_group_offsets(group_id).get(group_id, {})
        except NO_COORDINATOR_YET:
            time.sleep(0.3)
    return admin.list_group_offsets(group_id).get(group_id, {})


def wait_for_broker(kafka: KafkaSettings, timeout_s: float, *, tick: Callable[[], None] = lambda: None) -> None:
    """Return when the broker answers.

    Raises:
        Retry: it did not within the time.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            _knock(kafka)
            with as_ours(kafka.bootstrap_servers):
                admin = _admin(kafka, 1_000)
                admin.describe_cluster()
                admin.close()
                return
        except Retry:
            if time.monotonic() > deadline:
                raise
        tick()
        time.sleep(0.2)


def _knock(kafka: KafkaSettings) -> None:
    """Try a bare connection first: the client logs an error for each one that is refused, and a broker that starts refuses for seconds.

    Raises:
        Retry: no server accepts.
    """
    problems = []
    for server in kafka.bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
        except (OSError, ValueError) as error:
            problems.append(f"{server.strip()}: {error}")
        else:
            return
    raise Retry("no broker accepts a connection", cause="; ".join(problems), command="plumbline doctor")
