"""`POST /v1/events`: what the worker would refuse is refused here, at once and line by line; the rest is accepted when the broker has it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import JSONResponse

from schemas import ReasonCode
from streams.decode import Decoded, Decoder, Record, Rejected
from streams.decode.arrivals import ORGANIZATION, SOURCE
from streams.decode.framing import lines_of, refuse_framing
from streams.errors import MissingPart, PlumblineError, Reject, Retry
from streams.kafka.async_producer import Outgoing
from streams.metrics import Metrics
from streams.settings import Settings
from streams.web.access import Access, Sender
from streams.web.bodies import media_type, read_body
from streams.web.problems import Problem

SIDE_BY_SIDE = 8  # requests whose bodies are in memory at a time
ERRORS_SHOWN = 100
RETRY_AFTER = {"Retry-After": "2"}
UNREADABLE = frozenset({
    ReasonCode.BAD_ENCODING, ReasonCode.BAD_JSON, ReasonCode.BAD_NUMBER, ReasonCode.TOO_DEEP, ReasonCode.TOO_MANY_KEYS, ReasonCode.DUPLICATE_KEY,
    ReasonCode.SCHEMA_REGISTRY_FRAMING,
})  # fmt: skip
FOREIGN = frozenset({ReasonCode.ORGANIZATION_MISMATCH, ReasonCode.ORGANIZATION_NOT_BOUND})


class Producer(Protocol):
    """The part of the producer that is used."""

    async def deliver(self, topic: str, records: Sequence[Outgoing]) -> None: ...


class Batch(NamedTuple):
    """A request's lines as records, and what the decoder says of them; a record's offset is its line."""

    records: list[Record]
    decoded: Decoded

    def outgoing(self, *, keyed: bool) -> list[Outgoing]:
        """The lines that hold at least one event, each keyed by its organization if so wished."""
        keys: dict[int, str] = {}
        for located in self.decoded.events:
            keys.setdefault(located.offset, located.event.organization_id)
        return [Outgoing(keys[one.offset].encode() if keyed else None, one.value or b"", one.headers) for one in self.records if one.offset in keys]


class Intake:
    """The endpoint. `producer` delivers, `decoder` is the worker's own."""

    def __init__(self, settings: Settings, access: Access, producer: Producer, metrics: Metrics, now: Callable[[], datetime] | None = None) -> None:
        self._settings, self._access, self._producer, self._metrics = settings, access, producer, metrics
        self._decoder = Decoder(settings.intake, settings.retention)
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)
        self._now = now or (lambda: datetime.now(UTC))

    async def post(self, request: Request) -> JSONResponse:
        """Answer one request.

        Raises:
            Problem: with what the sender can do about it.
        """
        sender, kind = self._access.sender(request), media_type(request)
        if self._turns.locked():
            raise Problem(429, "too-many-requests", f"{SIDE_BY_SIDE} requests are being read; wait and repeat", headers=RETRY_AFTER)
        async with self._turns:
            body = await read_body(request, self._settings.web.max_body_bytes)
            batch = await asyncio.to_thread(self._examine, body, kind, kafka_headers(request, sender, kind))
            self._metrics.intake_events.labels(outcome="rejected").inc(len(batch.decoded.rejects))
            if batch.decoded.rejects and request.query_params.get("partial") != "true":
                raise refused(batch.decoded)
            await self._deliver(batch)
        return self._accepted(batch)

    def _examine(self, body: bytes, kind: str, headers: tuple[tuple[str, bytes], ...]) -> Batch:
        lines = _lines(body, kind)
        if any(name == "ce_id" for name, _ in headers) and len(lines) > 1:
            raise Problem(400, "several-events", "a CloudEvent in binary mode holds one event; send a batch as application/cloudevents-batch+json")
        now, topic = self._now(), self._settings.kafka.events_topic
        records = [Record(topic, 0, number, int(now.timestamp() * 1000), None, line, headers) for number, line in enumerate(lines)]
        return Batch(records, self._decoder.decode(records, now))

    async def _deliver(self, batch: Batch) -> None:
        records = batch.outgoing(keyed=self._settings.kafka.keys == "organization")
        if not records:
            return
        try:
            await self._producer.deliver(self._settings.kafka.events_topic, records)
        except Reject as error:
            raise Problem(413, "event-too-large", error.message) from error
        except (Retry, MissingPart) as error:
            detail = f"{error.what}; nothing is lost if you send the request again"
            raise Problem(503, "broker-unavailable", detail, headers=RETRY_AFTER, cause=error.cause) from error
        except PlumblineError as error:
            raise Problem(500, "intake-misconfigured", error.what, cause=error.cause) from error

    def _accepted(self, batch: Batch) -> JSONResponse:
        decoded = batch.decoded
        filtered = {reason.value: count for reason, count in decoded.filtered.items()}
        self._metrics.intake_events.labels(outcome="accepted").inc(len(decoded.events))
        self._metrics.intake_events.labels(outcome="filtered").inc(sum(filtered.values()))
        answer = {"accepted": len(decoded.events), "rejected": len(decoded.rejects), "filtered": filtered}
        return JSONResponse(answer | ({"errors": errors_of(decoded.rejects)} if decoded.rejects else {}), 202)


def _lines(body: bytes, kind: str) -> list[bytes]:
    try:
        refuse_framing(body)
    except Reject as reject:
        raise Problem(400, reject.reason.value.replace("_", "-"), reject.message) from None
    lines = lines_of(body, kind)
    if not any(line.strip() for line in lines):
        raise Problem(400, "empty-body", "the body holds no event")
    return lines


def kafka_headers(request: Request, sender: Sender, kind: str) -> tuple[tuple[str, bytes], ...]:
    """What the record says of its way in. Of the request's own headers only CloudEvents' (binary mode) and the source pass."""
    return tuple(_headers(request, sender, kind))


def _headers(request: Request, sender: Sender, kind: str) -> Iterator[tuple[str, bytes]]:
    if sender.organization_id is not None:
        yield ORGANIZATION, sender.organization_id.encode()
    if source := request.headers.get(SOURCE):
        yield SOURCE, source.encode()
    binary = [(name, value) for name, value in request.headers.items() if name.startswith("ce-")]
    for name, value in binary:  # HTTP's binding percent-encodes, Kafka's does not
        yield "ce_" + name[3:], unquote_to_bytes(value)
    if binary:
        yield "content-type", kind.encode()


def refused(decoded: Decoded) -> Problem:
    """Why nothing of a request was accepted."""
    rejects, reasons = decoded.rejects, {each.reason for each in decoded.rejects}
    first = rejects[0]
    members: dict[str, Any] = {"errors": errors_of(rejects), "rejected": len(rejects), "readable": len(decoded.events)}
    where = f"line {first.offset + 1}: " if decoded.inputs > 1 else ""
    detail = f"{where}{first.message}"
    if decoded.inputs > 1:
        detail += "; nothing was accepted (with ?partial=true the other events are)"
    if reasons & FOREIGN:
        return Problem(403, "organization-mismatch", detail, **members)
    if ReasonCode.TOO_LARGE in reasons:
        return Problem(413, "event-too-large", detail, **members)
    if reasons <= UNREADABLE:
        return Problem(400, "unreadable-event", detail, **members)
    return Problem(422, "invalid-event", detail, **members)


def errors_of(rejects: Sequence[Rejected]) -> list[dict[str, Any]]:
    """The first of them, each with its line (from 1), its reason code and a message that quotes no content."""
    return [{"line": each.offset + 1, "reason": each.reason.value, "detail": each.message} for each in rejects[:ERRORS_SHOWN]]
