"""Decided events to Arrow tables, one per ClickHouse table, columns named as in sql/migrations/0001_landing.sql.

Events are built column by column, since nearly all of them have no finding; the few rows of verdicts and excerpts are built as rows. Repeated labels
become dictionary columns, which ClickHouse reads straight into LowCardinality.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import xxhash

from schemas import Detection, Tag
from streams.decode import Context, Event, Located
from streams.landing.similarity import simhash
from streams.landing.spans import RunSpan, shadow_run_id
from streams.policy import Finding
from streams.privacy import HashKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
MILLIS = pa.timestamp("ms", tz="UTC")
_LABEL = pa.dictionary(pa.int32(), pa.string())
_LABELS = pa.list_(pa.string())

EVENTS = pa.schema([
    ("organization_id", _LABEL), ("event_id", pa.string()), ("occurred_at", MILLIS), ("content_hash", pa.uint64()), ("event_key", pa.uint64()),
    ("user_hash", pa.uint64()), ("api_key_hash", pa.uint64()), ("conversation_hash", pa.uint64()), ("key_version", pa.uint8()),
    ("operation", _LABEL), ("provider", _LABEL), ("model", _LABEL), ("audience", _LABEL), ("organization_type", _LABEL),
    ("declared_use_case", _LABEL), ("safeguards", _LABELS), ("end_user_age", _LABEL), ("country", _LABEL),
    ("input_tokens", pa.uint32()), ("output_tokens", pa.uint32()), ("input_length", pa.uint32()), ("output_length", pa.uint32()),
    ("text_hash", pa.uint64()), ("similarity", pa.uint64()),
    ("detections.category", _LABELS), ("detections.score", pa.list_(pa.float32())), ("detections.rule", _LABELS),
    ("detections.rule_version", pa.list_(pa.uint16())), ("detections.field", _LABELS), ("detections.start", pa.list_(pa.uint32())),
    ("detections.end", pa.list_(pa.uint32())),
    ("pack_hash", _LABEL), ("source", _LABEL), ("schema_version", pa.uint8()), ("kafka_topic", _LABEL), ("kafka_partition", pa.uint32()),
    ("kafka_offset", pa.uint64()), ("kafka_line", pa.uint32()), ("received_at", MILLIS), ("landed_at", MILLIS),
])  # fmt: skip
VERDICTS = pa.schema([
    ("run_id", _LABEL), ("organization_id", _LABEL), ("event_id", pa.string()), ("occurred_at", MILLIS), ("content_hash", pa.uint64()),
    ("event_key", pa.uint64()), ("category", _LABEL), ("outcome", _LABEL), ("severity", _LABEL), ("score", pa.float32()), ("revision", _LABEL),
    ("clause", _LABEL), ("rule", _LABEL), ("rule_version", pa.uint16()), ("missing_safeguards", _LABELS), ("excused_by", _LABEL),
    ("field", _LABEL), ("start", pa.uint32()), ("end", pa.uint32()), ("user_hash", pa.uint64()), ("api_key_hash", pa.uint64()),
    ("model", _LABEL), ("country", _LABEL), ("audience", _LABEL), ("organization_type", _LABEL), ("declared_use_case", _LABEL),
    ("similarity", pa.uint64()), ("pack_hash", _LABEL), ("landed_at", MILLIS),
])  # fmt: skip
EXCERPTS = pa.schema([
    ("organization_id", _LABEL), ("event_id", pa.string()), ("occurred_at", MILLIS), ("content_hash", pa.uint64()), ("rule", _LABEL),
    ("field", _LABEL), ("start", pa.uint32()), ("end", pa.uint32()), ("excerpt", pa.string()),
])  # fmt: skip


class Landing(NamedTuple):
    """What all rows of one call share."""

    span: RunSpan
    key: HashKey
    landed_ms: int  # version of the rows: of two copies the later one is kept
    excerpts_from_ms: int | None  # excerpts of older events have expired; None stores no excerpt at all


def tables_of(located: Sequence[Located], findings: Mapping[int, Finding], landing: Landing) -> dict[str, pa.Table]:
    """ClickHouse table name -> Arrow table; empty ones left out.

    Args:
        located: the events.
        findings: by index into `located`, for those in which anything was found.
        landing: the run and the key that they land with.
    """
    if not located:
        return {}
    shared = _Shared.of(located, landing.key)
    marks = {index: _Marks.of(located[index].event, landing.key) for index in findings}
    tables = {"events": _events(located, findings, shared, marks, landing)}
    found = [_Found(located[index].event, finding, shared.row(index), marks[index]) for index, finding in findings.items()]
    verdicts = [_verdict_row(one, tag, landing.span.run_id, one.finding.revision, landing) for one in found for tag in one.finding.tags]
    verdicts += [row for one in found for row in _shadow_rows(one, landing)]
    if verdicts:
        tables["verdicts"] = verdicts_table(verdicts)
    since = landing.excerpts_from_ms
    excerpts = [row for one in found if since is not None and one.row.occurred >= since for row in _excerpt_rows(one)]
    if excerpts:
        tables["excerpts"] = _rows_table(EXCERPTS, excerpts)
    return tables


class _Row(NamedTuple):
    """Values of one event that several tables repeat."""

    occurred: int
    content_hash: int
    event_key: int
    user: int
    api_key: int


class _Shared(NamedTuple):
    """The same, for all events, as columns."""

    occurred: np.ndarray  # int64, milliseconds since 1970
    content_hash: list[int]
    event_key: list[int]
    user: list[int]
    api_key: list[int]

    @classmethod
    def of(cls, located: Sequence[Located], key: HashKey) -> "_Shared":
        events, of_id = [one.event for one in located], key.of_id
        seconds = np.fromiter((event.occurred_at.timestamp() for event in events), dtype=np.float64, count=len(events))
        return cls(
            occurred=np.rint(seconds * 1e6).astype(np.int64) // 1_000,
            content_hash=[key.of_bytes(_ENCODER.encode(event)) for event in events],
            event_key=[event_key(event.organization_id, event.event_id) for event in events],
            user=[of_id(event.organization_id, event.user_id) for event in events],
            api_key=[of_id(event.organization_id, event.api_key_id) for event in events],
        )

    def row(self, index: int) -> _Row:
        return _Row(int(self.occurred[index]), self.content_hash[index], self.event_key[index], self.user[index], self.api_key[index])


class _Marks(NamedTuple):
    """What makes texts comparable without keeping them; only where something was found."""

    text_hash: int
    similarity: int

    @classmethod
    def of(cls, event: Event, key: HashKey) -> "_Marks":
        asked = "\n".join(text for name, text in event.content() if not name.startswith("output"))
        if not asked:
            return cls(0, 0)
        return cls(key.of_bytes(" ".join(asked.casefold().split()).encode()), simhash(asked))


class _Found(NamedTuple):
    event: Event
    finding: Finding
    row: _Row
    marks: _Marks


def event_key(organization_id: str, event_id: str) -> int:
    """The 64 bits that signals count; in SQL: `xxHash64(concat(organization_id, '\\0', event_id))`."""
    return xxhash.xxh64_intdigest(f"{organization_id}\0{event_id}".encode())


def to_millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down, as DateTime64(3) stores it."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000 + delta.microseconds // 1_000


def _events(located: Sequence[Located], findings: Mapping[int, Finding], shared: _Shared, marks: Mapping[int, _Marks], landing: Landing) -> pa.Table:
    """The table `events`: one array per column of EVENTS, by name."""
    events, count = [one.event for one in located], len(located)
    columns: dict[str, Any] = {
        "organization_id": [event.organization_id for event in events],
        "event_id": [event.event_id for event in events],
        "occurred_at": shared.occurred,
        "content_hash": shared.content_hash,
        "event_key": shared.event_key,
        "user_hash": shared.user,
        "api_key_hash": shared.api_key,
        "conversation_hash": [landing.key.of_id(event.organization_id, event.conversation_id) for event in events],
        "operation": [event.operation for event in events],
        "provider": [event.provider for event in events],
        "model": [event.model for event in events],
        "input_tokens": [event.usage.input_tokens for event in events],
        "output_tokens": [event.usage.output_tokens for event in events],
        "source": [event.source for event in events],
        "schema_version": [event.schema_version for event in events],
        "kafka_topic": [one.topic for one in located],
        "kafka_partition": [one.partition for one in located],
        "kafka_offset": [one.offset for one in located],
        "kafka_line": [one.line for one in located],
        "received_at": np.fromiter((one.received_ms for one in located), dtype=np.int64, count=count),
        "text_hash": _sparse(count, {index: mark.text_hash for index, mark in marks.items()}),
        "similarity": _sparse(count, {index: mark.similarity for index, mark in marks.items()}),
        **_lengths(events),
        **_contexts([event.context for event in events]),
        **_detections(count, findings),
    }
    constants = {"key_version": landing.key.version, "pack_hash": landing.span.pack_hash, "landed_at": landing.landed_ms}
    arrays = [_array(spec, columns[spec.name]) if spec.name in columns else _constant(spec, constants[spec.name], count) for spec in EVENTS]
    return pa.Table.from_arrays(arrays, schema=EVENTS)


def _array(spec: pa.Field, values: Any) -> pa.Array:
    if isinstance(values, pa.Array):
        return values.dictionary_encode() if pa.types.is_dictionary(spec.type) else values
    if pa.types.is_dictionary(spec.type):
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, spec.type)


def _constant(spec: pa.Field, value: Any, count: int) -> pa.Array:
    if pa.types.is_dictionary(spec.type):
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int32)), pa.array([value], pa.string()))
    return pa.repeat(pa.scalar(value, spec.type), count)


def _sparse(count: int, values: Mapping[int, int]) -> np.ndarray:
    """Zeros but for a few."""
    column = np.zeros(count, dtype=np.uint64)
    for index, value in values.items():
        column[index] = value
    return column


def _lengths(events: Sequence[Event]) -> dict[str, list[int]]:
    """Code points that were asked and answered."""
    asked, answered = [], []
    for event in events:
        if event.input is None and event.output is None and event.system is None:  # most events
            asked.append(len(event.text) if event.text else 0)
            answered.append(0)
            continue
        output = sum(len(text) for name, text in event.content() if name.startswith("output"))
        asked.append(sum(len(text) for _, text in event.content()) - output)
        answered.append(output)
    return {"input_length": asked, "output_length": answered}


def _contexts(contexts: Sequence[Context]) -> dict[str, pa.Array]:
    """The context's columns, by way of the few different contexts of a chunk."""
    numbers: dict[Context, int] = {}
    which = pa.array([numbers.setdefault(context, len(numbers)) for context in contexts], pa.int32())
    different = {name: pa.array([getattr(each, name) for each in numbers], pa.string()).fill_null("") for name in _CONTEXT_LABELS}
    safeguards = pa.array([sorted(each.safeguards) for each in numbers], _LABELS)
    return {name: values.take(which) for name, values in {**different, "safeguards": safeguards}.items()}


