"""Dead letters to their topic: original bytes and headers whole, reason and coordinates beside them."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.decode import Rejected
from streams.privacy import HashKey

LETTER = "plumbline-letter-"  # our headers; what an original has by such a name is not kept


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
        payload, headers = fitted(rejected, self._max_bytes)
        truncated = len(payload) < len(rejected.payload) or len(headers) < len(rejected.headers)
        headers = [pair for pair in headers if not pair[0].startswith(LETTER)]
        headers += letter_headers(rejected, digest, truncated=truncated)
        place = f"{rejected.topic}/{rejected.partition}/{rejected.offset}/{rejected.line}"
        produced = await self._producer.send_and_wait(self._topic, place.encode(), payload, headers=headers)
        return Letter(rejected, digest, truncated, produced.partition, produced.offset)


def fitted(rejected: Rejected, max_bytes: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Payload and headers, of together at most `max_bytes`: first headers that do not fit are left out, then the end of the payload."""
    headers, room = [], max_bytes
    for name, value in rejected.headers:
        size = len(name.encode()) + len(value or b"")
        if size > room:
            break
        headers.append((name, value))
        room -= size
    return rejected.payload[:room], headers


def letter_headers(rejected: Rejected, sha256: str, *, truncated: bool) -> list[tuple[str, bytes]]:
    """The fields of `schemas.DeadLetter` as Kafka headers `plumbline-letter-<field>`."""
    fields = {
        "topic": rejected.topic, "partition": rejected.partition, "offset": rejected.offset, "line": rejected.line,
        "reason": rejected.reason.value, "message": rejected.message, "timestamp_ms": rejected.received_ms,
        "original_bytes": len(rejected.payload), "sha256": sha256, "truncated": "true" if truncated else "false",
    }  # fmt: skip
    return [(f"{LETTER}{name}", str(value).encode()) for name, value in fields.items()]
