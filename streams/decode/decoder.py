"""Records to events. The fast path handles a whole chunk; whatever it refuses is decided, and named, by the careful one."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from schemas import FilterReason, ReasonCode
from streams.decode import cloud_events
from streams.decode.adapters import ADAPTERS, by_shape
from streams.decode.adapters.otel_log import log_records
from streams.decode.contract import validate
from streams.decode.event import Converter, Event
from streams.decode.framing import lines_of, refuse_framing
from streams.decode.quick import QuickReader
from streams.decode.records import Arrival, Decoded, Located, Record, Rejected
from streams.decode.strict_json import Tree, parse_careful, parse_fast
from streams.errors import Reject
from streams.settings import IntakeSettings, RetentionSettings, TopicBinding

DAYS_PER_MONTH = 30.4375
SOURCE, ORGANIZATION, REPLAY_OF = "plumbline-source", "plumbline-organization", "plumbline-replay-of"

Parse = Callable[[bytes, IntakeSettings], Tree | None]
# Fills in place what a source left out, before the contract is checked.
Complete = Callable[[Tree, Arrival], None]


class Candidate(NamedTuple):
    """An input on its way: fields that the contract has yet to check."""

    fields: Tree
    arrival: Arrival
    tree: Tree
    line: bytes | None  # the input's own bytes, unless it was part of a larger document
    record: Record


class Decoder:
    """Decodes chunks of records. Holds no state between chunks. `complete`, if given, fills what the stream would insist on."""

    def __init__(self, intake: IntakeSettings, retention: RetentionSettings, *, complete: Complete | None = None) -> None:
        self._intake, self._complete = intake, complete
        self._oldest = timedelta(days=retention.events_months * DAYS_PER_MONTH)
        self._newest = timedelta(seconds=intake.max_ahead_s)
        self._converter = Converter()
        self._quick = QuickReader(intake, self._converter)

    def decode(self, records: Sequence[Record], now: datetime) -> Decoded:
        """Every input of the records as an event, a reject or a filter count; never raises for what is in them."""
        work = _Work(self._intake, parse_fast, self._window(now), self._complete, self._converter)
        for record, event in zip(records, self._quick.events(records), strict=True):
            if event is None:
                work.open_record(record)
            else:
                work.admit(event, record)
        return work.decoded()

    def decode_careful(self, records: Sequence[Record], now: datetime) -> Decoded:
        """The reference: the same answer from the standard library's parser and the contract alone."""
        work = _Work(self._intake, lambda _line, _limits: None, self._window(now), self._complete, None)
        for record in records:
            work.open_record(record)
        return work.decoded()

    def _window(self, now: datetime) -> tuple[datetime, datetime]:
        return now - self._oldest, now + self._newest


