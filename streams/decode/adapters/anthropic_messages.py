"""Anthropic Messages: a request and response pair, with event fields beside it. The API gives no time: the record's time stands in."""

from typing import Any

from streams.decode.adapters.moments import from_millis
from streams.decode.adapters.parts import beside, counts, label, merged, messages_of, object_of, text_of
from streams.decode.records import Arrival

_COUNTS = (
    ("input_tokens", "input_tokens"),
    ("output_tokens", "output_tokens"),
    ("cache_read_input_tokens", "cache_read_input_tokens"),
    ("cache_creation_input_tokens", "cache_creation_input_tokens"),
)


def fields(tree: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    request, response = object_of(tree.get("request")), object_of(tree.get("response"))
    metadata = object_of(request.get("metadata"))
    return merged(
        {
            "event_id": response.get("id"),
            "occurred_at": from_millis(arrival.received_ms),
            "user_id": metadata.get("user_id"),
            "provider": "anthropic",
            "model": label(request.get("model")),
            "response_model": label(response.get("model")),
            "response_id": label(response.get("id")),
            "usage": counts(response.get("usage"), _COUNTS),
            "system": text_of(request.get("system")),
            "input": messages_of(request.get("messages")),
            "output": text_of(response.get("content")),
        },
        beside(tree),
        {"source": "anthropic.messages"},
    )
