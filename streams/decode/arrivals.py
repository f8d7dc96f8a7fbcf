"""What the way in says of an input: its place, its source, whose it is, and the id and time that it lacks."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from schemas import ReasonCode
from streams.decode.adapters import ADAPTERS, by_shape
from streams.decode.cloud_events import Envelope
from streams.decode.records import Arrival, Record
from streams.errors import Reject
from streams.settings import TopicBinding

# Fills in place what a source left out, before the contract is checked.
Complete = Callable[[dict[str, Any], Arrival], None]

SOURCE, ORGANIZATION, REPLAY_OF = "plumbline-source", "plumbline-organization", "plumbline-replay-of"
MAX_ID = 256  # code points of an identifier in the contract
# Where numbers of a replay's place must fit in ClickHouse: partition and line UInt32, offset UInt64, time in milliseconds.
_LIMITS = (2**31 - 1, 2**63 - 1, 2**32 - 1, 253_402_300_799_000)


def arrival_of(record: Record) -> Arrival:
    """Coordinates, time and headers; a replayed dead letter has those of its original."""
    headers = {name.lower(): value for name, value in record.headers}
    arrival = Arrival(record.topic, record.partition, record.offset, 0, record.timestamp_ms, headers)
    return _original(arrival, headers[REPLAY_OF]) if REPLAY_OF in headers else arrival


def _original(arrival: Arrival, header: bytes) -> Arrival:
    """`topic/partition/offset/line/milliseconds` of the original. Another topic's place is not believed: topics decide whose an event is."""
    topic, *numbers = header.decode("utf-8", "replace").split("/")
    fits = len(numbers) == len(_LIMITS) and all(number.isascii() and number.isdigit() and len(number) < 20 for number in numbers)
    if topic != arrival.topic or not fits or any(int(number) > limit for number, limit in zip(numbers, _LIMITS, strict=True)):
        return arrival
    partition, offset, line, millis = map(int, numbers)
    return arrival._replace(partition=partition, offset=offset, line=line, received_ms=millis)


def source_of(tree: dict[str, Any], arrival: Arrival, event: Envelope) -> str:
    """The adapter's name: from the header, the CloudEvents type, the `source` of a pair (in our own JSON it tells who read it), else the shape.

    Raises:
        Reject: a header names a source that does not exist.
    """
    if named := arrival.header(SOURCE):
        if named not in ADAPTERS:
            raise Reject(ReasonCode.UNKNOWN_SOURCE, f"header {SOURCE} names no source; known are {', '.join(sorted(ADAPTERS))}")
        return named
    for name in ADAPTERS:
        if event.type == name or event.type.endswith("." + name):
            return name
    stated = tree.get("source")
    is_pair = "request" in tree or "response" in tree
    return stated if is_pair and isinstance(stated, str) and stated in ADAPTERS else by_shape(tree)


def completed(fields: dict[str, Any], arrival: Arrival, event: Envelope, binding: TopicBinding, complete: Complete | None = None) -> dict[str, Any]:
    """The fields with what the way in knows: organization, and id and time where the source gives none.

    Raises:
        Reject: it is not clear whose event it is.
    """
    fields["organization_id"] = bound_organization(binding, arrival.header(ORGANIZATION), fields.get("organization_id"))
    if fields["organization_id"] is None:
        del fields["organization_id"]
    if fields.get("event_id") is None and event.event_id:
        fields["event_id"] = _id_of(event)
    if fields.get("occurred_at") is None and event.time:
        fields["occurred_at"] = event.time
    if complete:
        complete(fields, arrival)
    if fields.get("event_id") is None:
        fields["event_id"] = _id_of_place(arrival)
    return fields


def _id_of_place(arrival: Arrival) -> str:
    """Place and time of the record: a topic that was deleted and made anew has the same offsets again, for other records."""
    return _fitting(f"{arrival.topic}-{arrival.partition}-{arrival.offset}-{arrival.line}-{arrival.received_ms}")


def _id_of(event: Envelope) -> str:
    """CloudEvents are told apart by source and id together."""
    return _fitting(f"{event.source}#{event.event_id}")


def _fitting(name: str) -> str:
    return name if len(name) <= MAX_ID else sha256(name.encode()).hexdigest()


def bound_organization(binding: TopicBinding, header: str, stated: Any) -> Any:
    """Whose event it is. The topic's binding rules; a trusted topic takes the intake's header, else what the payload says.

    Raises:
        Reject: the payload names another organization, or nobody vouches for it.
    """
    bound = binding.organization_id or (header if binding.trusted else "")
    if bound:
        if stated is not None and stated != bound:
            raise Reject(ReasonCode.ORGANIZATION_MISMATCH, "the payload names another organization than the one that this way in is bound to")
        return bound
    if not binding.trusted:
        raise Reject(ReasonCode.ORGANIZATION_NOT_BOUND, "this topic is neither bound to an organization nor marked as trusted (intake.topics)")
    return stated
