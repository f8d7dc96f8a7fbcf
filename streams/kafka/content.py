"""The content of a stored event: not kept by us, but in Kafka for as long as the topic keeps it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from streams.decode import Decoder, Record
from streams.decode.event import Event
from streams.kafka.single import read_record
from streams.settings import KafkaSettings, Settings


def content_of(settings: Settings, kafka: KafkaSettings, row: Mapping[str, Any]) -> Event | None:
    """The event as it was sent, by the coordinates in its row; None when Kafka no longer has it.

    Raises:
        Retry, ConfigurationError, MissingPart: the broker is away or refuses us.
    """
    record = read_record(kafka, row["kafka_topic"], row["kafka_partition"], row["kafka_offset"])
    return None if record is None else _decoded(settings, record, row["kafka_line"], row["event_id"])


def _decoded(settings: Settings, record: Record, line: int, event_id: str) -> Event | None:
    decoder = Decoder(settings.intake, settings.retention)
    found = decoder.decode([record], datetime.now(UTC)).events
    return next((each.event for each in found if each.line == line and each.event.event_id == event_id), None)
