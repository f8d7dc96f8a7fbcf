"""How long topics keep records, as the broker says."""

from collections.abc import Iterable
from typing import NamedTuple

from kafka import TopicPartition
from kafka.admin import ConfigResource, OffsetSpec

from streams.kafka.admin import opened
from streams.settings import KafkaSettings

FOREVER = -1


class TopicKept(NamedTuple):
    """A topic with its `retention.ms` (-1: no end; None: access rules hide it), and how many records it holds, give or take those of transactions."""

    topic: str
    retention_ms: int | None
    records: int


def topics_kept(kafka: KafkaSettings, names: Iterable[str]) -> list[TopicKept]:
    """Those of the named topics that exist, by name.

    Raises:
        Retry: the broker is away.
    """
    with opened(kafka) as admin:
        there = sorted(set(names) & set(admin.list_topics()))
        if not there:
            return []
        configs = admin.describe_configs([ConfigResource("TOPIC", name) for name in there], config_filter="all")["topic"]
        places = [
            TopicPartition(topic["name"], partition["partition_index"]) for topic in admin.describe_topics(there) for partition in topic["partitions"]
        ]
        begins = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
        ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    records = {name: sum(ends[place].offset - begins[place].offset for place in places if place.topic == name) for name in there}
    return [TopicKept(name, _milliseconds(configs.get(name, {})), records[name]) for name in there]


def _milliseconds(config: dict) -> int | None:
    value = config.get("retention.ms", {}).get("value")
    return int(value) if value else None
