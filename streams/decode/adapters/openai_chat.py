"""OpenAI Chat Completions: a request and response pair, with event fields beside it."""

from typing import Any

from streams.decode.adapters.moments import from_millis, from_seconds
from streams.decode.adapters.parts import beside, counts, joined, label, merged, messages_of, object_of, objects_of, system_apart
from streams.decode.adapters.streamed import whole
from streams.decode.records import Arrival

COUNTS = (
    ("input_tokens", "prompt_tokens"),
    ("output_tokens", "completion_tokens"),
    ("cache_read_input_tokens", "prompt_tokens_details.cached_tokens"),
    ("cache_creation_input_tokens", "prompt_tokens_details.cache_write_tokens"),
    ("reasoning_output_tokens", "completion_tokens_details.reasoning_tokens"),
)


def fields(tree: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    request, response = object_of(tree.get("request")), whole(tree.get("response"))
    system, turns = system_apart(messages_of(request.get("messages")))
    return merged(
        {
            "event_id": response.get("id"),
            "occurred_at": tree.get("occurred_at") or from_seconds(response.get("created"), "response.created") or from_millis(arrival.received_ms),
            "user_id": request.get("safety_identifier") or request.get("user"),
            "provider": "openai",
            "model": label(request.get("model")),
            "response_model": label(response.get("model")),
            "response_id": label(response.get("id")),
            "usage": counts(response.get("usage"), COUNTS),
            "system": system,
            "input": turns,
            "output": joined(answers_of(response.get("choices"))),
        },
        beside(tree),
        {"source": "openai.chat"},
    )


def answers_of(choices: Any) -> list[dict[str, str]]:
    """The message of each choice; a text completion's choice holds its text itself."""
    return messages_of([object_of(choice.get("message")) or choice for choice in objects_of(choices)])
