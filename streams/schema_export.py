"""The contracts as documents for others: JSON Schema 2020-12 of each, and an AsyncAPI 3.0 document of the topics. Pure: nothing is read or written.

A contract's fingerprint is a hash of what its schema admits, descriptions aside. Fingerprints of published versions are kept beside the documents,
and `published` refuses another fingerprint for a version that has one.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic.json_schema import models_json_schema

from schemas import Alert, DeadLetter, Decision, Detection, Signal, UsageEvent, Verdict
from schemas.contract import Contract
from streams.errors import ConfigurationError
from streams.settings import KafkaSettings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ASYNCAPI, KAFKA_BINDING = "3.0.0", "0.5.0"
CONTRACTS: dict[str, type[Contract]] = {
    "usage_event": UsageEvent,
    "detection": Detection,
    "verdict": Verdict,
    "signal": Signal,
    "alert": Alert,
    "decision": Decision,
    "dead_letter": DeadLetter,
}
_ABOUT = ("title", "description", "examples")

Document = dict[str, Any]
Fingerprints = dict[str, dict[str, str]]  # contract -> version -> hash


class Entry(NamedTuple):
    """One contract as it is published."""

    name: str
    version: int
    file: str
    id: str
    fingerprint: str


def entries() -> list[Entry]:
    """All contracts in their current version."""
    return [_entry(name, contract) for name, contract in CONTRACTS.items()]


def _entry(name: str, contract: type[Contract]) -> Entry:
    version = contract.VERSION
    return Entry(name, version, f"{name}.v{version}.json", f"urn:plumbline:contract:{name}:{version}", fingerprint(json_schema(name)))


def json_schema(name: str) -> Document:
    """The JSON Schema of one contract."""
    contract = CONTRACTS[name]
    return {
        "$schema": DIALECT,
        "$id": f"urn:plumbline:contract:{name}:{contract.VERSION}",
        "x-contract-version": contract.VERSION,
        **_tidy(contract.model_json_schema()),
    }


def fingerprint(schema: Document) -> str:
    """SHA-256 (hex) of what a schema admits: words about it do not count."""
    return hashlib.sha256(json.dumps(_admits(schema), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _admits(value: Any, *, named: bool = False) -> Any:
    """Without descriptions and ids; `named`: the keys are names of fields or definitions, which may well be called `description`."""
    if isinstance(value, dict):
        kept = value.items() if named else [pair for pair in value.items() if pair[0] not in (*_ABOUT, "$id", "x-contract-version")]
        return {name: _admits(inner, named=not named and name in ("properties", "$defs")) for name, inner in kept}
    return [_admits(item) for item in value] if isinstance(value, list) else value


def _tidy(schema: Any, *, named: bool = False) -> Any:
    """Without the titles of fields, which only repeat their names."""
    if isinstance(schema, dict):
        kept = [pair for pair in schema.items() if named or pair[0] != "title" or "properties" in schema or "enum" in schema]
        return {name: _tidy(inner, named=not named and name in ("properties", "$defs")) for name, inner in kept}
    return [_tidy(item) for item in schema] if isinstance(schema, list) else schema


def published(kept: Mapping[str, Mapping[str, str]]) -> Fingerprints:
    """The fingerprints to keep: those that are kept already, and those of new versions.

    Raises:
        ConfigurationError: a contract changed and its version did not.
    """
    merged = {name: dict(versions) for name, versions in kept.items()}
    for entry in entries():
        versions = merged.setdefault(entry.name, {})
        if versions.setdefault(str(entry.version), entry.fingerprint) != entry.fingerprint:
            raise ConfigurationError(
                f"contract {entry.name} is not what was published as its version {entry.version}",
                cause="its model changed and its VERSION did not",
                command=f"raise VERSION of {CONTRACTS[entry.name].__name__} in schemas/, then: plumbline schema export --out schemas/exported",
            )
    return merged


def documents(kafka: KafkaSettings | None = None) -> dict[str, Document]:
    """File name -> document."""
    return {**{entry.file: json_schema(entry.name) for entry in entries()}, "asyncapi.json": asyncapi(kafka or KafkaSettings())}


def rendered(document: Document) -> str:
    """The text of a file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


# -- AsyncAPI


