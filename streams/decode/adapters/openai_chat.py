"""OpenAI Chat Completions: a request and response pair, with event fields beside it."""

from typing import Any

from streams.decode.adapters.moments import from_millis, from_seconds
from streams.decode.adapters.parts import beside, counts, label, merged, messages_of, object_of, objects_of, text_of
from streams.decode.records import Arrival

_COUNTS = (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens"))
_SYSTEM = ("system", "developer")


def fields(tree: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    request, response = object_of(tree.get("request")), object_of(tree.get("response"))
    turns = messages_of(request.get("messages"))
    answers = [choice.get("message") for choice in objects_of(response.get("choices"))]
    return merged(
        {
            "event_id": response.get("id"),
            "occurred_at": from_seconds(response.get("created")) or from_millis(arrival.received_ms),
            "user_id": request.get("user") or request.get("safety_identifier"),
            "provider": "openai",
            "model": label(request.get("model")),
            "response_model": label(response.get("model")),
            "response_id": label(response.get("id")),
            "usage": counts(response.get("usage"), _COUNTS),
            "system": "\n".join(turn["content"] for turn in turns if turn["role"] in _SYSTEM),
            "input": [turn for turn in turns if turn["role"] not in _SYSTEM],
            "output": "\n".join(filter(None, (text_of(turn["content"]) for turn in messages_of(answers)))),
        },
        beside(tree),
        {"source": "openai.chat"},
    )
