"""Rows to records: keys, headers, ids, portions, and what is left out."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from streams.decode import Decoder, Record
from streams.errors import Retry
from streams.imports import Destination, Row, Sent, send_rows
from streams.imports.named import Named, named
from streams.imports.sending import PORTION_ROWS
from streams.settings import IntakeSettings, RetentionSettings

AT = "2026-03-01T12:00:00Z"
USAGE_EVENTS = Destination("usage.events", 1 << 20)


class Topic:
    """A topic in memory: what was sent, and how much of it is acknowledged. `fails_at` records, flushing fails."""

    def __init__(self, fails_at: int = 1 << 30) -> None:
        self.records: list[Record] = []
        self.acknowledged, self.fails_at = 0, fails_at

    def send(self, topic: str, *, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]] = ()) -> None:
        self.records.append(Record(topic, 0, len(self.records), 1_772_366_400_000, key, value, tuple(headers)))

    def flush(self, timeout_s: float = 60) -> None:
        if len(self.records) >= self.fails_at:
            raise Retry("the broker does not answer")
        self.acknowledged = len(self.records)


def rows_of(*lines: bytes) -> list[Row]:
    return [Row(number, line, len(line), number) for number, line in enumerate(lines, 1)]


def event(**fields: object) -> bytes:
    return json.dumps({"event_id": "e-1", "occurred_at": AT, "organization_id": "org-a", "text": "Hello", **fields}).encode()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (event(), Named("org-a", "e-1", True)),
        (b'{"organization_id":"org-a"}', Named("org-a", None, True)),
        (b'{"request":{"messages":[]},"response":{"id":"msg_1"},"organization_id":"org-b"}', Named("org-b", "msg_1", True)),
        (b'{"id":"l-1","call_type":"completion","startTime":1,"metadata":{"user_api_key_org_id":"org-c"}}', Named("org-c", "l-1", True)),
        (b'{"specversion":"1.0","id":"c-1","type":"t","source":"s","data":{"organization_id":"org-d"}}', Named("org-d", "c-1", True)),
        (b'{"resourceLogs":[]}', Named()),
        (b'[{"organization_id":"org-a"}]', Named()),
        (b'{"organization_id": 7}', Named(None, None, True)),
        (b"not json", Named()),
    ],
)
def test_a_line_names_its_organization_and_id_as_the_worker_will_read_them(line: bytes, says: Named) -> None:
    assert named(line) == says


def test_the_key_is_the_organization_that_the_line_names_else_none() -> None:
    topic = Topic()
    send_rows(rows_of(event(), b"not json"), topic, USAGE_EVENTS)
    assert [record.key for record in topic.records] == [b"org-a", None]


def test_a_destination_without_keys_has_none() -> None:
    topic = Topic()
    send_rows(rows_of(event()), topic, Destination("t", 1 << 20, organization="org-z", keyed=False))
    assert [record.key for record in topic.records] == [None]


def test_a_named_organization_and_source_are_headers_of_every_record() -> None:
    topic = Topic()
    send_rows(rows_of(b"{}"), topic, Destination("t", 1 << 20, source="openai.chat", organization="org-z"))
    assert topic.records[0].key == b"org-z"
    assert dict(topic.records[0].headers) == {"plumbline-source": b"openai.chat", "plumbline-organization": b"org-z"}


def test_blank_rows_are_counted_and_not_sent() -> None:
    topic = Topic()
    assert send_rows(rows_of(b"", event(), b"  \t"), topic, USAGE_EVENTS) == Sent(sent=1, blank=2)
    assert len(topic.records) == 1


def test_a_row_beyond_the_limit_is_told_with_its_number_and_the_others_go_on() -> None:
    topic, told = Topic(), []
    rows = [*rows_of(event(), event(text="x" * 3_000)), Row(3, None, 9_999, 3), *rows_of(event())]
    assert send_rows(rows, topic, Destination("t", 2_000), oversize=told.append) == Sent(sent=2, oversize=2)
    assert [row.number for row in told] == [2, 3]


def test_a_row_without_an_id_is_given_one_that_the_decoder_takes() -> None:
    topic = Topic()
    lines = rows_of(event(), json.dumps({"occurred_at": AT, "organization_id": "org-a"}).encode(), b'{"resourceLogs":[]}')
    send_rows(lines, topic, USAGE_EVENTS, id_of=lambda row: f"import-{row.number}")
    decoded = Decoder(IntakeSettings(), RetentionSettings()).decode(topic.records, datetime(2026, 3, 2, tzinfo=UTC))
    assert [located.event.event_id for located in decoded.events] == ["e-1", "plumbline/import#import-2"]
    assert not topic.records[2].headers


def test_progress_is_told_only_of_rows_that_are_acknowledged() -> None:
    topic, told = Topic(), []
    count = PORTION_ROWS * 2 + 10
    send_rows(rows_of(*[b"{}"] * count), topic, USAGE_EVENTS, acknowledged=lambda row, sent: told.append((row.number, sent.sent, topic.acknowledged)))
    assert told == [(PORTION_ROWS,) * 3, (2 * PORTION_ROWS,) * 3, (count,) * 3]


def test_a_failed_portion_is_not_told_as_acknowledged() -> None:
    topic, told = Topic(fails_at=PORTION_ROWS + 1), []
    with pytest.raises(Retry):
        send_rows(rows_of(*[b"{}"] * (PORTION_ROWS * 2)), topic, USAGE_EVENTS, acknowledged=lambda row, _: told.append(row.number))
    assert told == [PORTION_ROWS]
