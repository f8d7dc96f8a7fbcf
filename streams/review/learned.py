"""False alarms and misses become cases for the pack: redacted, grouped as a detector's file has them, and without saying whose they were."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.decode.event import Event
from streams.privacy_redaction import redact

LONGEST = 300  # code points of a case
FIELDS = ("system", "text", "input", "output")
CONTEXT = ("audience", "organization_type", "declared_use_case", "safeguards", "end_user_age", "country")
UNSAID = ("", "unknown", "unspecified", [])


class Learned(NamedTuple):
    """One case. `side`: fires or silent."""

    category: str
    side: str
    field: str
    text: str
    context: Mapping[str, Any]
    rule: str


def learned(client: ClickHouse, since: datetime, content: Callable[[Mapping[str, Any]], Event | None]) -> tuple[list[Learned], int]:
    """(cases, how many were left out because their text is gone).

    Args:
        content: gives an event's text while the broker keeps it.
    """
    made, gone = [], 0
    for found in client.rows(sql_text("review/found"), {"since": since}):
        rows = client.rows(sql_text("page/event"), {"organization": found["organization_id"], "event": found["event_id"]})
        row = next((each for each in rows if each["content_hash"] == found["content_hash"]), None)
        event = content(row) if row else None
        case = _case(found, row, event) if row and event else None
        made += [case] if case else []
        gone += case is None
    return made, gone


def _case(found: Mapping[str, Any], row: Mapping[str, Any], event: Event) -> Learned | None:
    """Around the evidence of the rule that was wrong; of a miss, from the beginning of what the user said last."""
    texts = dict(event.content())
    places = [each for each in row["detections"] if found["rule"] and each[2] == found["rule"] and each[4] in texts]
    field, start, end = (places[0][4], places[0][5], places[0][6]) if places else (said_last(event, texts), 0, 0)
    kind = next((each for each in FIELDS if field.startswith(each)), "")
    text = redact(texts[field], start, max(end, min(len(texts[field]), LONGEST) if not places else end), LONGEST).strip() if kind else ""
    context = {name: row[name] for name in CONTEXT if row[name] not in UNSAID}
    return Learned(found["category"], found["side"], kind, text, context, found["rule"]) if text else None


def said_last(event: Event, texts: Mapping[str, str]) -> str:
    """The field of the user's last message (earlier ones were events of their own, a system prompt is the organization's), else the first."""
    messages = event.input if isinstance(event.input, list) else ()
    users = [f"input[{at}].content" for at, message in enumerate(messages) if message.role == "user"]
    return next((name for name in (*users[-1:], "text", "input", *texts) if name in texts), "")


def as_toml(cases: Iterable[Learned]) -> str:
    """Groups for `detectors/<category>.toml`, one per category, side, field and context."""
    groups: dict[tuple[str, str, str, str], list[Learned]] = {}
    for case in cases:
        groups.setdefault((case.category, case.side, case.field, _inline(case.context)), []).append(case)
    return "\n".join(_group(*place, texts=list(dict.fromkeys(each.text for each in mine))) for place, mine in sorted(groups.items()))


def _group(category: str, side: str, field: str, context: str, *, texts: list[str]) -> str:
    said = "reviewers found this to be missed" if side == "fires" else "reviewers found this to be a false alarm"
    lines = [f"# for detectors/{category}.toml: {said}", "[[cases]]", f'field = "{field}"']
    lines += [f"context = {context}"] if context != "{}" else []
    return "\n".join([*lines, f"{side} = [", *(f"  {_quoted(text)}," for text in texts), "]", ""])


def _inline(context: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name} = {_quoted(value)}" for name, value in sorted(context.items())) + "}"


def _quoted(value: Any) -> str:
    """TOML's basic strings and arrays of them are written as JSON writes them, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
