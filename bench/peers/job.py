"""What every peer does with a record, so that only the framework differs: pydantic reads it, our detectors judge it, rows go to ClickHouse.

The tables are Plumbline's, in a database of the peer's own, and so are the rows: the event with its context, its pseudonyms and its detections, what
the policy says of it, and the redacted excerpts. Needs of Plumbline only the contract (`schemas`), the detectors (`streams.policy`) and the keyed
hashes (`streams.privacy`, `streams.landing.similarity`). Settings come from the environment.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import clickhouse_connect
import xxhash

from bench.peers.judges import JUDGES
from schemas import UsageEvent
from schemas.verdict import Detection, Tag
from streams.landing.similarity import simhash
from streams.policy import Finding, Pack
from streams.privacy import HashKey

TOPIC, DATABASE, BROKER, FOLDER = (os.environ[name] for name in ("TOPIC", "DATABASE", "BROKER", "FOLDER"))
RUN_ID = os.environ["RUN_ID"]
ROWS, SECONDS = 1_000, 1.0  # a batch is inserted when it has so many events or is so old, where the framework leaves that to us
EVENTS = """
    organization_id event_id occurred_at content_hash event_key user_hash api_key_hash conversation_hash key_version operation provider model
    audience organization_type declared_use_case safeguards end_user_age country input_tokens output_tokens input_length output_length
    text_hash similarity detections.category detections.score detections.rule detections.rule_version detections.field detections.start
    detections.end pack_hash source schema_version kafka_topic landed_at
"""
VERDICTS = """
    run_id organization_id event_id occurred_at content_hash event_key category outcome severity score revision clause rule rule_version
    missing_safeguards excused_by field start end user_hash api_key_hash model country audience organization_type declared_use_case similarity
    pack_hash landed_at
"""
EXCERPTS = "organization_id event_id occurred_at content_hash rule field start end excerpt"
COLUMNS = {"events": EVENTS.split(), "verdicts": VERDICTS.split(), "excerpts": EXCERPTS.split()}
Row = tuple[Any, ...]


class Rows(NamedTuple):
    """All rows of one event."""

    event: Row
    verdicts: list[Row]
    excerpts: list[Row]


def rows(values: Sequence[bytes]) -> list[Rows]:
    """The rows of each event, in order; the texts are judged together."""
    events = [UsageEvent.model_validate_json(value) for value in values]
    found, now = judge(events), datetime.now(UTC)
    return [_rows(event, value, found.get(at), now) for at, (event, value) in enumerate(zip(events, values, strict=True))]


def row(value: bytes) -> Rows:
    """The rows of one event."""
    return rows([value])[0]


def insert(batch: Sequence[Rows]) -> None:
    """Insert; when it returns, all is in. Events come last, so that what is seen of an event is whole."""
    _insert("excerpts", [each for rows in batch for each in rows.excerpts])
    _insert("verdicts", [each for rows in batch for each in rows.verdicts])
    _insert("events", [rows.event for rows in batch])


def _insert(table: str, data: list[Row]) -> None:
    if not data:
        return
    if table not in contexts:
        contexts[table] = client.create_insert_context(table, COLUMNS[table])
    contexts[table].data = data
    client.insert(context=contexts[table])


def _rows(event: UsageEvent, value: bytes, finding: Finding | None, now: datetime) -> Rows:
    context, usage, detections = event.context, event.usage, finding.detections if finding else []
    texts = [(name, text) for name, text in event.content()]
    asked = "\n".join(text for name, text in texts if not name.startswith("output"))
    answered = sum(len(text) for name, text in texts if name.startswith("output"))
    content_hash, event_key = key.of_bytes(value), xxhash.xxh64_intdigest(f"{event.organization_id}\0{event.event_id}".encode())
    user, api_key = key.of_id(event.organization_id, event.user_id), key.of_id(event.organization_id, event.api_key_id)
    text_hash = key.of_bytes(" ".join(asked.casefold().split()).encode()) if finding and asked else 0
    similarity = simhash(asked) if finding and asked else 0
    place = (event.organization_id, event.event_id, event.occurred_at, content_hash)
    shown = (context.audience.value, context.organization_type.value, context.declared_use_case)
    landed = (
        *place, event_key, user, api_key, key.of_id(event.organization_id, event.conversation_id), key.version, event.operation, event.provider,
        event.model, *shown, sorted(each.value for each in context.safeguards), context.end_user_age.value, context.country or "",
        usage.input_tokens, usage.output_tokens, sum(len(text) for _, text in texts) - answered, answered, text_hash, similarity,
        *_columns(detections), pack.hash, event.source, event.schema_version, TOPIC, now,
    )  # fmt: skip
    if finding is None:
        return Rows(landed, [], [])
    verdicts: list[Row] = [
        (
            RUN_ID, *place, event_key, tag.category, tag.outcome.value, tag.severity.value, tag.score, finding.revision, tag.clause, tag.rule,
            tag.rule_version, [each.value for each in tag.missing_safeguards], tag.excused_by or "", *_first(tag), user, api_key, event.model,
            context.country or "", *shown, similarity, pack.hash, now,
        )
        for tag in finding.tags
    ]  # fmt: skip
    return Rows(landed, verdicts, [(*place, *where, excerpt) for where, excerpt in _excerpts(finding).items()])


def _excerpts(finding: Finding) -> dict[tuple[str, str, int, int], str]:
    """Excerpts by rule, field and span: each once."""
    return {
        (found.rule, evidence.field, evidence.start, evidence.end): evidence.excerpt
        for found in (*finding.detections, *finding.tags)
        for evidence in found.evidence
        if evidence.excerpt
    }


def _columns(detections: Sequence[Detection]) -> tuple[list[Any], ...]:
    """The seven nested columns `detections.*`; nearly always empty."""
    each = [(found.category, found.score, found.rule, found.rule_version, *_first(found)) for found in detections]
    return tuple(map(list, zip(*each, strict=True))) if each else ([], [], [], [], [], [], [])


def _first(found: Detection | Tag) -> tuple[str, int, int]:
    return (found.evidence[0].field, found.evidence[0].start, found.evidence[0].end) if found.evidence else ("", 0, 0)


pack = Pack.load(Path(os.environ["PACK"]) if os.environ.get("PACK") else None)
judge = JUDGES[os.environ.get("SCANNER", "compiled")](pack)
key = HashKey(bytes.fromhex(os.environ["HASH_KEY"]))
client = clickhouse_connect.get_client(
    host="127.0.0.1", port=int(os.environ["CLICKHOUSE_PORT"]), username="default", password=os.environ["CLICKHOUSE_PASSWORD"], database=DATABASE
)
contexts: dict[str, Any] = {}
