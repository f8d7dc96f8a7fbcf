"""LiteLLM's StandardLoggingPayload, as its callbacks write it."""

from typing import Any

from streams.decode.adapters.moments import from_seconds
from streams.decode.adapters.parts import beside, counts, label, merged, messages_of, object_of, text_of
from streams.decode.records import Arrival

_COUNTS = (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens"))
_CONTEXT = ("audience", "organization_type", "declared_use_case", "end_user_age", "country")
_REQUESTS = ("completion", "chat", "responses", "messages", "generate_content", "text_completion", "embedding")


def fields(tree: dict[str, Any], _arrival: Arrival) -> dict[str, Any] | None:
    tree = object_of(tree.get("standard_logging_object")) or tree
    if not any(name in label(tree.get("call_type")) for name in _REQUESTS):
        return None  # key management, health checks, file uploads
    metadata = object_of(tree.get("metadata"))
    asked = tree.get("messages")
    return merged(
        {
            "event_id": tree.get("id"),
            "occurred_at": from_seconds(tree.get("startTime")),
            "organization_id": metadata.get("user_api_key_org_id") or metadata.get("user_api_key_team_id"),
            "user_id": tree.get("end_user") or metadata.get("user_api_key_end_user_id") or metadata.get("user_api_key_user_id"),
            "api_key_id": metadata.get("user_api_key_hash"),
            "conversation_id": tree.get("trace_id") or metadata.get("session_id"),
            "operation": "embeddings" if "embedding" in label(tree.get("call_type")) else "chat",
            "provider": label(tree.get("custom_llm_provider")),
            "model": label(tree.get("model_group")) or label(tree.get("model")),
            "response_model": label(tree.get("model")),
            "context": _context(tree, metadata),
            "usage": counts(tree, _COUNTS),
            "input": asked if isinstance(asked, str) else messages_of(asked),
            "output": _answer(tree.get("response")),
        },
        beside({name: value for name, value in tree.items() if name in ("organization_id", "context")}),
        {"source": "litellm"},
    )


def _answer(response: Any) -> str:
    if not isinstance(response, dict):
        return text_of(response)
    choices = response.get("choices")
    if isinstance(choices, list):
        turns = [choice.get("message") or choice for choice in choices if isinstance(choice, dict)]
        return "\n".join(filter(None, (text_of(turn.get("content", turn.get("text"))) for turn in turns if isinstance(turn, dict))))
    return text_of(response.get("output", response.get("content")))


def _context(tree: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """Context from `requester_metadata`, else from request tags like `audience:consumer`."""
    found: dict[str, Any] = {}
    for tag in tree.get("request_tags") if isinstance(tree.get("request_tags"), list) else []:
        name, _, value = tag.partition(":") if isinstance(tag, str) else ("", "", "")
        if name in _CONTEXT and value:
            found[name] = value.strip()
        elif name == "safeguards" and value:
            found["safeguards"] = [part.strip() for part in value.split(",") if part.strip()]
    given = object_of(metadata.get("requester_metadata"))
    given = object_of(given.get("context")) or given
    return found | {name: given[name] for name in (*_CONTEXT, "safeguards") if given.get(name) is not None}
