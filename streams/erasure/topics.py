"""What Kafka holds of removed people: their dead letters one by one, and of the events topics, on request, whatever has landed."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.erasures import Tombstone
from streams.clickhouse.migrations import placeholders
from streams.clickhouse.sources import sql_text, statements
from streams.dead_letters import TIMESTAMP, Place
from streams.erasure.rows import portions
from streams.erasure.whose import Whose
from streams.errors import PlumblineError
from streams.kafka.admin import lag
from streams.kafka.forgetting import Kept, cut, forget_records, kept
from streams.landing.columns import to_millis
from streams.privacy import load_key
from streams.settings import KafkaSettings, Settings


class Letter(NamedTuple):
    """A dead letter as its topic holds it, and where its input came from."""

    record: Kept
    place: Place


def letters_of(settings: Settings, kafka: KafkaSettings, tombstones: Iterable[Tombstone]) -> list[Letter]:
    """The dead letters that name a removed person, of input up to the moment of the removal."""
    until = {(each.organization_id, each.user_hash): to_millis(each.until) for each in tombstones}
    if not until:
        return []
    whose = Whose(load_key(settings), settings.intake, until)
    letters = (Letter(record, place) for record in kept(kafka, kafka.dead_letters_topic) if (place := _place(record)))
    return [each for each in letters if whose.removed(each.place.topic, _received_ms(each.record), each.record.value, each.record.headers)]


def remove_letters(settings: Settings, client: ClickHouse, kafka: KafkaSettings, letters: Sequence[Letter]) -> None:
    """Take the letters back from their topic. Their rows stay, so that the ledger's counts hold, without the keyed hash of the input.

    Raises:
        Retry: the broker did not in time, or is away; doing it again is safe.
    """
    if not letters:
        return
    forget_records(kafka, kafka.dead_letters_topic, [each.record for each in letters])
    [statement] = statements(sql_text("erasure/letters"), placeholders(settings))
    for portion in portions(letters):
        columns = zip(*(each.place for each in portion), strict=True)
        parameters = {name: list(values) for name, values in zip(("topics", "partitions", "offsets", "lines"), columns, strict=True)}
        client.command(statement, parameters, use_database=False)


def cut_landed(settings: Settings, client: ClickHouse, kafka: KafkaSettings) -> int:
    """Delete from the events topics whatever has landed and is committed, of everybody: single events of a topic that is not compacted cannot be.

    Returns how many records that were.

    Raises:
        Retry: the broker or ClickHouse is away.
    """
    topics = list(settings.intake.topics)

    def landed() -> dict[tuple[str, int], int]:
        by_ledger = {(row["topic"], row["partition"]): row["next"] for row in client.rows(sql_text("backup/landed"))}
        committed = {(row["topic"], row["partition"]): row["committed"] or 0 for row in lag(kafka, topics)}
        return {place: min(offset, by_ledger.get(place, 0)) for place, offset in committed.items()}

    return sum(cut(kafka, topics, landed).values())


def _received_ms(record: Kept) -> int:
    """When the input came: a letter that a replay has made again is as old as its input."""
    told = dict(record.headers).get(TIMESTAMP, b"")
    return int(told) if told.isdigit() and len(told) < 19 else record.timestamp_ms


def _place(record: Kept) -> Place | None:
    try:
        place = Place.parse(record.key.decode())
    except (PlumblineError, UnicodeDecodeError):  # not one of ours
        return None
    return place
