"""Requests and answers of the two protocols: OpenAI's Chat Completions and Anthropic's Messages. Pure.

Whoever serves a model speaks one of them, so an own policy model on an own machine needs nothing else.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.judge.question import Question
from streams.settings_judge import JudgeSettings

ANTHROPIC_VERSION = "2023-06-01"


class Request(NamedTuple):
    """One POST."""

    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def request_for(settings: JudgeSettings, question: Question) -> Request:
    """The request that asks a question."""
    base, key = settings.url.rstrip("/"), settings.api_key.get_secret_value()
    user = {"role": "user", "content": question.material}
    if settings.protocol == "anthropic":
        headers = {"anthropic-version": ANTHROPIC_VERSION} | ({"x-api-key": key} if key else {})
        body = {"model": settings.model, "max_tokens": settings.answer_tokens, "temperature": 0, "system": question.instructions, "messages": [user]}
        return Request(f"{base}/messages", headers, body)
    body = {"model": settings.model, settings.token_limit: settings.answer_tokens}
    body |= {"messages": [{"role": "system", "content": question.instructions}, user]}
    if settings.token_limit == "max_tokens":
        body["temperature"] = 0
    return Request(f"{base}/chat/completions", {"authorization": f"Bearer {key}"} if key else {}, body)


def text_of(protocol: str, answer: Any) -> str:
    """The text of an answer; empty when it has none: a refusal, another shape, or something else altogether."""
    if not isinstance(answer, Mapping):
        return ""
    if protocol == "anthropic":
        blocks = answer.get("content")
        found = [block.get("text") for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, list) else []
        return "".join(text for text in found if isinstance(text, str))
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, Mapping) else None
    content = message.get("content") if isinstance(message, Mapping) else None
    return content if isinstance(content, str) else ""
