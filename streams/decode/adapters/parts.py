"""What the sources share: text out of content parts, messages out of turns, fields that stand beside a request and response pair."""

from collections.abc import Iterable
from typing import Any

BESIDE = (
    "schema_version", "event_id", "occurred_at", "organization_id", "user_id", "api_key_id", "conversation_id", "context", "usage", "model",
)  # fmt: skip

Json = Any


def beside(tree: dict[str, Json]) -> dict[str, Json]:
    """The event fields that a gateway put beside the pair."""
    return {name: tree[name] for name in BESIDE if tree.get(name) is not None}


def text_of(content: Json) -> str:
    """The text of a content value: a string, or parts of which those that carry text are joined with a line feed."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        return ""
    return "\n".join(filter(None, map(_part, content)))


def _part(part: Json) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    for name in ("text", "content", "refusal", "thinking", "output", "response"):
        value = part.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return text_of(value)
    for name in ("arguments", "input"):  # of a tool call: what it is asked to do counts as text
        value = part.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return "\n".join(found for found in value.values() if isinstance(found, str))
    return ""


def messages_of(turns: Json) -> list[dict[str, str]]:
    """Turns with role and content to messages with text; turns without text are left out."""
    found = []
    for turn in turns if isinstance(turns, list) else []:
        if isinstance(turn, str):
            turn = {"content": turn}  # noqa: PLW2901
        if not isinstance(turn, dict):
            continue
        pieces = [text_of(turn.get("content", turn.get("parts"))), *map(_call, _list(turn.get("tool_calls")))]
        if text := "\n".join(filter(None, pieces)):
            found.append({"role": label(turn.get("role")) or "user", "content": text})
    return found


def _call(call: Json) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    return text_of(function.get("arguments")) if isinstance(function, dict) else ""


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def objects_of(value: Json) -> list[dict[str, Json]]:
    """The objects in a list; nothing for what is no list."""
    return [item for item in _list(value) if isinstance(item, dict)]


def object_of(value: Json) -> dict[str, Json]:
    """An object, or an empty one for what is none: sources are read field by field, and the contract says what is missing."""
    return value if isinstance(value, dict) else {}


def label(value: Json) -> str:
    return value if isinstance(value, str) else ""


def counts(usage: Json, names: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Token counts under our names; what is no whole number from 0 up is left out, since sources leave nulls."""
    if not isinstance(usage, dict):
        return {}
    return {ours: usage[theirs] for ours, theirs in names if type(usage.get(theirs)) is int and usage[theirs] >= 0}


def merged(*sources: dict[str, Json]) -> dict[str, Json]:
    """Later sources win; empty values never replace others."""
    fields: dict[str, Json] = {}
    for source in sources:
        fields |= {name: value for name, value in source.items() if value not in (None, "", [], {})}
    return fields
