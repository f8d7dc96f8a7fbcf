"""OpenTelemetry GenAI log records in OTLP/JSON: the event `gen_ai.client.inference.operation.details`, old and new attribute names."""

import json
from typing import Any

from streams.decode.adapters.moments import from_nanos
from streams.decode.adapters.parts import label, merged, messages_of, object_of, objects_of, text_of
from streams.decode.records import Arrival

_CONTEXT = "plumbline.context."
_LABELS = (
    ("operation", ("gen_ai.operation.name",)),
    ("provider", ("gen_ai.provider.name", "gen_ai.system")),
    ("model", ("gen_ai.request.model",)),
    ("response_model", ("gen_ai.response.model",)),
    ("response_id", ("gen_ai.response.id",)),
    ("conversation_id", ("gen_ai.conversation.id", "session.id")),
    ("user_id", ("enduser.id", "user.id")),
    ("organization_id", ("plumbline.organization_id", "organization.id")),
    ("api_key_id", ("plumbline.api_key_id",)),
    ("event_id", ("plumbline.event_id", "gen_ai.response.id")),
)
_COUNTS = (
    ("input_tokens", ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")),
    ("output_tokens", ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")),
    ("cache_read_input_tokens", ("gen_ai.usage.cache_read.input_tokens",)),
    ("cache_creation_input_tokens", ("gen_ai.usage.cache_creation.input_tokens",)),
    ("reasoning_output_tokens", ("gen_ai.usage.reasoning.output_tokens",)),
)


def fields(tree: dict[str, Any], _arrival: Arrival) -> dict[str, Any] | None:
    attributes = _attributes(tree.get("attributes"))
    if isinstance(body := _value(tree.get("body")), dict):
        attributes = {**{name: value for name, value in body.items() if name.startswith(("gen_ai.", _CONTEXT))}, **attributes}
    if not any(name.startswith("gen_ai.") for name in attributes):
        return None
    labels = {ours: next((attributes[name] for name in names if isinstance(attributes.get(name), str)), None) for ours, names in _LABELS}
    usage = {ours: value for ours, names in _COUNTS for name in names if type(value := attributes.get(name)) is int and value >= 0}
    context = {name.removeprefix(_CONTEXT): value for name, value in attributes.items() if name.startswith(_CONTEXT)}
    return merged(
        {
            **labels,
            "occurred_at": from_nanos(tree.get("timeUnixNano")) or from_nanos(tree.get("observedTimeUnixNano")),
            "usage": usage,
            "context": context,
            "system": text_of(_structured(attributes.get("gen_ai.system_instructions"))),
            "input": messages_of(_structured(attributes.get("gen_ai.input.messages"))),
            "output": "\n".join(turn["content"] for turn in messages_of(_structured(attributes.get("gen_ai.output.messages")))),
        },
        {"source": "otel.log"},
    )


def log_records(tree: dict[str, Any]) -> list[Any] | None:
    """The records of an ExportLogsServiceRequest, resource attributes laid under their own; None for anything else."""
    if not isinstance(tree.get("resourceLogs"), list):
        return None
    found: list[Any] = []
    for resource_logs in objects_of(tree["resourceLogs"]):
        shared = objects_of(object_of(resource_logs.get("resource")).get("attributes"))
        for scope_logs in objects_of(resource_logs.get("scopeLogs")):
            for record in objects_of(scope_logs.get("logRecords")):
                own = record.get("attributes")
                found.append({**record, "attributes": [*shared, *own]} if isinstance(own, list) else record)
    return found


def _attributes(pairs: Any) -> dict[str, Any]:
    if isinstance(pairs, dict):  # some exporters flatten the list
        return {name: _value(value) for name, value in pairs.items()}
    return {label(pair.get("key")): _value(pair.get("value")) for pair in objects_of(pairs)}


def _value(value: Any) -> Any:
    """An OTLP AnyValue as plain JSON."""
    if not isinstance(value, dict):
        return value
    if "stringValue" in value:
        return value["stringValue"]
    if "intValue" in value:
        number = value["intValue"]
        return int(number) if isinstance(number, str) and number.lstrip("-").isdigit() and len(number) < 20 else number
    for name in ("boolValue", "doubleValue"):
        if name in value:
            return value[name]
    if isinstance(value.get("arrayValue"), dict):
        values = value["arrayValue"].get("values")
        return [_value(part) for part in values] if isinstance(values, list) else []
    if isinstance(value.get("kvlistValue"), dict):
        return {label(pair.get("key")): _value(pair.get("value")) for pair in objects_of(value["kvlistValue"].get("values"))}
    return value


def _structured(value: Any) -> Any:
    """Messages come structured, or as JSON text inside a string attribute."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return [value] if isinstance(value, str) else value
