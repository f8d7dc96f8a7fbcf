"""Fields to a `UsageEvent`, and what pydantic says of those that do not fit, in our reason codes and in words."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas import ReasonCode, UsageEvent
from streams.decode.event import Event, of_contract
from streams.errors import Reject

_TIMESTAMPS = ("timestamp_", "timezone_", "datetime_")
_TYPES = ("_type", "_from_float")
_SHAPES = ("str", "list[Message]")  # of a field that may be either; pydantic names the shape as if it were a field
_COMPLAINTS = {
    "missing": "is missing",
    "string_type": "should be text",
    "string_unicode": "holds half of a surrogate pair",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "list_type": "should be a list",
    "model_type": "should be an object",
    "timezone_aware": "has no time zone; end it in Z or an offset",
}


def validate(fields: dict[str, Any]) -> Event:
    """One event.

    Raises:
        Reject: with the first field that does not fit.
    """
    try:
        return of_contract(UsageEvent.model_validate(fields))
    except ValidationError as error:
        raise _reject(error.errors(include_input=False, include_url=False, include_context=False)) from None


def _reject(problems: list[ErrorDetails]) -> Reject:
    """The first problem; one with the version goes before others, because another version may well have other fields."""
    first = next((problem for problem in problems if problem["loc"] == ("schema_version",)), problems[0])
    if first["loc"][-1] in _SHAPES:  # of several shapes, the one that fits furthest was meant
        first = max((problem for problem in problems if problem["loc"][0] == first["loc"][0]), key=lambda problem: len(problem["loc"]))
    others = len({_place(problem) for problem in problems} - {_place(first)})
    return Reject(_reason(first), f"field {_place(first)} {_complaint(first)}" + (f" (and {others} more)" if others else ""))


def _place(problem: ErrorDetails) -> str:
    return ".".join(str(part) for part in problem["loc"] if part not in _SHAPES)


def _complaint(problem: ErrorDetails) -> str:
    kind, place = problem["type"], problem["loc"]
    if place == ("schema_version",) and _reason(problem) is ReasonCode.UNKNOWN_VERSION:
        return f"names a version of the event contract that is not known here; known is {UsageEvent.VERSION}"
    if place[-1] in _SHAPES:
        return "should be text or a list of messages"
    if kind == "string_pattern_mismatch":
        return "should be two capital letters" if place[-1] == "country" else "holds a character that a name cannot have"
    return _COMPLAINTS.get(kind) or problem["msg"].removeprefix("Input ").removeprefix("String ")


def _reason(problem: ErrorDetails) -> ReasonCode:
    kind = problem["type"]
    if kind == "missing":
        return ReasonCode.MISSING_FIELD
    if kind.startswith(_TIMESTAMPS):
        return ReasonCode.BAD_TIMESTAMP
    if kind.endswith(_TYPES):
        return ReasonCode.BAD_TYPE
    if kind == "string_unicode":
        return ReasonCode.BAD_ENCODING
    return ReasonCode.UNKNOWN_VERSION if problem["loc"] == ("schema_version",) else ReasonCode.BAD_VALUE
