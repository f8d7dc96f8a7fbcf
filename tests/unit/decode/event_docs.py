"""The generated parts of docs/events.md: the contract from its schema, and what each source's fields become, found out by changing them one by one.

`python tests/unit/decode/event_docs.py` (from the checkout, with the project installed) writes them anew.
"""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
from reading import FIXTURES, NOW, decoder, record_of

from streams.schema_export import json_schema

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
SOURCES = {
    "anthropic_messages": "Anthropic Messages (`anthropic.messages`)",
    "openai_chat": "OpenAI Chat Completions (`openai.chat`)",
    "openai_responses": "OpenAI Responses (`openai.responses`)",
    "litellm": "LiteLLM StandardLoggingPayload (`litellm`)",
    "otel_log": "OpenTelemetry GenAI log record (`otel.log`)",
}
# Values to try in a field: a word of no meaning, then what the stricter fields of the context admit.
_ANY_VALUE = ("stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue")
WORDS = ("zebra-crossing", "zebra_crossing", "2026-01-15T03:03:03Z", "business", "healthcare", "minor", "ZW", "human_in_the_loop")


def generated() -> dict[str, str]:
    """Name of the block -> its text."""
    return {"contract": _contract(), "sources": "\n\n".join(_mapping(folder, title) for folder, title in SOURCES.items())}


def page_with(blocks: dict[str, str], page: str) -> str:
    """The page with its blocks replaced: what stands between `<!-- name -->` and `<!-- /name -->`."""
    for name, text in blocks.items():
        page = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda found, text=text: f"{found[1]}{text}\n{found[2]}", page, flags=re.DOTALL)
    return page


# -- the contract


def _contract() -> str:
    schema = json_schema("usage_event")
    lines = ["| Field | Value | Default | Meaning |", "| --- | --- | --- | --- |"]
    for name, spec in schema["properties"].items():
        lines.append(_row(name, spec, schema, required=name in schema["required"]))
        if name in ("context", "usage"):
            inner = schema["$defs"][spec["$ref"].rpartition("/")[2]]
            lines += [_row(f"{name}.{part}", each, schema) for part, each in inner["properties"].items()]
        if name == "input":
            lines += [_row(f"input[].{part}", each, schema) for part, each in schema["$defs"]["Message"]["properties"].items()]
    return "\n".join(lines)


def _row(name: str, spec: dict[str, Any], schema: dict[str, Any], *, required: bool = False) -> str:
    default = (
        "required" if required else "" if spec.get("default") in (None, "", {}, []) or isinstance(spec["default"], dict) else f"`{spec['default']}`"
    )
    return f"| `{name}` | {_kind(spec, schema)} | {default} | {spec['description']} |"


def _kind(spec: dict[str, Any], schema: dict[str, Any]) -> str:
    if "anyOf" in spec:
        return " or ".join(_kind(each, schema) for each in spec["anyOf"] if each.get("type") != "null")
    if "$ref" in spec:
        named = schema["$defs"][spec["$ref"].rpartition("/")[2]]
        return ", ".join(f"`{value}`" for value in named["enum"]) if "enum" in named else "message" if "content" in named["properties"] else "object"
    if spec["type"] == "array":
        return f"list of {_kind(spec['items'], schema)}"
    if spec["type"] == "integer":
        return f"{spec.get('minimum', spec.get('const', ''))} to {spec['maximum']}" if "maximum" in spec else "whole number"
    if spec.get("format") == "date-time":
        return "RFC 3339 with a zone"
    return f"text up to {spec['maxLength']}" if "maxLength" in spec else "two capital letters" if spec.get("pattern") == "^[A-Z]{2}$" else "text"


# -- the sources


