"""A streamed answer put together again: gateways log either the finished response, or the list of events that the API sent.

Anthropic sends `message_start`, blocks in deltas, `message_delta`; OpenAI Chat sends chunks with deltas; OpenAI Responses ends with the whole.
"""

from typing import Any

from streams.decode.adapters.parts import label, object_of, objects_of

Json = Any
_FINAL = ("response.completed", "response.incomplete", "response.failed")
_JOINED = ("content", "refusal", "text", "thinking", "partial_json", "arguments", "input", "transcript")


def whole(response: Json) -> dict[str, Json]:
    """The response as one object; an empty one for what is neither an object nor a stream."""
    if isinstance(response, dict):
        return response
    events = objects_of(response)
    if not events:
        return {}
    kind = label(events[0].get("type"))
    if kind.startswith("response."):
        return _responses(events)
    return _chat(events) if isinstance(events[0].get("choices"), list) else _anthropic(events)


def _responses(events: list[dict[str, Json]]) -> dict[str, Json]:
    """The last event that carries the response; a stream that broke off has only the items that were done."""
    found: dict[str, Json] = {}
    items = [event["item"] for event in events if event.get("type") == "response.output_item.done" and isinstance(event.get("item"), dict)]
    for event in events:
        found = object_of(event.get("response")) or found
        if event.get("type") in _FINAL:
            return found
    return {**found, "output": items or found.get("output")}


def _chat(events: list[dict[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {"object": "chat.completion"}
    messages: dict[int, dict[str, Json]] = {}
    calls: dict[int, dict[int, dict[str, Json]]] = {}
    for event in events:
        found |= {name: event[name] for name in ("id", "created", "model", "usage") if event.get(name)}
        for choice in objects_of(event.get("choices")):
            index, delta = _index(choice), object_of(choice.get("delta"))
            _grow(messages.setdefault(index, {"role": "assistant"}), {name: delta[name] for name in delta if name != "tool_calls"})
            for call in objects_of(delta.get("tool_calls")):
                _grow(calls.setdefault(index, {}).setdefault(_index(call), {}), call)
    choices = [{"message": {**message, "tool_calls": list(calls.get(index, {}).values())}} for index, message in sorted(messages.items())]
    return {**found, "choices": choices}


def _anthropic(events: list[dict[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {"type": "message"}
    blocks: dict[int, dict[str, Json]] = {}
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            found = dict(object_of(event.get("message")))
        elif kind == "content_block_start":
            blocks[_index(event)] = dict(object_of(event.get("content_block")))
        elif kind == "content_block_delta":
            _grow(blocks.setdefault(_index(event), {}), object_of(event.get("delta")))
        elif kind == "message_delta":
            latest = {name: count for name, count in object_of(event.get("usage")).items() if count is not None}
            found["usage"] = {**object_of(found.get("usage")), **latest}
    return {**found, "content": [_block(block) for _, block in sorted(blocks.items())]}


def _block(block: dict[str, Json]) -> dict[str, Json]:
    """A tool's input arrives as pieces of JSON text."""
    return {**block, "input": block["partial_json"]} if "partial_json" in block else block


def _grow(grown: dict[str, Json], delta: dict[str, Json]) -> None:
    """Lay a delta on what is there: texts are continued, objects too, of anything else the first value stays."""
    for name, value in delta.items():
        if name in _JOINED and isinstance(value, str):
            grown[name] = label(grown.get(name)) + value
        elif isinstance(value, dict):
            inner = {**object_of(grown.get(name))}
            _grow(inner, value)
            grown[name] = inner
        elif value is not None:
            grown.setdefault(name, value)


def _index(event: dict[str, Json]) -> int:
    index = event.get("index")
    return index if type(index) is int else 0
