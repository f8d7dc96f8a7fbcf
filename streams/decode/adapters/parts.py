"""What the sources share: words out of content parts, messages out of turns, fields that stand beside a request and response pair.

Nothing that a person or a model wrote may be passed over: what a tool is asked to do and what it answers counts as text, and a part of a kind that
is new to us is read by the same names. Pictures, sound and files in base64 are left out.
"""

from collections.abc import Iterable
from typing import Any

from streams.decode.strict_json import parse_embedded

Json = Any

BESIDE = (
    "schema_version", "event_id", "occurred_at", "organization_id", "user_id", "api_key_id", "conversation_id", "context", "usage", "model",
)  # fmt: skip
# Kinds of part whose strings are bytes or addresses, not words.
_NO_WORDS = frozenset({
    "base64", "blob", "computer_screenshot", "file", "image", "image_generation_call", "image_url", "input_audio", "input_file", "input_image",
    "item_reference", "redacted_thinking", "uri", "url",
})  # fmt: skip
# Where parts, turns, items and tool calls keep words, in reading order.
_WORDS = (
    "title", "context", "thinking", "reasoning_content", "summary", "text", "content", "parts", "refusal", "transcript", "audio", "source",
    "function_call", "tool_calls", "function", "custom", "code", "logs", "stdout", "stderr", "outputs", "results",
)  # fmt: skip
# Where tool calls and their answers keep values of any shape: every string in them counts.
_VALUES = ("arguments", "input", "action", "operation", "queries", "output", "response", "result")
SYSTEM_ROLES = ("system", "developer")


def text_of(content: Json) -> str:
    """The words of a content value: a string, a part, or parts, joined with a line feed."""
    found: list[str] = []
    _read(content, found)
    return "\n".join(found)


def _read(value: Json, found: list[str]) -> None:
    if isinstance(value, str):
        if value:
            found.append(value)
    elif isinstance(value, list):
        for part in value:
            _read(part, found)
    elif isinstance(value, dict) and label(value.get("type")) not in _NO_WORDS:
        if value.get("type") == "text" and isinstance(value.get("data"), str):  # the plain text source of a document
            found.append(value["data"])
        for name in _WORDS:
            if name in value:
                _read(value[name] if name != "source" else object_of(value[name]), found)
        for name in _VALUES:
            if name in value:
                _read_value(value[name], found)


def _read_value(value: Json, found: list[str]) -> None:
    """What a tool is given or gives back has any shape: every string in it counts, also where JSON comes as text."""
    if isinstance(value, str):
        value = parse_embedded(value)
    _read_strings(value, found)


def _read_strings(value: Json, found: list[str]) -> None:
    if isinstance(value, str):
        if value and not (value.startswith("data:") and ";base64," in value[:100]):
            found.append(value)
    elif isinstance(value, list):
        for item in value:
            _read_strings(item, found)
    elif isinstance(value, dict) and label(value.get("type")) not in _NO_WORDS:
        for name, item in value.items():
            if name != "type":
                _read_strings(item, found)


def messages_of(turns: Json) -> list[dict[str, str]]:
    """Turns or items to messages with text; those without text are left out."""
    found = []
    for turn in turns if isinstance(turns, list) else [turns]:
        if isinstance(turn, dict) and (text := text_of(turn)):
            found.append({"role": _role(turn), "content": text})
        elif isinstance(turn, str) and turn:
            found.append({"role": "user", "content": turn})
    return found


def _role(turn: dict[str, Json]) -> str:
    """The role that is stated; an item without one is a tool's answer, or something that the model did."""
    kind = label(turn.get("type"))
    return label(turn.get("role")) or ("tool" if kind.endswith("_output") else "user" if kind in ("", "message", "text") else "assistant")


def system_apart(turns: Iterable[dict[str, str]]) -> tuple[str, list[dict[str, str]]]:
    """The system's and developer's instructions as one text, and the other turns."""
    system, others = [], []
    for turn in turns:
        (system if turn["role"] in SYSTEM_ROLES else others).append(turn)
    return "\n".join(turn["content"] for turn in system), others


def joined(turns: Iterable[dict[str, str]]) -> str:
    """Their texts, one after another."""
    return "\n".join(turn["content"] for turn in turns)


def beside(tree: dict[str, Json]) -> dict[str, Json]:
    """The event fields that a gateway put beside the pair."""
    return {name: tree[name] for name in BESIDE if tree.get(name) is not None}


def objects_of(value: Json) -> list[dict[str, Json]]:
    """The objects in a list; nothing for what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def object_of(value: Json) -> dict[str, Json]:
    """An object, or an empty one for what is none: sources are read field by field, and the contract says what is missing."""
    return value if isinstance(value, dict) else {}


def label(value: Json) -> str:
    """A text, or an empty one for what is none."""
    return value if isinstance(value, str) else ""


def counts(usage: Json, names: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Token counts under our names, `a.b` for a field of a field; what is no whole number from 0 up is left out, since sources leave nulls."""
    found = {}
    for ours, theirs in names:
        value = usage
        for name in theirs.split("."):
            value = object_of(value).get(name)
        if type(value) is int and value >= 0:
            found[ours] = value
    return found


def merged(*sources: dict[str, Json]) -> dict[str, Json]:
    """Later sources win; empty values never replace others."""
    fields: dict[str, Json] = {}
    for source in sources:
        fields |= {name: value for name, value in source.items() if value not in (None, "", [], {})}
    return fields
