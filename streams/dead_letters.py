"""Dead letters after the fact: list them from ClickHouse, show one with its bytes, send it again.

A replayed letter carries the coordinates of its original, so that its identity stays the same: replaying twice lands one event, and a letter that
fails again replaces itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.decode.arrivals import REPLAY_OF
from streams.errors import MissingPart, PlumblineError
from streams.kafka.producer import EventProducer
from streams.kafka.security import client_options
from streams.settings import Settings

LETTER, TIMESTAMP = "plumbline-letter-", "plumbline-letter-timestamp_ms"
READ_TIMEOUT_S = 10.0


class Place(NamedTuple):
    """Where an input came from: `topic/partition/offset/line`."""

    topic: str
    partition: int
    offset: int
    line: int

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read `topic/partition/offset[/line]`.

        Raises:
            PlumblineError: the text has another form.
        """
        parts = text.split("/")
        try:
            topic, numbers = parts[0], [int(part) for part in parts[1:]]
            return cls(topic, numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 0)
        except (ValueError, IndexError):
            raise PlumblineError(
                f"{text!r} names no dead letter", cause="the form is topic/partition/offset/line", command="plumbline dead-letters list"
            ) from None

    def __str__(self) -> str:
        return "/".join(map(str, self))


class Original(NamedTuple):
    """The bytes and headers of a dead letter as its topic holds them."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    key: bytes | None


def listed(clickhouse: ClickHouse, *, reason: str = "", topic: str = "", since_s: int = 0, limit: int = 100) -> list[dict[str, Any]]:
    """The newest dead letters, without bytes: place, reason, message, size."""
    return clickhouse.rows(sql_text("queries/dead_letters_list"), {"reason": reason, "topic": topic, "since_s": since_s, "limit": limit})


def find(clickhouse: ClickHouse, place: Place) -> dict[str, Any]:
    """The row of one dead letter.

    Raises:
        PlumblineError: there is none at that place.
    """
    rows = clickhouse.rows(sql_text("queries/dead_letters_one"), place._asdict())
    if not rows:
        raise PlumblineError(f"no dead letter from {place}", cause="it has expired, or the place is wrong", command="plumbline dead-letters list")
    return rows[0]


class LetterReader:
    """Reads single records of the dead-letter topic by partition and offset."""

    def __init__(self, settings: Settings) -> None:
        self._topic = settings.kafka.dead_letters_topic
        self._consumer = KafkaConsumer(**client_options(settings.kafka), group_id=None, enable_auto_commit=False, max_poll_records=1)

    def read(self, row: Mapping[str, Any]) -> Original:
        """The original bytes of a listed letter.

        Raises:
            MissingPart: the topic's retention has removed them.
        """
        partition, offset = TopicPartition(self._topic, int(row["letter_partition"])), int(row["letter_offset"])
        self._consumer.assign([partition])
        self._consumer.seek(partition, offset)
        polled = self._consumer.poll(timeout_ms=int(READ_TIMEOUT_S * 1000), max_records=1)
        for record in polled.get(partition, []):
            if record.offset == offset:
                return Original(record.value or b"", tuple(record.headers), record.key)
        raise MissingPart(
            "the bytes of this dead letter are gone", cause=f"retention of {self._topic} removed them", command="plumbline dead-letters list"
        )

    def close(self) -> None:
        self._consumer.close()


def replay(settings: Settings, rows: list[dict[str, Any]], producer: EventProducer) -> Iterator[tuple[Place, str]]:
    """Send letters to the topic they came from; yields each place with what was done: `replayed`, or why it cannot be."""
    reader = LetterReader(settings)
    try:
        for row in rows:
            place = Place(row["topic"], int(row["partition"]), int(row["offset"]), int(row["line"]))
            if row["truncated"]:
                yield place, "cut to fit the broker's limit: cannot be replayed"
                continue
            original = reader.read(row)
            producer.send(place.topic, key=None, value=original.value, headers=replay_headers(place, original))
            yield place, "replayed"
        producer.flush()
    finally:
        reader.close()


def replay_headers(place: Place, original: Original) -> list[tuple[str, bytes]]:
    """The original's headers, and its place and time, so that it is read as it would have been then."""
    own = [(name, value) for name, value in original.headers if not name.startswith(LETTER) and name != REPLAY_OF]
    stamped = next((value for name, value in original.headers if name == TIMESTAMP), b"0")
    return [*own, (REPLAY_OF, f"{place}/".encode() + stamped)]
