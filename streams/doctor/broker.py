"""Checks of the broker: reachable, new enough, the topics as they should be, the group moving, clocks that agree."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from streams.doctor.finding import Finding, fail, ok, warn
from streams.kafka.admin import lag, topic_specs
from streams.kafka.broker import kafka_settings
from streams.kafka.facts import BrokerFacts, TopicFacts, broker_facts
from streams.settings import KafkaSettings, Settings

LEAST_VERSION = (2, 5)  # of the protocol that the clients were tested with
MUCH_LAG = 100_000


def check_broker(settings: Settings) -> Iterator[Finding]:
    """Everything about the broker. Without one, the error that tells how to get one."""
    kafka = kafka_settings(settings)
    wanted = topic_specs(kafka, list(settings.intake.topics))
    facts = broker_facts(kafka, list(wanted))
    yield judge_version(kafka, facts)
    for name, spec in wanted.items():
        yield from judge_topic(name, spec, facts.topics.get(name))
    yield from judge_clock(facts, settings.intake.max_ahead_s, time.time() * 1000)
    if facts.topics.keys() & settings.intake.topics.keys():
        rows = lag(kafka, [name for name in settings.intake.topics if name in facts.topics])
        yield from judge_group(kafka.group_id, rows)


def judge_version(kafka: KafkaSettings, facts: BrokerFacts) -> Finding:
    """New enough?"""
    version = ".".join(map(str, facts.version))
    if facts.version < LEAST_VERSION:
        return fail("broker", f"version {version} is too old", "upgrade the broker to 3.0 or later")
    return ok("broker", f"{kafka.bootstrap_servers}, version {version}, {facts.brokers} broker{'s' if facts.brokers > 1 else ''}")


def judge_topic(name: str, spec: dict, topic: TopicFacts | None) -> Iterator[Finding]:
    """As the settings want it?"""
    check = f"topic {name}"
    if topic is None:
        yield fail(check, "does not exist", "plumbline topics")
        return
    wrong = list(_differences(spec, topic))
    if topic.without_leader:
        yield fail(check, f"{topic.without_leader} of {topic.partitions} partitions have no leader", "start the missing brokers")
    for message, command in wrong:
        yield warn(check, message, command)
    if not wrong and not topic.without_leader:
        yield ok(check, f"{topic.partitions} partitions, {topic.replicas} replicas, records up to {int(topic.configs['max.message.bytes']):,} bytes")


def _differences(spec: dict, topic: TopicFacts) -> Iterator[tuple[str, str]]:
    alter = f"kafka-configs.sh --alter --topic {topic.name} --add-config"
    if topic.partitions < spec["num_partitions"]:
        message = f"{topic.partitions} partitions, the settings want {spec['num_partitions']}"
        yield message, f"kafka-topics.sh --alter --topic {topic.name} --partitions {spec['num_partitions']}"
    if topic.replicas < spec["replication_factor"]:
        yield f"{topic.replicas} replicas, the settings want {spec['replication_factor']}", "kafka-reassign-partitions.sh"
    limit = int(spec["configs"]["max.message.bytes"])
    if int(topic.configs["max.message.bytes"]) < limit:
        yield f"admits {topic.configs['max.message.bytes']} bytes, the settings want {limit}", f"{alter} max.message.bytes={limit}"
    if "compact" in topic.configs.get("cleanup.policy", "") and "cleanup.policy" not in spec["configs"]:
        yield "is compacted: records with the same key vanish before they are audited", f"{alter} cleanup.policy=delete"


def judge_clock(facts: BrokerFacts, max_ahead_s: int, now_ms: float) -> Iterator[Finding]:
    """Is a record's timestamp ahead of `now_ms`, milliseconds since 1970?"""
    newest = max((topic.newest_ms for topic in facts.topics.values()), default=0)
    ahead = (newest - now_ms) / 1000
    if ahead > max_ahead_s:
        when = datetime.fromtimestamp(newest / 1000, UTC).isoformat(timespec="seconds")
        yield fail("broker clock", f"the newest record is of {when}, {ahead:.0f} s ahead of this machine", "timedatectl set-ntp true")
    elif newest:
        yield ok("broker clock", "no record is ahead of this machine")


def judge_group(group_id: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Rows of `lag`: has the group kept up, and within what the broker still holds?"""
    waiting = sum(row["end"] - max(row["committed"] or 0, row["begin"]) for row in rows)
    lost = [row for row in rows if row["committed"] is not None and row["committed"] < row["begin"]]
    if lost:
        passed = sum(row["begin"] - row["committed"] for row in lost)
        yield fail("group offsets", f"the broker deleted {passed:,} unread records: raise its retention", "plumbline verify")
    elif any(row["committed"] is None and row["end"] > row["begin"] for row in rows):
        yield warn("group offsets", f"group {group_id} has committed nothing on some partitions with records", "plumbline worker")
    else:
        yield ok("group offsets", f"group {group_id} is within the log on {len(rows)} partitions")
    if waiting > MUCH_LAG:
        yield warn("group lag", f"{waiting:,} records wait", "plumbline worker (start more, up to one per partition)")
    else:
        yield ok("group lag", f"{waiting:,} records wait")