_CONTEXT_LABELS = ("audience", "organization_type", "declared_use_case", "end_user_age", "country")


def _detections(count: int, findings: Mapping[int, Finding]) -> dict[str, pa.Array]:
    """The nested columns `detections.*`: lists that are empty but for a few."""
    sizes, all_found = np.zeros(count, dtype=np.int32), []
    for index in sorted(findings):
        sizes[index] = len(findings[index].detections)
        all_found.extend(findings[index].detections)
    offsets = pa.array(np.concatenate(([0], np.cumsum(sizes))).astype(np.int32))
    places = [_first_evidence(detection) for detection in all_found]
    values = {
        "category": [detection.category for detection in all_found],
        "score": [detection.score for detection in all_found],
        "rule": [detection.rule for detection in all_found],
        "rule_version": [detection.rule_version for detection in all_found],
        "field": [place[0] for place in places],
        "start": [place[1] for place in places],
        "end": [place[2] for place in places],
    }
    types = {name: EVENTS.field(f"detections.{name}").type.value_type for name in values}
    return {f"detections.{name}": pa.ListArray.from_arrays(offsets, pa.array(each, types[name])) for name, each in values.items()}


def verdicts_table(rows: Sequence[tuple]) -> pa.Table:
    """Rows for the table `verdicts`, in the order of VERDICTS; not empty."""
    return _rows_table(VERDICTS, rows)


