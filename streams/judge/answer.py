"""What a judge said, as a score. Strict: what is not plainly one answer is none. Pure."""

import json
import re
from typing import Any

_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.DOTALL)
_DECODER = json.JSONDecoder()
MOST_OBJECTS = 64


def score_of(text: str) -> float | None:
    """How much it thinks the exchange matches, 0 to 1 with three decimals; None when the text is no answer.

    Reasoning around the object is passed over. Two objects that differ are no answer: one of them may be a quotation from the exchange.

    >>> score_of('{"match": false, "confidence": 0.9}')
    0.1
    """
    text = text.strip()
    if fenced := _FENCE.match(text):
        text = fenced[1]
    scores = {score for found in _objects(text) if (score := _score(found)) is not None}
    return scores.pop() if len(scores) == 1 else None


def _objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text, outermost ones, in order."""
    found: list[dict[str, Any]] = []
    at = text.find("{")
    for _ in range(MOST_OBJECTS):
        if at < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        found.append(value)
        at = text.find("{", end)
    return found


def _score(found: dict[str, Any]) -> float | None:
    match, confidence = found.get("match"), found.get("confidence")
    if not isinstance(match, bool) or isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        return None
    return round(confidence if match else 1 - confidence, 3)
