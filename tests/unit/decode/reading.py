"""Fixtures under tests/fixtures/<source>/: one sentence, one record as a producer would send it, and what must become of it."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from streams.decode import Decoder, Record
from streams.settings import IntakeSettings, RetentionSettings

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1_000)


class Fixture(NamedTuple):
    """What is expected: events (without their defaults), rejects as (line, reason), filter counts."""

    path: str
    test: str
    record: Record
    events: list[dict[str, Any]]
    rejects: list[tuple[int, str]]
    filtered: dict[str, int]


def fixtures() -> list[Fixture]:
    return [_fixture(path) for path in sorted(FIXTURES.glob("*/*.json"))]


def _fixture(path: Path) -> Fixture:
    tree = json.loads(path.read_text(encoding="utf-8"))
    rejects = [(each["line"], each["reason"]) for each in tree.get("rejects", [])]
    return Fixture(
        str(path.relative_to(FIXTURES)), tree["test"], record_of(tree["record"]), tree.get("events", []), rejects, tree.get("filtered", {})
    )


def record_of(spec: dict[str, Any]) -> Record:
    """A Kafka record: `value` as JSON, `lines` of text, or bytes in `base64`."""
    if "lines" in spec:
        value = "\n".join(spec["lines"]).encode()
    elif "base64" in spec:
        value = base64.b64decode(spec["base64"])
    else:
        value = json.dumps(spec["value"], ensure_ascii=False).encode()
    headers = tuple((name, text.encode()) for name, text in spec.get("headers", {}).items())
    return Record(spec.get("topic", "usage.events"), 2, 41, spec.get("timestamp_ms", NOW_MS), None, value, headers)


def record(value: bytes | str | dict | list | None, *headers: tuple[str, bytes], topic: str = "usage.events", timestamp_ms: int = NOW_MS) -> Record:
    if isinstance(value, dict | list):
        value = json.dumps(value)
    return Record(topic, 2, 41, timestamp_ms, None, value.encode() if isinstance(value, str) else value, headers)


def decoder(**intake: Any) -> Decoder:
    return Decoder(IntakeSettings(**intake), RetentionSettings())


def event(**fields: Any) -> dict[str, Any]:
    """A valid event in our own JSON, with some fields changed."""
    return {"event_id": "evt-1", "occurred_at": "2026-01-15T09:30:00Z", "organization_id": "org-harbor", **fields}
