"""What goes into and comes out of the decoder."""

from typing import NamedTuple

from schemas import FilterReason, ReasonCode
from streams.decode.event import Event

Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """One Kafka record; `timestamp_ms` is the broker's, milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Located(NamedTuple):
    """An event and where it came from: `line` counts from 0 inside an envelope."""

    event: Event
    topic: str
    partition: int
    offset: int
    line: int
    received_ms: int


class Rejected(NamedTuple):
    """An input that cannot land: where it came from, why, and its bytes."""

    topic: str
    partition: int
    offset: int
    line: int
    received_ms: int
    reason: ReasonCode
    message: str
    payload: bytes
    headers: Headers


class Decoded(NamedTuple):
    """`inputs` = len(`events`) + len(`rejects`) + sum of `filtered`, always. `after`: for each reject, how many events came before it."""

    events: list[Located]
    rejects: list[Rejected]
    filtered: dict[FilterReason, int]
    inputs: int
    after: list[int]


class Arrival(NamedTuple):
    """What the way in adds to an input: coordinates of the original (a replay keeps them), record time, headers by lower-case name."""

    topic: str
    partition: int
    offset: int
    line: int
    received_ms: int
    headers: dict[str, bytes]

    def header(self, name: str) -> str:
        """A header as text, or an empty string."""
        return self.headers.get(name, b"").decode("utf-8", "replace")
