"""What every peer does with a record, so that only the framework differs: pydantic reads it, our detectors judge it, a row goes to ClickHouse.

Needs nothing of Plumbline but its contract (`schemas`) and its public library (`streams.policy`). Settings come from the environment.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import clickhouse_connect

from schemas import UsageEvent
from streams.policy import Auditor, Pack

TOPIC, TABLE, BROKER, FOLDER = (os.environ[name] for name in ("TOPIC", "TABLE", "BROKER", "FOLDER"))
PROCESSES = int(os.environ.get("PROCESSES", "1"))
ROWS, SECONDS = 1_000, 1.0  # a batch is inserted when it has so many rows or is so old, where the framework leaves that to us
COLUMNS = ["event_id", "organization_id", "occurred_at", "user_id", "model", "country", "input_tokens", "output_tokens", "text_length", "tags"]

Row = tuple[Any, ...]


def rows(values: Sequence[bytes]) -> list[Row]:
    """A row per event, in order; the texts are judged together."""
    events = [UsageEvent.model_validate_json(value) for value in values]
    return [_row(event, tags) for event, tags in zip(events, tags_of(events), strict=True)]


def row(value: bytes) -> Row:
    """The row of one event."""
    return rows([value])[0]


def insert(batch: Sequence[Row]) -> None:
    """Insert rows; when it returns, they are in."""
    if batch:
        client.insert(TABLE, batch, column_names=COLUMNS)


def _row(event: UsageEvent, tags: list[str]) -> Row:
    usage = event.usage
    return (
        event.event_id, event.organization_id, event.occurred_at, event.user_id or "", event.model or "", event.context.country or "",
        usage.input_tokens or 0, usage.output_tokens or 0, len(event.text or ""), tags,
    )  # fmt: skip


def _compiled(pack: Pack) -> Callable[[Sequence[UsageEvent]], list[list[str]]]:
    """Plumbline's own scanner."""
    auditor = Auditor(pack)

    def tags_of(events: Sequence[UsageEvent]) -> list[list[str]]:
        found = auditor.findings(events)
        return [[tag.category for tag in found[at].tags] if at in found else [] for at in range(len(events))]

    return tags_of


def _re(pack: Pack) -> Callable[[Sequence[UsageEvent]], list[list[str]]]:
    """The pack's patterns, one by one, by Python's `re`; they are not decided upon and the classifier is left out."""
    patterns = [(rule.category, _python_pattern(expression.exact)) for rule in pack.rules for expression in rule.any]

    def tags_of(events: Sequence[UsageEvent]) -> list[list[str]]:
        return [sorted({category for _, text in event.content() for category, pattern in patterns if pattern.search(text)}) for event in events]

    return tags_of


def _python_pattern(exact: str) -> "re.Pattern[str]":
    """An RE2 expression of a pack for Python's `re`."""
    text = exact.replace(r"\pL\pM\pN_", r"\w").replace(r"\z", r"\Z")
    return re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", text))


client = clickhouse_connect.get_client(
    host="127.0.0.1", port=int(os.environ["CLICKHOUSE_PORT"]), username="default", password=os.environ["CLICKHOUSE_PASSWORD"], database="plumbline"
)
_pack = Pack.load(Path(os.environ["PACK"]) if os.environ.get("PACK") else None)
tags_of = {"compiled": _compiled, "re": _re}[os.environ.get("SCANNER", "compiled")](_pack)
