"""OpenTelemetry GenAI log records in OTLP/JSON: the event `gen_ai.client.inference.operation.details`, old and new attribute names."""

from typing import Any

from schemas import ReasonCode
from streams.decode.adapters.moments import from_nanos
from streams.decode.adapters.parts import joined, label, merged, messages_of, object_of, objects_of, text_of
from streams.decode.records import Arrival
from streams.decode.strict_json import parse_embedded
from streams.errors import Reject

DETAILS = "gen_ai.client.inference.operation.details"
MAX_ATTRIBUTES = 100_000  # of all records of one export together, resource attributes counted once per record
_OURS, _CONTEXT = "plumbline.", "plumbline.context."
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
    if isinstance(body := _value(tree.get("body")), dict):  # where exporters without structured attributes put them
        attributes = {**{name: value for name, value in body.items() if name.startswith(("gen_ai.", _OURS))}, **attributes}
    if not _is_request(tree.get("eventName") or attributes.get("event.name"), attributes):
        return None
    labels = {ours: next((attributes[name] for name in names if isinstance(attributes.get(name), str)), None) for ours, names in _LABELS}
    usage = {ours: next((attributes[name] for name in names if _is_count(attributes.get(name))), None) for ours, names in _COUNTS}
    return merged(
        {
            **labels,
            "occurred_at": from_nanos(tree.get("timeUnixNano")) or from_nanos(tree.get("observedTimeUnixNano")),
            "usage": {name: count for name, count in usage.items() if count is not None},
            "context": {name.removeprefix(_CONTEXT): value for name, value in attributes.items() if name.startswith(_CONTEXT)},
            "system": text_of(_structured(attributes.get("gen_ai.system_instructions"))),
            "input": messages_of(_structured(attributes.get("gen_ai.input.messages"))),
            "output": joined(messages_of(_structured(attributes.get("gen_ai.output.messages")))),
        },
        {"source": "otel.log"},
    )


def _is_request(event_name: Any, attributes: dict[str, Any]) -> bool:
    """One record per model request: evaluations, exceptions and the single messages of older conventions are something else."""
    return event_name == DETAILS if event_name else "gen_ai.operation.name" in attributes


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def log_records(tree: dict[str, Any]) -> list[Any] | None:
    """The records of an ExportLogsServiceRequest, resource attributes laid under their own; None for anything else.

    Raises:
        Reject: resource attributes would be copied to so many records that memory is at stake.
    """
    if not isinstance(tree.get("resourceLogs"), list):
        return None
    found: list[Any] = []
    attributes = 0
    for resource_logs in objects_of(tree["resourceLogs"]):
        shared = object_of(resource_logs.get("resource")).get("attributes")
        shared = shared if isinstance(shared, list) else []
        for scope_logs in objects_of(resource_logs.get("scopeLogs")):
            records = scope_logs.get("logRecords")
            for record in records if isinstance(records, list) else []:
                attributes += len(shared)
                if attributes > MAX_ATTRIBUTES:
                    raise Reject(ReasonCode.TOO_LARGE, f"resource attributes times records are over {MAX_ATTRIBUTES}; split the export")
                found.append(_laid_under(shared, record))
    return found


def _laid_under(shared: list[Any], record: Any) -> Any:
    if not isinstance(record, dict) or not shared:
        return record
    own = record.get("attributes")
    if isinstance(own, dict):  # some exporters flatten the list
        return {**record, "attributes": {**_attributes(shared), **own}}
    return {**record, "attributes": [*shared, *(own if isinstance(own, list) else [])]}


def _attributes(pairs: Any) -> dict[str, Any]:
    if isinstance(pairs, dict):
        return {name: _value(value) for name, value in pairs.items()}
    return {label(pair.get("key")): _value(pair.get("value")) for pair in objects_of(pairs)}


def _value(value: Any) -> Any:
    """An OTLP AnyValue as plain JSON."""
    if not isinstance(value, dict):
        return value
    if "intValue" in value:
        number = value["intValue"]
        return int(number) if isinstance(number, str) and _is_integer(number) else number
    for name in ("stringValue", "boolValue", "doubleValue"):
        if name in value:
            return value[name]
    if isinstance(value.get("arrayValue"), dict):
        values = value["arrayValue"].get("values")
        return [_value(part) for part in values] if isinstance(values, list) else []
    if isinstance(value.get("kvlistValue"), dict):
        return {label(pair.get("key")): _value(pair.get("value")) for pair in objects_of(value["kvlistValue"].get("values"))}
    return value


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 20


def _structured(value: Any) -> Any:
    """Messages come structured, or as JSON text inside a string attribute; other text is text."""
    return parse_embedded(value) if isinstance(value, str) else value
