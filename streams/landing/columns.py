"""Decided events to Arrow tables, one per ClickHouse table, columns named as in sql/migrations/0001_landing.sql.

The batch is built column by column; repeated labels become dictionary columns, which ClickHouse reads straight into LowCardinality.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import xxhash

from schemas import Detection, Tag, UsageEvent
from streams.decode import Located
from streams.landing.similarity import simhash
from streams.privacy import HashKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLIS = pa.timestamp("ms", tz="UTC")
_LABEL = pa.dictionary(pa.int32(), pa.string())
_LABELS = pa.list_(pa.string())

EVENTS = pa.schema([
    ("organization_id", _LABEL), ("event_id", pa.string()), ("occurred_at", _MILLIS), ("content_hash", pa.uint64()), ("event_key", pa.uint64()),
    ("user_hash", pa.uint64()), ("api_key_hash", pa.uint64()), ("conversation_hash", pa.uint64()), ("key_version", pa.uint8()),
    ("operation", _LABEL), ("provider", _LABEL), ("model", _LABEL), ("audience", _LABEL), ("organization_type", _LABEL),
    ("declared_use_case", _LABEL), ("safeguards", _LABELS), ("end_user_age", _LABEL), ("country", _LABEL),
    ("input_tokens", pa.uint32()), ("output_tokens", pa.uint32()), ("input_length", pa.uint32()), ("output_length", pa.uint32()),
    ("text_hash", pa.uint64()), ("similarity", pa.uint64()),
    ("detections.category", _LABELS), ("detections.score", pa.list_(pa.float32())), ("detections.rule", _LABELS),
    ("detections.rule_version", pa.list_(pa.uint16())), ("detections.field", _LABELS), ("detections.start", pa.list_(pa.uint32())),
    ("detections.end", pa.list_(pa.uint32())),
    ("pack_hash", _LABEL), ("source", _LABEL), ("schema_version", pa.uint8()), ("kafka_topic", _LABEL), ("kafka_partition", pa.uint32()),
    ("kafka_offset", pa.uint64()), ("kafka_line", pa.uint32()), ("received_at", _MILLIS), ("landed_at", _MILLIS),
])  # fmt: skip
VERDICTS = pa.schema([
    ("run_id", _LABEL), ("organization_id", _LABEL), ("event_id", pa.string()), ("occurred_at", _MILLIS), ("content_hash", pa.uint64()),
    ("event_key", pa.uint64()), ("category", _LABEL), ("outcome", _LABEL), ("severity", _LABEL), ("score", pa.float32()), ("revision", _LABEL),
    ("clause", _LABEL), ("rule", _LABEL), ("rule_version", pa.uint16()), ("missing_safeguards", _LABELS), ("excused_by", _LABEL),
    ("field", _LABEL), ("start", pa.uint32()), ("end", pa.uint32()), ("user_hash", pa.uint64()), ("api_key_hash", pa.uint64()),
    ("model", _LABEL), ("country", _LABEL), ("audience", _LABEL), ("organization_type", _LABEL), ("declared_use_case", _LABEL),
    ("similarity", pa.uint64()), ("pack_hash", _LABEL), ("landed_at", _MILLIS),
])  # fmt: skip
EXCERPTS = pa.schema([
    ("organization_id", _LABEL), ("event_id", pa.string()), ("occurred_at", _MILLIS), ("content_hash", pa.uint64()), ("rule", _LABEL),
    ("field", _LABEL), ("start", pa.uint32()), ("end", pa.uint32()), ("excerpt", pa.string()),
])  # fmt: skip


class Decided(NamedTuple):
    """One event with what was found in it and what the policy of its run says."""

    located: Located
    detections: Sequence[Detection]
    tags: Sequence[Tag]
    revision: str
    run_id: str
    pack_hash: str


@dataclass
class Columns:
    """Rows under construction: tuples in schema order, per table."""

    events: list[tuple] = field(default_factory=list)
    verdicts: list[tuple] = field(default_factory=list)
    excerpts: list[tuple] = field(default_factory=list)

    def tables(self) -> dict[str, pa.Table]:
        """ClickHouse table name -> Arrow table; empty ones left out."""
        parts = (("events", EVENTS, self.events), ("verdicts", VERDICTS, self.verdicts), ("excerpts", EXCERPTS, self.excerpts))
        return {name: _table(schema, rows) for name, schema, rows in parts if rows}


def _table(schema: pa.Schema, rows: list[tuple]) -> pa.Table:
    arrays = []
    for spec, values in zip(schema, zip(*rows, strict=True), strict=True):
        if pa.types.is_dictionary(spec.type):
            arrays.append(pa.array(values, pa.string()).dictionary_encode())
        else:
            arrays.append(pa.array(values, spec.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def columns_of(decided: Iterable[Decided], *, key: HashKey, landed_at: datetime, excerpts_from: datetime | None) -> Columns:
    """Rows for events, verdicts and excerpts.

    Args:
        landed_at: version of the rows: of two copies the later one is kept.
        excerpts_from: excerpts of events older than this have expired and are not stored; None stores no excerpt at all.
    """
    columns, landed = Columns(), to_millis(landed_at)
    for one in decided:
        event, detected = one.located.event, bool(one.detections) or bool(one.tags)
        shared = _Shared.of(event, key, with_similarity=detected)
        columns.events.append(_event_row(one, shared, key.version, landed))
        for tag in one.tags:
            columns.verdicts.append(_verdict_row(one, tag, shared, landed))
        if detected and excerpts_from is not None and event.occurred_at >= excerpts_from:
            columns.excerpts.extend(_excerpt_rows(one, shared))
    return columns


class _Shared(NamedTuple):
    """Values of one event that several tables repeat."""

    occurred: int
    content_hash: int
    event_key: int
    user: int
    api_key: int
    conversation: int
    text_hash: int
    similarity: int
    input_length: int
    output_length: int

    @classmethod
    def of(cls, event: UsageEvent, key: HashKey, *, with_similarity: bool) -> "_Shared":
        content = list(event.content())
        asked = "\n".join(text for name, text in content if not name.startswith("output"))
        answered = sum(len(text) for name, text in content if name.startswith("output"))
        return cls(
            occurred=to_millis(event.occurred_at),
            content_hash=content_hash(event, content, key),
            event_key=event_key(event.organization_id, event.event_id),
            user=key.of_id(event.organization_id, event.user_id),
            api_key=key.of_id(event.organization_id, event.api_key_id),
            conversation=key.of_id(event.organization_id, event.conversation_id),
            text_hash=key.of_bytes(" ".join(asked.casefold().split()).encode()) if asked else 0,
            similarity=simhash(asked) if with_similarity and asked else 0,
            input_length=len(asked),
            output_length=answered,
        )


def event_key(organization_id: str, event_id: str) -> int:
    """The 64 bits that signals count; in SQL: `xxHash64(concat(organization_id, '\\0', event_id))`."""
    return xxhash.xxh64_intdigest(f"{organization_id}\0{event_id}".encode())


def content_hash(event: UsageEvent, content: list[tuple[str, str]], key: HashKey) -> int:
    """Keyed hash of all that the event says, where it came from aside: two deliveries agree, a changed copy does not."""
    context, usage = event.context, event.usage
    facts = (
        to_millis(event.occurred_at), event.user_id, event.api_key_id, event.conversation_id, event.operation, event.provider, event.model,
        context.audience.value, context.organization_type.value, context.declared_use_case, safeguards_of(context.safeguards),
        context.end_user_age.value, context.country, usage.input_tokens, usage.output_tokens,
    )  # fmt: skip
    return key.of_bytes(repr(facts).encode(), *(part.encode() for pair in content for part in pair))


@lru_cache(maxsize=64)
def safeguards_of(safeguards: frozenset) -> tuple[str, ...]:
    """Sorted, because a set has no order that two processes share."""
    return tuple(sorted(safeguard.value for safeguard in safeguards))


def to_millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down, as DateTime64(3) stores it."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000 + delta.microseconds // 1_000


def _event_row(one: Decided, shared: _Shared, key_version: int, landed: int) -> tuple:
    event, located, found = one.located.event, one.located, one.detections
    context, first = event.context, [_first_evidence(detection) for detection in found]
    return (
        event.organization_id, event.event_id, shared.occurred, shared.content_hash, shared.event_key, shared.user, shared.api_key,
        shared.conversation, key_version, event.operation, event.provider, event.model, context.audience.value,
        context.organization_type.value, context.declared_use_case, safeguards_of(context.safeguards), context.end_user_age.value,
        context.country or "", event.usage.input_tokens, event.usage.output_tokens, shared.input_length, shared.output_length,
        shared.text_hash, shared.similarity,
        [d.category for d in found], [d.score for d in found], [d.rule for d in found], [d.rule_version for d in found],
        [place[0] for place in first], [place[1] for place in first], [place[2] for place in first],
        one.pack_hash, event.source, event.schema_version, located.topic, located.partition, located.offset, located.line,
        located.received_ms, landed,
    )  # fmt: skip


def _verdict_row(one: Decided, tag: Tag, shared: _Shared, landed: int) -> tuple:
    event, context = one.located.event, one.located.event.context
    return (
        one.run_id, event.organization_id, event.event_id, shared.occurred, shared.content_hash, shared.event_key, tag.category,
        tag.outcome.value, tag.severity.value, tag.score, one.revision, tag.clause, tag.rule, tag.rule_version,
        [safeguard.value for safeguard in tag.missing_safeguards], tag.excused_by or "", *_first_evidence(tag), shared.user, shared.api_key,
        event.model, context.country or "", context.audience.value, context.organization_type.value, context.declared_use_case,
        shared.similarity, one.pack_hash, landed,
    )  # fmt: skip


def _excerpt_rows(one: Decided, shared: _Shared) -> Iterable[tuple]:
    event, seen = one.located.event, set()
    for found in (*one.detections, *one.tags):
        for evidence in found.evidence:
            place = (found.rule, evidence.field, evidence.start, evidence.end)
            if evidence.excerpt and place not in seen:
                seen.add(place)
                yield event.organization_id, event.event_id, shared.occurred, shared.content_hash, *place, evidence.excerpt


def _first_evidence(found: Detection | Tag) -> tuple[str, int, int]:
    return (found.evidence[0].field, found.evidence[0].start, found.evidence[0].end) if found.evidence else ("", 0, 0)