def _mapping(folder: str, title: str) -> str:
    found: dict[str, list[str]] = {}
    for path in sorted((FIXTURES / folder).glob("*.json")):
        spec = json.loads(path.read_text(encoding="utf-8"))["record"]
        before = _event(spec)
        if before is None:
            continue
        for leaf in _leaves(spec["value"]):
            for field in _reached(spec, leaf, before):
                name = _named(spec["value"], leaf)
                if name not in found.setdefault(field, []):
                    found[field].append(name)
    order = ["event_id", *_fields()]
    lines = [f"### {title}", "", "| Event field | From |", "| --- | --- |"]
    lines += [f"| `{field}` | {', '.join(f'`{name}`' for name in sorted(found[field]))} |" for field in sorted(found, key=order.index)]
    return "\n".join(lines)


def _fields() -> list[str]:
    """Every field of the contract in its order, as `_flat` names them."""
    schema = json_schema("usage_event")
    inner = {"context": schema["$defs"]["Context"], "usage": schema["$defs"]["TokenUsage"]}
    return [
        full
        for name in schema["properties"]
        for full in ([f"{name}.{part}" for part in inner[name]["properties"]] if name in inner else [name, f"{name}[].role", f"{name}[].content"])
    ]


def _event(spec: dict[str, Any]) -> dict[str, Any] | None:
    """The one event of a record, flat; None where it holds another number of them."""
    events = decoder().decode([record_of(spec)], NOW).events
    return _flat(msgspec.to_builtins(events[0].event)) if len(events) == 1 else None


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in event.items() if name not in ("context", "usage")}
    if isinstance(event.get("input"), list):
        flat |= {f"input[].{name}": [message.get(name) for message in event["input"]] for name in ("role", "content")}
        del flat["input"]
    for outer in ("context", "usage"):
        flat |= {f"{outer}.{name}": value for name, value in event.get(outer, {}).items()}
    return flat


def _leaves(tree: Any, here: tuple = ()) -> list[tuple]:
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    found = [path for name, value in entries for path in _leaves(value, (*here, name))]
    return found if isinstance(tree, dict | list) else [here]


def _reached(spec: dict[str, Any], leaf: tuple, before: dict[str, Any]) -> list[str]:
    """Event fields in which a change of this leaf shows."""
    value = spec["value"]
    for name in leaf:
        value = value[name]
    for tried in _tries(value):
        changed = deepcopy(spec)
        parent = changed["value"]
        for name in leaf[:-1]:
            parent = parent[name]
        parent[leaf[-1]] = tried
        after = _event(changed)
        if after and (reached := [name for name in after if after[name] != before.get(name) and _shows(tried, name, after[name])]):
            return reached
    return []


def _tries(value: Any) -> list[Any]:
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [value + 1]
    if value.isdigit():
        return [str(int(value) + 1_000_000_000)]
    prefix = value.partition(":")[0] + ":" if value.startswith("plumbline.") else ""
    return [prefix + word for word in WORDS] + [json.dumps({"a": WORDS[0]})] * value.startswith("{")


def _shows(tried: Any, field: str, after: Any) -> bool:
    """Whether it is this very value that came through: words as they are, numbers as a count or a time."""
    if not isinstance(tried, str) or tried.isdigit():
        return field == "occurred_at" or field.startswith("usage.")
    word = WORDS[0] if tried.startswith("{") else tried.rpartition(":")[2] if tried.startswith("plumbline.") else tried
    return word in json.dumps(after)


def _named(tree: Any, leaf: tuple) -> str:
    """A path in words: `request.messages[].content`; what is in an OTLP attribute by its key: `gen_ai.input.messages[].parts[].content`."""
    name, here, kept = "", tree, leaf[0] not in ("attributes", "body")
    for part in leaf:
        here = here[part]
        if isinstance(here, dict) and "key" in here and "value" in here:
            name, kept = f"{name}.{here['key']}".lstrip("."), False
        elif isinstance(part, int):
            name += "[]" if name else ""
        elif kept or part not in ("attributes", "body", "value", "values", *_ANY_VALUE):
            name = f"{name}.{part}".lstrip(".")
    return name.removeprefix("standard_logging_object.")


if __name__ == "__main__":
    PAGE.write_text(page_with(generated(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