class _Work:
    """One chunk while it is decoded."""

    def __init__(
        self, intake: IntakeSettings, parse: Parse, window: tuple[datetime, datetime], complete: Complete | None, converter: Converter | None
    ) -> None:
        self._intake, self._parse, self._window, self._complete_more, self._converter = intake, parse, window, complete, converter
        self.events: list[Located] = []
        self.rejects: list[Rejected] = []
        self.filtered: Counter[FilterReason] = Counter()

    def decoded(self) -> Decoded:
        return Decoded(self.events, self.rejects, dict(self.filtered), len(self.events) + len(self.rejects) + self.filtered.total())

    def admit(self, event: Event, record: Record) -> None:
        """An event that needs nothing but its time checked."""
        if self._window[0] <= event.occurred_at <= self._window[1]:
            self.events.append(Located(event, record.topic, record.partition, record.offset, 0, record.timestamp_ms))
        else:
            self.open_record(record)

    def open_record(self, record: Record) -> None:
        """Split a record and finish each input in it."""
        if record.value is None:
            self.filtered[FilterReason.TOMBSTONE] += 1
            return
        arrival = arrival_of(record)
        try:
            refuse_framing(record.value)
            lines = lines_of(record.value, arrival.header("content-type"))
        except Reject as reject:
            self._refuse(reject, arrival, record.value, record)
            return
        number = arrival.line
        for line in lines:
            number += self._open_line(line, arrival._replace(line=number), record)

    def _open_line(self, line: bytes, arrival: Arrival, record: Record) -> int:
        """Finish the inputs of one line; returns how many it held."""
        if not line.strip(b" \t\r\n"):
            self.filtered[FilterReason.BLANK_LINE] += 1
            return 1
        inputs = 0
        try:
            for tree, envelope in self._trees(line, arrival):
                place = arrival._replace(line=arrival.line + inputs)
                inputs += 1
                whole = line if inputs == 1 and envelope.single else None
                self._open_tree(tree, place, envelope.event, whole, record)
        except Reject as reject:
            self._refuse(reject, arrival._replace(line=arrival.line + inputs), line, record)
            inputs += 1
        if not inputs:  # an export request without records
            self.filtered[FilterReason.NOT_USAGE] += 1
        return max(inputs, 1)

    def _trees(self, line: bytes, arrival: Arrival) -> Iterator[tuple[Tree, "_Wrapped"]]:
        tree, event = self._json(line), cloud_events.from_headers(arrival)
        if cloud_events.is_structured(tree):
            event, data = cloud_events.structured(tree)
            tree = self._json(data) if isinstance(data, bytes) else data
            if not isinstance(tree, dict):
                raise Reject(ReasonCode.NOT_AN_OBJECT, "the data of the CloudEvent is no JSON object")
        exported = log_records(tree)
        if exported is None:
            yield tree, _Wrapped(event, True)
            return
        for record in exported:
            yield record, _Wrapped(event, False)

    def _json(self, line: bytes) -> Tree:
        if len(line) > self._intake.max_event_bytes:
            raise Reject(ReasonCode.TOO_LARGE, f"{len(line)} bytes; an event has at most {self._intake.max_event_bytes}")
        tree = self._parse(line, self._intake)
        return parse_careful(line, self._intake) if tree is None else tree

    def _open_tree(self, tree: Tree, arrival: Arrival, event: cloud_events.Envelope, line: bytes | None, record: Record) -> None:
        try:
            adapted = ADAPTERS[source_of(tree, arrival, event)](tree, arrival)
            if adapted is None:
                self.filtered[FilterReason.NOT_USAGE] += 1
                return
            fields = self._complete(adapted, arrival, event)
        except Reject as reject:
            self._refuse(reject, arrival, _bytes_of(tree, line), record)
            return
        self._finish(Candidate(fields, arrival, tree, line, record))

    def _complete(self, fields: Tree, arrival: Arrival, event: cloud_events.Envelope) -> Tree:
        """Fill what the way in knows: organization, id, time."""
        binding = self._intake.topics.get(arrival.topic, TopicBinding())
        fields["organization_id"] = bound_organization(binding, arrival.header(ORGANIZATION), fields.get("organization_id"))
        if fields["organization_id"] is None:
            del fields["organization_id"]
        if fields.get("event_id") is None and event.event_id:
            fields["event_id"] = event.event_id
        if fields.get("occurred_at") is None and event.time:
            fields["occurred_at"] = event.time
        if self._complete_more:
            self._complete_more(fields, arrival)
        if fields.get("event_id") is None:
            fields["event_id"] = f"{arrival.topic}-{arrival.partition}-{arrival.offset}-{arrival.line}"
        return fields

    def _finish(self, candidate: Candidate) -> None:
        """Check a candidate against the contract and the time window."""
        arrival = candidate.arrival
        try:
            event = (self._converter and self._converter.event(candidate.fields)) or validate(candidate.fields)
            self._check_time(event.occurred_at)
        except Reject as reject:
            self._refuse(reject, arrival, _bytes_of(candidate.tree, candidate.line), candidate.record)
            return
        self.events.append(Located(event, *arrival[:5]))

    def _check_time(self, moment: datetime) -> None:
        oldest, newest = self._window
        if moment < oldest:
            raise Reject(ReasonCode.TOO_OLD, f"occurred_at {moment:%Y-%m-%d} is before retention, which begins {oldest:%Y-%m-%d}; is its unit right?")
        if moment > newest:
            ahead = self._intake.max_ahead_s
            raise Reject(
                ReasonCode.TOO_FAR_AHEAD, f"occurred_at {moment.isoformat()} is more than {ahead} s ahead; check the sender's clock and unit"
            )

    def _refuse(self, reject: Reject, arrival: Arrival, payload: bytes, record: Record) -> None:
        self.rejects.append(Rejected(*arrival[:5], reject.reason, reject.message, payload, record.headers))


class _Wrapped(NamedTuple):
    event: cloud_events.Envelope
    single: bool  # the line is one input, so its bytes are the input's


def arrival_of(record: Record) -> Arrival:
    """Coordinates and headers; a replayed dead letter has the coordinates of its original."""
    headers = {name.lower(): value for name, value in record.headers}
    place: tuple[str, int, int, int] = (record.topic, record.partition, record.offset, 0)
    if replayed := headers.get(REPLAY_OF):
        topic, *numbers = replayed.decode("utf-8", "replace").split("/")
        if len(numbers) == 3 and all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers):
            place = (topic, int(numbers[0]), int(numbers[1]), int(numbers[2]))
    return Arrival(*place, record.timestamp_ms, headers)


def source_of(tree: Tree, arrival: Arrival, event: cloud_events.Envelope) -> str:
    """The adapter's name: from the header, the CloudEvents type, the `source` field of a pair, else from the shape.

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
    return stated if isinstance(stated, str) and stated in ADAPTERS else by_shape(tree)


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


def _bytes_of(tree: Tree, line: bytes | None) -> bytes:
    return line if line is not None else json.dumps(tree, ensure_ascii=False).encode()
