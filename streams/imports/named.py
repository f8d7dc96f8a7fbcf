"""What a line says of itself before it is sent: the organization that becomes the record's key, and whether it has an id."""

import json
from typing import Any, NamedTuple

from streams.decode import cloud_events
from streams.decode.adapters import ADAPTERS
from streams.decode.arrivals import SOURCE, source_of
from streams.decode.records import Arrival
from streams.errors import Reject


class Named(NamedTuple):
    """`single`: the line is one event (no array, no export of many), so an id may be given to it."""

    organization_id: str | None = None
    event_id: str | None = None
    single: bool = False


def named(line: bytes, source: str = "") -> Named:
    """Read a line as the worker's adapters would. Whatever it cannot read names nothing: the worker says why it is wrong."""
    try:
        tree = json.loads(line)
    except (ValueError, RecursionError):
        return Named()
    if not isinstance(tree, dict) or isinstance(tree.get("resourceLogs"), list):
        return Named()
    envelope = cloud_events.Envelope()
    try:
        if cloud_events.is_structured(tree):
            envelope, tree = cloud_events.structured(tree)
        fields = _fields(tree, source, envelope) if isinstance(tree, dict) else {}
    except Reject:
        fields = {}
    return Named(_text(fields.get("organization_id")), _text(fields.get("event_id")) or envelope.event_id or None, single=True)


def _fields(tree: dict[str, Any], source: str, envelope: cloud_events.Envelope) -> dict[str, Any]:
    arrival = Arrival("", 0, 0, 0, 0, {SOURCE: source.encode()} if source else {})
    return ADAPTERS[source_of(tree, arrival, envelope)](tree, arrival) or {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