def asyncapi(kafka: KafkaSettings) -> Document:
    """Topics, what is on them, and what a worker does with them."""
    _, shared = models_json_schema([(model, "validation") for model in (UsageEvent, Alert, Decision)], ref_template="#/components/schemas/{model}")
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Plumbline",
            "version": f"{UsageEvent.VERSION}.0.0",
            "description": "Usage events in; dead letters, alerts and decisions out. The HTTP intake puts what it accepts on the same topic.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "usageEvents": _channel(kafka, kafka.events_topic, _EVENTS, ["usageEvent", "usageEvents", "sourceRecord", "cloudEvent"]),
            "deadLetters": _channel(kafka, kafka.dead_letters_topic, _LETTERS, ["deadLetter"], partitions=1),
            "alerts": _channel(kafka, kafka.alerts_topic, _ALERTS, ["alert"], partitions=1),
            "decisions": _channel(kafka, kafka.decisions_topic, _DECISIONS, ["decision"], partitions=1),
        },
        "operations": {
            "readUsageEvents": {
                **_operation("receive", "usageEvents"),
                "bindings": {"kafka": _bound(groupId={"type": "string", "enum": [kafka.group_id]})},
            },
            "writeDeadLetters": _operation("send", "deadLetters"),
            "writeAlerts": _operation("send", "alerts"),
            "writeDecisions": _operation("send", "decisions"),
        },
        "components": {"schemas": _tidy(shared["$defs"], named=True), "messages": _messages()},
    }


_EVENTS = "What gateways produce: one event or an envelope of many per record."
_LETTERS = "Every input that could not land: its original bytes and headers, and why. A letter is acknowledged before its source offset is."
_ALERTS = "What someone is told, by routes of kind kafka. Counts, ids and links, never prompt text."
_DECISIONS = "What was decided on cases, for gateways to act on. Keyed by the case: the newest decision of a case holds."


def _bound(**binding: Any) -> Document:
    return {**binding, "bindingVersion": KAFKA_BINDING}


def _channel(kafka: KafkaSettings, topic: str, about: str, messages: list[str], *, partitions: int = 0) -> Document:
    size = {"topic": topic, "partitions": partitions or kafka.partitions, "replicas": kafka.replication_factor}
    references = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {"address": topic, "description": about, "messages": references, "bindings": {"kafka": _bound(**size)}}


def _operation(action: str, channel: str) -> Document:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _messages() -> dict[str, Document]:
    organization = {"type": "string", "description": "organization id, or null"}
    text = {"type": "string"}
    given = _headers({
        "plumbline-source": "name of the adapter, like openai.chat (docs/events.md); without it, the shape tells",
        "plumbline-organization": "set by the HTTP intake: the organization that the sender's token is bound to",
        "plumbline-replay-of": "set by a replay: topic/partition/offset/line/milliseconds of the original",
    })  # fmt: skip
    cloud = _headers({f"ce_{name}": f"CloudEvents attribute {name}" for name in ("specversion", "id", "source", "type", "time")})
    letter_fields = {name: field.description or "" for name, field in DeadLetter.model_fields.items()}
    letter = _headers({f"plumbline-letter-{name}": about for name, about in letter_fields.items()}, required=list(letter_fields))
    place = {**text, "description": "topic/partition/offset/line of the original"}
    return {
        "usageEvent": _message("One event in our own JSON", {"$ref": "#/components/schemas/UsageEvent"}, headers=given, key=organization),
        "usageEvents": _message("JSON lines or an array of events", {}, kind="application/x-ndjson", headers=given, key=organization),
        "sourceRecord": _message("What another source writes; see docs/events.md", {"type": "object"}, headers=given, key=organization),
        "cloudEvent": _message("A CloudEvent around any of these, binary mode", {"type": "object"}, headers=cloud, key=organization),
        "deadLetter": _message("The original bytes", text, kind="application/octet-stream", headers=letter, key=place),
        "alert": _message("One alert", {"$ref": "#/components/schemas/Alert"}, key={**text, "description": "alert_id"}),
        "decision": _message("One decision", {"$ref": "#/components/schemas/Decision"}, key={**text, "description": "case_id"}),
    }  # fmt: skip


def _message(title: str, payload: Document, *, key: Document, kind: str = "application/json", headers: Document | None = None) -> Document:
    about = {"title": title, "contentType": kind, "payload": payload, "bindings": {"kafka": _bound(key=key)}}
    return {**about, "headers": headers} if headers else about


def _headers(described: Mapping[str, str], *, required: list[str] | None = None) -> Document:
    found: Document = {"type": "object", "properties": {name: {"type": "string", "description": about} for name, about in described.items()}}
    return {**found, "required": [f"plumbline-letter-{name}" for name in required]} if required else found
