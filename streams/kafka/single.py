"""One record by its coordinates, for as long as its topic keeps it."""

from kafka import KafkaConsumer, TopicPartition

from streams.decode import Record
from streams.errors import Retry
from streams.kafka.failures import as_ours
from streams.kafka.security import client_options
from streams.settings import KafkaSettings

READ_TIMEOUT_MS = 5_000


def read_record(kafka: KafkaSettings, topic: str, partition: int, offset: int) -> Record | None:
    """The record; None when retention has removed it.

    Raises:
        Retry, ConfigurationError, MissingPart: as the driver's failures map.
    """
    with as_ours(kafka.bootstrap_servers):
        consumer = KafkaConsumer(**client_options(kafka), group_id=None, enable_auto_commit=False, max_poll_records=1)
        try:
            place = TopicPartition(topic, partition)
            if not consumer.beginning_offsets([place])[place] <= offset < consumer.end_offsets([place])[place]:
                return None
            consumer.assign([place])
            consumer.seek(place, offset)
            records = consumer.poll(timeout_ms=READ_TIMEOUT_MS, max_records=1).get(place, [])
            if not records:  # the topic has it, so this is no answer
                raise Retry(
                    f"the broker did not give {topic}/{partition}/{offset} within {READ_TIMEOUT_MS // 1_000} s", cause="it is busy or starting"
                )
            for found in records:
                if found.offset == offset:
                    headers = tuple((name, value or b"") for name, value in found.headers)
                    return Record(topic, partition, offset, found.timestamp, found.key, found.value, headers)
        finally:
            consumer.close()
    return None
