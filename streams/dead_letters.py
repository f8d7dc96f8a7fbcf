"""Dead letters after the fact: list them from ClickHouse, show one with its bytes, send it again.

A replayed letter carries the place and time of its original, so that its identity stays the same: replaying twice lands one event, and a letter that
fails again replaces itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.decode.arrivals import REPLAY_OF
from streams.errors import MissingPart, PlumblineError
from streams.kafka.failures import as_ours
from streams.kafka.producer import EventProducer
from streams.kafka.security import client_options
from streams.settings import KafkaSettings

LETTER, TIMESTAMP = "plumbline-letter-", "plumbline-letter-timestamp_ms"
READ_TIMEOUT_S = 10.0
CUT = "cut to fit the broker's limit: cannot be replayed"


class Place(NamedTuple):
    """Where an input came from: `topic/partition/offset/line`."""

    topic: str
    partition: int
    offset: int
    line: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `topic/partition/offset[/line]`.

        Raises:
            PlumblineError: the text has another form.
        """
        topic, *numbers = text.split("/")
        if not topic or len(numbers) not in (2, 3) or not all(number.isascii() and number.isdigit() for number in numbers):
            raise PlumblineError(
                f"{text!r} names no dead letter", cause="the form is topic/partition/offset/line", command="plumbline dead-letters list"
            )
        partition, offset, line = (*map(int, numbers), 0)[:3]
        return cls(topic, partition, offset, line)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The place of a listed letter."""
        return cls(row["topic"], int(row["partition"]), int(row["offset"]), int(row["line"]))

    def __str__(self) -> str:
        return "/".join(map(str, self))


class Original(NamedTuple):
    """The bytes and headers of a dead letter as its topic holds them."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...]


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

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        with as_ours(kafka.bootstrap_servers):
            self._consumer = KafkaConsumer(**client_options(kafka), group_id=None, enable_auto_commit=False, max_poll_records=1)

    def read(self, row: Mapping[str, Any]) -> Original:
        """The original bytes of a listed letter.

        Raises:
            MissingPart: the topic's retention has removed them.
        """
        place, offset = TopicPartition(self._kafka.dead_letters_topic, int(row["letter_partition"])), int(row["letter_offset"])
        with as_ours(self._kafka.bootstrap_servers):
            self._consumer.assign([place])
            self._consumer.seek(place, offset)
            polled = self._consumer.poll(timeout_ms=int(READ_TIMEOUT_S * 1000), max_records=1)
        for record in polled.get(place, []):
            if record.offset == offset:
                return Original(record.value or b"", tuple((name, value or b"") for name, value in record.headers))
        raise MissingPart(
            "the bytes of this dead letter are gone", cause=f"retention of {place.topic} removed them", command="plumbline dead-letters list"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()


def replay(rows: list[dict[str, Any]], reader: LetterReader, producer: EventProducer) -> Iterator[tuple[Place, str]]:
    """Send letters to the topic they came from. Yields each place with what was done (`replayed`, or why it cannot be) when the broker has them all.

    Raises:
        Retry: the broker did not acknowledge; the letters may or may not have arrived, and replaying them again is safe.
    """
    outcomes = []
    for row in rows:
        place, outcome = Place.of(row), CUT
        if not row["truncated"]:
            try:
                original = reader.read(row)
            except MissingPart as error:
                outcome = error.what
            else:
                producer.send(place.topic, key=None, value=original.value, headers=replay_headers(place, original))
                outcome = "replayed"
        outcomes.append((place, outcome))
    producer.flush()
    yield from outcomes


def replay_headers(place: Place, original: Original) -> list[tuple[str, bytes]]:
    """The original's headers, and its place and time, so that it is read as it would have been then."""
    own = [(name, value) for name, value in original.headers if not name.startswith(LETTER) and name != REPLAY_OF]
    stamped = next((value for name, value in original.headers if name == TIMESTAMP), b"0")
    return [*own, (REPLAY_OF, f"{place}/".encode() + stamped)]
