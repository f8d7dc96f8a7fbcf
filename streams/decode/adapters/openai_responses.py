"""OpenAI Responses: a request and response pair, with event fields beside it."""

from typing import Any

from streams.decode.adapters.moments import from_millis, from_seconds
from streams.decode.adapters.parts import beside, counts, label, merged, messages_of, object_of, text_of
from streams.decode.records import Arrival

_COUNTS = (("input_tokens", "input_tokens"), ("output_tokens", "output_tokens"))


def fields(tree: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    request, response = object_of(tree.get("request")), object_of(tree.get("response"))
    asked = request.get("input", response.get("input"))
    return merged(
        {
            "event_id": response.get("id"),
            "occurred_at": from_seconds(response.get("created_at")) or from_millis(arrival.received_ms),
            "user_id": request.get("user") or request.get("safety_identifier"),
            "conversation_id": _conversation(request.get("conversation")),
            "provider": "openai",
            "model": label(request.get("model")),
            "response_model": label(response.get("model")),
            "response_id": label(response.get("id")),
            "usage": counts(response.get("usage"), _COUNTS),
            "system": text_of(request.get("instructions") or response.get("instructions")),
            "input": asked if isinstance(asked, str) else _items(asked),
            "output": "\n".join(item["content"] for item in _items(response.get("output"))),
        },
        beside(tree),
        {"source": "openai.responses"},
    )


def _items(items: Any) -> list[dict[str, str]]:
    """Input and output items: messages, and tool calls and results by their text."""
    found = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and "content" not in item:
            item = {"role": item.get("role") or "tool", "content": [item]}  # noqa: PLW2901
        found.extend(messages_of([item]))
    return found


def _conversation(value: Any) -> str | None:
    return value if isinstance(value, str) else value.get("id") if isinstance(value, dict) else None
