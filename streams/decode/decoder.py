"""Records to events. The fast path handles a whole chunk; whatever it refuses is decided, and named, by the careful one.

`Decoder.decode` and `Decoder.decode_careful` give the same answer for every input: the same events, the same rejects with the same reasons and
messages, the same filter counts, in the same order. `decode_careful` is the definition (the standard library's parser, one validation per event);
`decode` may take any short cut that keeps to it (`quick.py`); tests/properties/test_agreement.py holds one against the other. What is worth keeping
in mind when it is made faster:

* the parser may accept less than `parse_careful`, never more, and what it accepts must be equal to the last digit of a float;
* the adapters see the same trees on both ways, and change none of them in place;
* coordinates (line numbers of an envelope, places of replays) are given before anything is rejected or filtered.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from schemas import FilterReason, ReasonCode
from streams.decode import cloud_events
from streams.decode.adapters import ADAPTERS
from streams.decode.adapters.otel_log import log_records
from streams.decode.arrivals import Complete, arrival_of, completed, source_of
from streams.decode.contract import validate
from streams.decode.event import Converter, Event
from streams.decode.framing import lines_of, refuse_framing
from streams.decode.quick import QuickReader
from streams.decode.records import Arrival, Decoded, Located, Record, Rejected
from streams.decode.strict_json import Tree, parse_careful, parse_fast
from streams.errors import Reject
from streams.settings import IntakeSettings, RetentionSettings, TopicBinding

DAYS_PER_MONTH = 30.4375

Parse = Callable[[bytes, IntakeSettings], Tree | None]


class Candidate(NamedTuple):
    """An input on its way: fields that the contract has yet to check."""

    fields: Tree
    arrival: Arrival
    tree: Tree
    line: bytes | None  # its bytes as they came; None when it was one of several in a line
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
        self._intake, self._parse, self._window, self._complete, self._converter = intake, parse, window, complete, converter
        self._window_ms = tuple(int(moment.timestamp() * 1_000) for moment in window)
        self.events: list[Located] = []
        self.rejects: list[Rejected] = []
        self.after: list[int] = []
        self.filtered: Counter[FilterReason] = Counter()

    def decoded(self) -> Decoded:
        return Decoded(self.events, self.rejects, dict(self.filtered), len(self.events) + len(self.rejects) + self.filtered.total(), self.after)

    def admit(self, event: Event, record: Record) -> None:
        """An event that needs nothing but its time checked."""
        if self._window[0] <= event.occurred_at <= self._window[1]:
            self.events.append(Located(event, record.topic, record.partition, record.offset, 0, self._kept(record.timestamp_ms)))
        else:
            self.open_record(record)

    def open_record(self, record: Record) -> None:
        """Split a record and finish each input in it. A defect of ours costs this record only, and says so."""
        if record.value is None:
            self.filtered[FilterReason.TOMBSTONE] += 1
            return
        arrival, events, rejects = arrival_of(record), len(self.events), len(self.rejects)
        try:
            self._open_lines(record, arrival)
        except Reject as reject:
            self._refuse(reject, arrival, record.value, record)
        except Exception as error:  # noqa: BLE001  the border for one record: its neighbours must not suffer
            del self.events[events:], self.rejects[rejects:], self.after[rejects:]
            message = f"reading this record failed with {type(error).__name__}; this is a defect of Plumbline, please report it"
            self._refuse(Reject(ReasonCode.PROCESSING_ERROR, message), arrival, record.value, record)

    def _open_lines(self, record: Record, arrival: Arrival) -> None:
        content_type = arrival.header("content-type")
        refuse_framing(record.value, content_type)
        lines, most = lines_of(record.value, content_type), self._intake.max_events_per_record
        if len(lines) > most:
            raise Reject(ReasonCode.TOO_LARGE, f"{len(lines)} lines or elements; a record holds at most {most} events (intake.max_events_per_record)")
        number = arrival.line
        for line in lines:
            number += self._open_line(line, arrival._replace(line=number), record)

    def _open_line(self, line: bytes, arrival: Arrival, record: Record) -> int:
        """Finish the inputs of one line; returns how many it held."""
        if not line.strip(b" \t\r\n"):
            self.filtered[FilterReason.BLANK_LINE] += 1
            return 1
        try:
            found = self._objects(line, arrival)
        except Reject as reject:
            self._refuse(reject, arrival, line, record)
            return 1
        if not found.trees:  # an export request without records
            self.filtered[FilterReason.NOT_USAGE] += 1
            return 1
        for index in range(len(found.trees)):
            self._open_object(found, index, arrival._replace(line=arrival.line + index), line, record)
        return len(found.trees)

    def _objects(self, line: bytes, arrival: Arrival) -> "_Objects":
        tree, event, first = self._json(line), cloud_events.from_headers(arrival), arrival.line
        if cloud_events.is_structured(tree, arrival.header("content-type")):
            (event, data), first = cloud_events.structured(tree), 0
            tree = self._json(data) if isinstance(data, bytes) else data
            if not isinstance(tree, dict):
                raise Reject(ReasonCode.NOT_AN_OBJECT, "the data of the CloudEvent is no JSON object")
        exported, most = log_records(tree), self._intake.max_events_per_record
        if exported is not None and len(exported) > most:
            raise Reject(ReasonCode.TOO_LARGE, f"{len(exported)} log records; one export holds at most {most} (intake.max_events_per_record)")
        return _Objects([tree], event, first, "") if exported is None else _Objects(exported, event, first, "otel.log")

    def _json(self, line: bytes) -> Tree:
        if len(line) > self._intake.max_event_bytes:
            raise Reject(ReasonCode.TOO_LARGE, f"{len(line)} bytes; an event has at most {self._intake.max_event_bytes} (intake.max_event_bytes)")
        tree = self._parse(line, self._intake)
        return parse_careful(line, self._intake) if tree is None else tree

    def _open_object(self, found: "_Objects", index: int, arrival: Arrival, line: bytes, record: Record) -> None:
        tree, event = found.trees[index], found.event.numbered(found.first + index)
        whole = line if len(found.trees) == 1 else None
        try:
            fields = self._fields(tree, arrival, event, found.source)
        except Reject as reject:
            self._refuse(reject, arrival, _bytes_of(tree, whole), record)
            return
        if fields is None:
            self.filtered[FilterReason.NOT_USAGE] += 1
        else:
            self._finish(Candidate(fields, arrival, tree, whole, record))

    def _fields(self, tree: Any, arrival: Arrival, event: cloud_events.Envelope, source: str) -> Tree | None:
        if not isinstance(tree, dict):
            raise Reject(ReasonCode.NOT_AN_OBJECT, "a log record is a JSON object")
        fields = ADAPTERS[source or source_of(tree, arrival, event)](tree, arrival)
        binding = self._intake.topics.get(arrival.topic, TopicBinding())
        return None if fields is None else completed(fields, arrival, event, binding, self._complete)

    def _finish(self, candidate: Candidate) -> None:
        """Check a candidate against the contract and the time window."""
        try:
            event = (self._converter and self._converter.event(candidate.fields)) or validate(candidate.fields)
            self._check_time(event.occurred_at)
        except Reject as reject:
            self._refuse(reject, candidate.arrival, _bytes_of(candidate.tree, candidate.line), candidate.record)
            return
        self.events.append(Located(event, *self._place(candidate.arrival)))

    def _check_time(self, moment: datetime) -> None:
        oldest, newest = self._window
        if moment < oldest:
            raise Reject(ReasonCode.TOO_OLD, f"occurred_at {moment:%Y-%m-%d} is before retention, which begins {oldest:%Y-%m-%d}; is its unit right?")
        if moment > newest:
            ahead = self._intake.max_ahead_s
            raise Reject(
                ReasonCode.TOO_FAR_AHEAD, f"occurred_at {moment.isoformat()} is more than {ahead} s ahead; check the sender's clock and unit"
            )

    def _place(self, arrival: Arrival) -> tuple[str, int, int, int, int]:
        return *arrival[:4], self._kept(arrival.received_ms)

    def _kept(self, millis: int) -> int:
        """A record's time, kept within the window: producers stamp what they like, tables cannot hold it."""
        earliest, latest = self._window_ms
        return max(earliest, min(millis, latest))

    def _refuse(self, reject: Reject, arrival: Arrival, payload: bytes, record: Record) -> None:
        self.after.append(len(self.events))
        self.rejects.append(Rejected(*self._place(arrival), reject.reason, reject.message, payload, record.headers))


class _Objects(NamedTuple):
    """The objects in one line."""

    trees: list[Any]
    event: cloud_events.Envelope  # what a CloudEvent around them says
    first: int  # the number that the first of them has within that CloudEvent
    source: str  # the adapter's name where the line itself tells it


def _bytes_of(tree: Any, line: bytes | None) -> bytes:
    """The bytes of an input: as they came, or of its part of a line that held several."""
    return line if line is not None else json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()
