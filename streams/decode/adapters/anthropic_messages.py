"""Anthropic Messages: a request and response pair, with event fields beside it. The API gives no time: the record's time stands in."""

from typing import Any

from streams.decode.adapters.moments import from_millis
from streams.decode.adapters.parts import beside, counts, label, merged, messages_of, object_of, system_apart, text_of
from streams.decode.adapters.streamed import whole
from streams.decode.records import Arrival

COUNTS = (
    ("input_tokens", "input_tokens"),
    ("output_tokens", "output_tokens"),
    ("cache_read_input_tokens", "cache_read_input_tokens"),
    ("cache_creation_input_tokens", "cache_creation_input_tokens"),
    ("reasoning_output_tokens", "output_tokens_details.thinking_tokens"),
)
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")


def fields(tree: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    request, response = object_of(tree.get("request")), whole(tree.get("response"))
    system, turns = system_apart(messages_of(request.get("messages")))
    return merged(
        {
            "event_id": response.get("id"),
            "occurred_at": from_millis(arrival.received_ms),
            "user_id": object_of(request.get("metadata")).get("user_id"),
            "provider": "anthropic",
            "model": label(request.get("model")),
            "response_model": label(response.get("model")),
            "response_id": label(response.get("id")),
            "usage": usage_of(response.get("usage")),
            "system": "\n".join(filter(None, (text_of(request.get("system")), system))),
            "input": turns,
            "output": text_of(response.get("content")),
        },
        beside(tree),
        {"source": "anthropic.messages"},
    )


def usage_of(usage: Any) -> dict[str, int]:
    """Counts by the OpenTelemetry reading: `input_tokens` includes what came from or went to the cache, which Anthropic counts apart."""
    found = counts(usage, COUNTS)
    if "input_tokens" in found:
        found["input_tokens"] += sum(found.get(name, 0) for name in _CACHED)
    return found
