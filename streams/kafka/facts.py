"""What a broker says of itself, in one conversation: for the doctor."""

from collections.abc import Sequence
from typing import NamedTuple

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec

from streams.kafka.failures import as_ours
from streams.kafka.security import client_options
from streams.settings import KafkaSettings


class TopicFacts(NamedTuple):
    """One topic. `without_leader`: partitions that nobody serves. `newest_ms`: the newest record's timestamp, 0 when empty."""

    name: str
    partitions: int
    replicas: int
    without_leader: int
    configs: dict[str, str]
    newest_ms: int


class BrokerFacts(NamedTuple):
    """The cluster; `topics` holds those of the wanted ones that exist."""

    version: tuple[int, ...]
    brokers: int
    topics: dict[str, TopicFacts]


def broker_facts(kafka: KafkaSettings, topics: Sequence[str], timeout_ms: int = 5_000) -> BrokerFacts:
    """Ask.

    Raises:
        Retry: the broker does not answer.
        ConfigurationError: it refuses us.
    """
    with as_ours(kafka.bootstrap_servers):
        admin = KafkaAdminClient(**client_options(kafka), request_timeout_ms=timeout_ms, bootstrap_timeout_ms=timeout_ms)
        try:
            brokers = admin.describe_cluster()["brokers"]
            version = admin.get_broker_version_data(brokers[0]["broker_id"]).broker_version
            found = {topic["name"]: topic for topic in admin.describe_topics(list(topics)) if not topic["error_code"]}
            return BrokerFacts(tuple(version), len(brokers), {name: _topic(admin, topic) for name, topic in found.items()})
        finally:
            admin.close()


def _topic(admin: KafkaAdminClient, topic: dict) -> TopicFacts:
    name, partitions = topic["name"], topic["partitions"]
    configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)], config_filter="all")["topic"][name]
    newest = admin.list_partition_offsets({TopicPartition(name, each["partition_index"]): OffsetSpec.MAX_TIMESTAMP for each in partitions})
    return TopicFacts(
        name,
        len(partitions),
        min(len(each["replica_nodes"]) for each in partitions),
        sum(each["leader_id"] < 0 for each in partitions),
        {key: config["value"] for key, config in configs.items()},
        max((each.timestamp or 0) for each in newest.values()),
    )
