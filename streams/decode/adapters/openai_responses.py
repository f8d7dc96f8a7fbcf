"""OpenAI Responses: a request and response pair, with event fields beside it."""

from typing import Any

from streams.decode.adapters.moments import from_millis, from_seconds
from streams.decode.adapters.parts import beside, counts, joined, label, merged, messages_of, object_of, system_apart, text_of
from streams.decode.adapters.streamed import whole
from streams.decode.records import Arrival

COUNTS = (
    ("input_tokens", "input_tokens"),
    ("output_tokens", "output_tokens"),
    ("cache_read_input_tokens", "input_tokens_details.cached_tokens"),
    ("cache_creation_input_tokens", "input_tokens_details.cache_write_tokens"),
    ("reasoning_output_tokens", "output_tokens_details.reasoning_tokens"),
)


def fields(tree: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    request, response = object_of(tree.get("request")), whole(tree.get("response"))
    asked = request.get("input")
    system, turns = system_apart([] if isinstance(asked, str) else messages_of(asked))
    instructions = text_of(request.get("instructions") or response.get("instructions"))
    time = tree.get("occurred_at") or from_seconds(response.get("created_at"), "response.created_at") or from_millis(arrival.received_ms)
    return merged(
        {
            "event_id": response.get("id"),
            "occurred_at": time,
            "user_id": request.get("safety_identifier") or request.get("user"),
            "conversation_id": _conversation(request.get("conversation") or response.get("conversation")),
            "provider": "openai",
            "model": label(request.get("model")),
            "response_model": label(response.get("model")),
            "response_id": label(response.get("id")),
            "usage": counts(response.get("usage"), COUNTS),
            "system": "\n".join(filter(None, (instructions, system))),
            "input": asked if isinstance(asked, str) else turns,
            "output": joined(messages_of(response.get("output"))),
        },
        beside(tree),
        {"source": "openai.responses"},
    )


def _conversation(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value
