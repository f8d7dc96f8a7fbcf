"""Rows to the broker: keyed by organization if so set, acknowledged in portions, nothing dropped without a word."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from streams.decode.arrivals import ORGANIZATION, SOURCE
from streams.imports.named import Named, named
from streams.imports.rows import Row

PORTION_ROWS, PORTION_S = 5_000, 5.0  # how much is sent again after a crash, at most
RECORD_OVERHEAD_BYTES = 128  # what Kafka's batch and record framing adds, rounded up

Headers = tuple[tuple[str, bytes], ...]


class Producer(Protocol):
    """The part of `streams.kafka.producer.EventProducer` that sending needs."""

    def send(self, topic: str, *, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> Any: ...

    def flush(self, timeout_s: float = 60) -> None: ...


@dataclass(frozen=True)
class Destination:
    """Where rows go and what is said of all of them: the topic and its limit in bytes, their source and organization (empty: each says its own).

    `keyed`: the organization is the key, so that all its events are in one partition.
    """

    topic: str
    limit_bytes: int
    source: str = ""
    organization: str = ""
    keyed: bool = True

    def headers(self) -> Headers:
        pairs = ((SOURCE, self.source), (ORGANIZATION, self.organization))
        return tuple((name, value.encode()) for name, value in pairs if value)


@dataclass
class Sent:
    """What became of the rows. `sent` counts acknowledged ones only."""

    sent: int = 0
    blank: int = 0
    oversize: int = 0

    @property
    def skipped(self) -> int:
        return self.blank + self.oversize


def send_rows(
    rows: Iterable[Row],
    producer: Producer,
    destination: Destination,
    *,
    acknowledged: Callable[[Row, Sent], None] = lambda _row, _sent: None,
    oversize: Callable[[Row], None] = lambda _row: None,
    id_of: Callable[[Row], str] | None = None,
) -> Sent:
    """Send all rows and return when the broker has acknowledged them.

    Args:
        acknowledged: called after each portion with its last row: all rows up to it are safe.
        oversize: called for each row beyond the topic's limit; it is left out.
        id_of: the id for a row that has none of its own.

    Raises:
        Retry: the broker did not acknowledge; rows since the last `acknowledged` may or may not have arrived.
    """
    sent, portion, row, began = Sent(), 0, None, time.monotonic()
    for row in rows:
        if row.value is not None and not row.value.strip():
            sent.blank += 1
        elif row.value is None or not _send(row, producer, destination, id_of):
            sent.oversize += 1
            oversize(row)
        else:
            portion += 1
        if portion >= PORTION_ROWS or time.monotonic() - began > PORTION_S:
            producer.flush()
            sent.sent, portion, began = sent.sent + portion, 0, time.monotonic()
            acknowledged(row, sent)
    producer.flush()
    sent.sent += portion
    if row is not None:
        acknowledged(row, sent)
    return sent


def _send(row: Row, producer: Producer, destination: Destination, id_of: Callable[[Row], str] | None) -> bool:
    """Hand one row over; False when it is too large for the topic."""
    says = named(row.value, destination.source)
    key = (destination.organization or says.organization_id or "").encode() if destination.keyed else b""
    headers = destination.headers() + (_id_headers(id_of(row)) if id_of and _needs_id(says) else ())
    size = len(row.value) + len(key) + sum(len(name) + len(value) for name, value in headers) + RECORD_OVERHEAD_BYTES
    if size > destination.limit_bytes:
        return False
    producer.send(destination.topic, key=key or None, value=row.value, headers=headers)
    return True


def _needs_id(says: Named) -> bool:
    return says.single and says.event_id is None


def _id_headers(event_id: str) -> Headers:
    """CloudEvents' binary mode: the way to give an event an id without touching its bytes."""
    return (("ce_specversion", b"1.0"), ("ce_id", event_id.encode()), ("ce_type", b"usage.event"), ("ce_source", b"plumbline/import"))
