"""LiteLLM's StandardLoggingPayload, as its callbacks write it, bare or under `standard_logging_object`.

The context comes from the caller's metadata under `plumbline`, or from request tags `plumbline.<field>:<value>`: names without that prefix are the
gateway's own, and may mean something else.
"""

from typing import Any

from schemas import ReasonCode
from streams.decode.adapters import anthropic_messages, openai_chat, openai_responses
from streams.decode.adapters.moments import from_seconds
from streams.decode.adapters.parts import beside, counts, joined, label, merged, messages_of, object_of, system_apart, text_of
from streams.decode.records import Arrival
from streams.errors import Reject

_COUNTS = (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens"))
_APIS = (openai_chat.COUNTS, openai_responses.COUNTS, anthropic_messages.COUNTS)
_DETAILS = tuple(pair for names in _APIS for pair in names if pair[0] not in ("input_tokens", "output_tokens"))
_PREFIX = "plumbline."
_CONTEXT = ("audience", "organization_type", "declared_use_case", "end_user_age", "country", "safeguards")
# Call types are named after functions (`acompletion`, `anthropic_messages`); what holds one of these is a model request. First match wins.
_OPERATIONS = (
    ("embedding", "embeddings"), ("text_completion", "text_completion"), ("generate_content", "generate_content"), ("image", "generate_content"),
    ("video_generation", "generate_content"), ("speech", "generate_content"), ("transcription", "generate_content"), ("completion", "chat"),
    ("chat", "chat"), ("responses", "chat"), ("messages", "chat"), ("realtime", "chat"), ("pass", "chat"),
)  # fmt: skip
_LOOK_UPS = ("get_", "list_", "retrieve_", "delete_", "cancel_")  # of stored answers and threads: nothing is asked of a model


def fields(tree: dict[str, Any], _arrival: Arrival) -> dict[str, Any] | None:
    tree = object_of(tree.get("standard_logging_object")) or tree
    operation = _operation(tree.get("call_type"))
    if operation is None:
        return None
    metadata = object_of(tree.get("metadata"))
    system, turns = system_apart(_turns(tree.get("messages")))
    return merged(
        {
            "event_id": tree.get("id"),
            "occurred_at": tree.get("occurred_at") or from_seconds(tree.get("startTime"), "startTime"),
            "organization_id": metadata.get("user_api_key_org_id") or metadata.get("user_api_key_team_id"),
            "user_id": tree.get("end_user") or metadata.get("user_api_key_end_user_id") or metadata.get("user_api_key_user_id"),
            "api_key_id": metadata.get("user_api_key_hash"),
            "conversation_id": tree.get("trace_id"),
            "operation": operation,
            "provider": label(tree.get("custom_llm_provider")),
            "model": label(tree.get("model_group")) or label(tree.get("model")),
            "response_model": label(tree.get("model")),
            "response_id": label(object_of(tree.get("response")).get("id")),
            "context": _context(tree, metadata),
            "usage": _usage(tree),
            "system": system,
            "input": turns,
            "output": _answer(tree.get("response")),
        },
        beside({name: tree.get(name) for name in ("organization_id", "context", "occurred_at")}),
        {"source": "litellm"},
    )


def _operation(call_type: Any) -> str | None:
    """The operation by the conventions' names; None for key management, health checks, file uploads and the like.

    Raises:
        Reject: there is no call type, so nobody can tell.
    """
    if not isinstance(call_type, str) or not call_type:
        raise Reject(ReasonCode.MISSING_FIELD, "field call_type is missing: it tells model requests from the gateway's other calls")
    if any(name in call_type for name in _LOOK_UPS):
        return None
    return next((operation for name, operation in _OPERATIONS if name in call_type), None)


def _turns(messages: Any) -> list[dict[str, str]]:
    """`messages` is a list of turns, a text, or an object that holds either."""
    if isinstance(messages, dict):
        messages = messages.get("messages", messages)
    return messages_of(messages)


def _answer(response: Any) -> str:
    """The answer of whichever API was called: choices, output items, or content blocks."""
    if not isinstance(response, dict):
        return text_of(response)
    if isinstance(response.get("choices"), list):
        return joined(openai_chat.answers_of(response["choices"]))
    if isinstance(response.get("output"), list):
        return joined(messages_of(response["output"]))
    return text_of(response.get("content"))


def _usage(tree: dict[str, Any]) -> dict[str, int]:
    """The payload's own totals, and the details that only the provider's answer has."""
    return {**counts(object_of(tree.get("response")).get("usage"), _DETAILS), **counts(tree, _COUNTS)}


def _context(tree: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    tags = tree.get("request_tags")
    for tag in tags if isinstance(tags, list) else []:
        name, _, value = label(tag).removeprefix(_PREFIX).partition(":")
        if label(tag).startswith(_PREFIX) and name in _CONTEXT and value:
            found[name] = [part.strip() for part in value.split(",") if part.strip()] if name == "safeguards" else value.strip()
    given = object_of(object_of(metadata.get("requester_metadata")).get("plumbline"))
    return found | {name: given[name] for name in _CONTEXT if given.get(name) is not None}
