"""Dead letters to their topic: original bytes and headers whole, reason and coordinates beside them."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.decode import Rejected
from streams.privacy import HashKey

HEADER = "plumbline-"
HEADROOM_BYTES = 16_384  # for our headers, the record's framing, and the original headers beyond the value


class Produced(Protocol):
    """Where the broker put a record."""

    partition: int
    offset: int


class LetterProducer(Protocol):
    """The part of Faust's producer that is used: returns after the broker acknowledged (acks=all)."""

    async def send_and_wait(self, topic: str, key: bytes, value: bytes, *, headers: list[tuple[str, bytes]]) -> Produced: ...


class Letter(NamedTuple):
    """A dead letter that the broker has acknowledged, and where its bytes are."""

    rejected: Rejected
    sha256: str
    truncated: bool
    partition: int
    offset: int


class Letters:
    """Sends dead letters to `topic`; a value that the broker would refuse is cut, says so, and cannot be replayed."""

    def __init__(self, producer: LetterProducer, topic: str, key: HashKey, max_bytes: int) -> None:
        self._producer, self._topic, self._key, self._max_bytes = producer, topic, key, max_bytes

    async def send(self, rejects: Sequence[Rejected]) -> list[Letter]:
        """Send and wait for the acknowledgement of all."""
        return list(await asyncio.gather(*map(self._send, rejects)))

    async def _send(self, rejected: Rejected) -> Letter:
        digest = self._key.of_input(rejected.payload)
        room = self._max_bytes - sum(len(name) + len(value or b"") for name, value in rejected.headers)
        truncated = len(rejected.payload) > room
        payload = rejected.payload[: max(room, 0)] if truncated else rejected.payload
        headers = [pair for pair in rejected.headers if not pair[0].startswith(HEADER + "letter-")]
        headers += letter_headers(rejected, digest, truncated=truncated)
        place = f"{rejected.topic}/{rejected.partition}/{rejected.offset}/{rejected.line}"
        produced = await self._producer.send_and_wait(self._topic, place.encode(), payload, headers=headers)
        return Letter(rejected, digest, truncated, produced.partition, produced.offset)


def letter_headers(rejected: Rejected, sha256: str, *, truncated: bool) -> list[tuple[str, bytes]]:
    """The fields of `schemas.DeadLetter` as Kafka headers `plumbline-letter-<field>`."""
    fields = {
        "topic": rejected.topic, "partition": rejected.partition, "offset": rejected.offset, "line": rejected.line,
        "reason": rejected.reason.value, "message": rejected.message, "original_bytes": len(rejected.payload), "sha256": sha256,
        "truncated": "true" if truncated else "false",
    }  # fmt: skip
    return [(f"{HEADER}letter-{name}", str(value).encode()) for name, value in fields.items()]