def _rows_table(schema: pa.Schema, rows: Iterable[tuple]) -> pa.Table:
    return pa.Table.from_arrays([_array(spec, values) for spec, values in zip(schema, zip(*rows, strict=True), strict=True)], schema=schema)


def _shadow_rows(one: _Found, landing: Landing) -> Iterator[tuple]:
    """What the pack's shadow says, in a run of its own that is never current."""
    if one.finding.shadow:
        revision, tags = one.finding.shadow
        for tag in tags:
            yield _verdict_row(one, tag, shadow_run_id(landing.span.pack_hash), revision, landing)


def _verdict_row(one: _Found, tag: Tag, run_id: str, revision: str, landing: Landing) -> tuple:
    event, context, row = one.event, one.event.context, one.row
    return (
        run_id, event.organization_id, event.event_id, row.occurred, row.content_hash, row.event_key, tag.category,
        tag.outcome.value, tag.severity.value, tag.score, revision, tag.clause, tag.rule, tag.rule_version,
        [safeguard.value for safeguard in tag.missing_safeguards], tag.excused_by or "", *_first_evidence(tag), row.user, row.api_key,
        event.model, context.country or "", context.audience, context.organization_type, context.declared_use_case,
        one.marks.similarity, landing.span.pack_hash, landing.landed_ms,
    )  # fmt: skip


def _excerpt_rows(one: _Found) -> Iterator[tuple]:
    event, seen = one.event, set()
    for found in (*one.finding.detections, *one.finding.tags):
        for evidence in found.evidence:
            place = (found.rule, evidence.field, evidence.start, evidence.end)
            if evidence.excerpt and place not in seen:
                seen.add(place)
                yield event.organization_id, event.event_id, one.row.occurred, one.row.content_hash, *place, evidence.excerpt


def _first_evidence(found: Detection | Tag) -> tuple[str, int, int]:
    return (found.evidence[0].field, found.evidence[0].start, found.evidence[0].end) if found.evidence else ("", 0, 0)
