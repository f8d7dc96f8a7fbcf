"""Sources: each turns what a gateway already emits into the fields of a `UsageEvent`. One module per source, chosen by name or by shape."""

from collections.abc import Callable
from typing import Any

from streams.decode.adapters import anthropic_messages, litellm, openai_chat, openai_responses, otel_log, plumbline
from streams.decode.adapters.parts import label
from streams.decode.adapters.streamed import whole
from streams.decode.records import Arrival

Fields = dict[str, Any]
# Turns a JSON object into event fields; None for an object that is no model request.
Adapter = Callable[[dict[str, Any], Arrival], Fields | None]

ADAPTERS: dict[str, Adapter] = {
    "plumbline": plumbline.fields,
    "anthropic.messages": anthropic_messages.fields,
    "openai.chat": openai_chat.fields,
    "openai.responses": openai_responses.fields,
    "litellm": litellm.fields,
    "otel.log": otel_log.fields,
}


def by_shape(tree: dict[str, Any]) -> str:
    """The source that an object looks like; our own when it looks like none."""
    if "standard_logging_object" in tree or ("call_type" in tree and "startTime" in tree):
        return "litellm"
    if _is_log_record(tree):
        return "otel.log"
    request, response = tree.get("request"), tree.get("response")
    if isinstance(request, dict) or isinstance(response, dict | list):
        return _pair(request if isinstance(request, dict) else {}, whole(response))
    return "plumbline"


def _is_log_record(tree: dict[str, Any]) -> bool:
    timed = "timeUnixNano" in tree or "observedTimeUnixNano" in tree
    return ("attributes" in tree and (timed or "body" in tree or "eventName" in tree)) or (timed and "body" in tree)


def _pair(request: dict[str, Any], response: dict[str, Any]) -> str:
    kind = response.get("object")
    if kind == "response" or ("messages" not in request and ("input" in request or "instructions" in request)):
        return "openai.responses"
    if response.get("type") == "message" or ("system" in request and "messages" in request) or "anthropic_version" in request:
        return "anthropic.messages"
    if isinstance(kind, str) and kind.startswith("chat.completion"):
        return "openai.chat"
    return "anthropic.messages" if "max_tokens" in request and label(request.get("model")).startswith("claude") else "openai.chat"
