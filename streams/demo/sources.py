"""A request as a gateway would report it: our own JSON, and the shapes of the sources that the worker's adapters read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from streams.demo.composing import Request

Fields = dict[str, Any]


def report(request: Request, event_id: str, occurred_s: float) -> Fields:
    """The object that the gateway of the request's organization sends. `occurred_s`: seconds since 1970, whole milliseconds."""
    return _SHAPES[request.organization.source](request, event_id, occurred_s)


def encoded(fields: Fields) -> bytes:
    """As it goes over the wire."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def timestamp(epoch_s: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _messages(request: Request) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in request.turns or (("user", request.text),)]


def own_json(request: Request, event_id: str, occurred_s: float) -> Fields:
    """The fields of `UsageEvent` as they are."""
    asked, answered = request.usage()
    fields = {
        "schema_version": 1, "event_id": event_id, "occurred_at": timestamp(occurred_s), "organization_id": request.organization.id,
        "user_id": request.user, "api_key_id": request.api_key, "provider": request.organization.provider, "model": request.model,
        "context": request.context, "usage": {"input_tokens": asked, "output_tokens": answered},
    }  # fmt: skip
    if request.conversation:
        fields["conversation_id"] = request.conversation
    if request.system:
        fields["system"] = request.system
    if request.turns:
        fields["input"] = _messages(request)
    else:
        fields["text"] = request.text
    if request.output:
        fields["output"] = request.output
    return fields


def _beside(request: Request) -> Fields:
    """What a gateway knows and the pair does not say."""
    known = {"organization_id": request.organization.id, "api_key_id": request.api_key, "context": request.context}
    return known | ({"conversation_id": request.conversation} if request.conversation else {})


def _anthropic_messages(request: Request, event_id: str, occurred_s: float) -> Fields:
    asked, answered = request.usage()
    body: Fields = {"model": request.model, "max_tokens": 1024, "messages": _messages(request), "metadata": {"user_id": request.user}}
    if request.system:
        body["system"] = request.system
    return {
        "occurred_at": timestamp(occurred_s),
        **_beside(request),
        "request": body,
        "response": {
            "id": event_id, "type": "message", "role": "assistant", "model": request.model, "stop_reason": "end_turn",
            "content": [{"type": "text", "text": request.output}] if request.output else [],
            "usage": {"input_tokens": asked, "output_tokens": answered},
        },
    }  # fmt: skip


def _openai_chat(request: Request, event_id: str, occurred_s: float) -> Fields:
    asked, answered = request.usage()
    system = [{"role": "system", "content": request.system}] if request.system else []
    answers = [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": request.output}}] if request.output else []
    return {
        **_beside(request),
        "request": {"model": request.model, "user": request.user, "messages": system + _messages(request)},
        "response": {
            "id": event_id, "object": "chat.completion", "created": int(occurred_s), "model": request.model, "choices": answers,
            "usage": {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered},
        },
    }  # fmt: skip


def _litellm(request: Request, event_id: str, occurred_s: float) -> Fields:
    asked, answered = request.usage()
    system = [{"role": "system", "content": request.system}] if request.system else []
    fields: Fields = {
        "id": event_id, "call_type": "acompletion", "status": "success", "startTime": occurred_s, "endTime": round(occurred_s + 1.2, 3),
        "model": request.model, "model_group": request.model, "custom_llm_provider": request.organization.provider,
        "messages": system + _messages(request), "prompt_tokens": asked, "completion_tokens": answered, "end_user": request.user,
        "metadata": {
            "user_api_key_hash": request.api_key, "user_api_key_org_id": request.organization.id,
            "requester_metadata": {"plumbline": request.context},
        },
    }  # fmt: skip
    if request.output:
        fields["response"] = {"choices": [{"message": {"role": "assistant", "content": request.output}}]}
    if request.conversation:
        fields["trace_id"] = request.conversation
    return fields


def _otel_log(request: Request, event_id: str, occurred_s: float) -> Fields:
    asked, answered = request.usage()
    parts = [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in request.turns or (("user", request.text),)]
    strings = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": request.organization.provider, "gen_ai.request.model": request.model,
        "gen_ai.response.id": event_id, "enduser.id": request.user, "plumbline.organization_id": request.organization.id,
        "plumbline.api_key_id": request.api_key, "gen_ai.input.messages": json.dumps(parts, ensure_ascii=False),
        **{f"plumbline.context.{name}": value for name, value in request.context.items() if name != "safeguards"},
    }  # fmt: skip
    if request.system:
        strings["gen_ai.system_instructions"] = json.dumps([{"type": "text", "content": request.system}], ensure_ascii=False)
    if request.output:
        said = [{"role": "assistant", "parts": [{"type": "text", "content": request.output}], "finish_reason": "stop"}]
        strings["gen_ai.output.messages"] = json.dumps(said, ensure_ascii=False)
    if request.conversation:
        strings["gen_ai.conversation.id"] = request.conversation
    attributes: list[Fields] = [{"key": name, "value": {"stringValue": value}} for name, value in strings.items()]
    counts = (("gen_ai.usage.input_tokens", asked), ("gen_ai.usage.output_tokens", answered))
    attributes += [{"key": name, "value": {"intValue": str(count)}} for name, count in counts]
    safeguards = {"arrayValue": {"values": [{"stringValue": each} for each in request.context["safeguards"]]}}
    attributes.append({"key": "plumbline.context.safeguards", "value": safeguards})
    return {
        "timeUnixNano": str(round(occurred_s * 1_000) * 1_000_000),
        "severityText": "INFO",
        "eventName": "gen_ai.client.inference.operation.details",
        "attributes": attributes,
    }


_SHAPES: dict[str, Callable[[Request, str, float], Fields]] = {
    "plumbline": own_json,
    "anthropic.messages": _anthropic_messages,
    "openai.chat": _openai_chat,
    "litellm": _litellm,
    "otel.log": _otel_log,
}
