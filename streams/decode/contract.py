"""The contract's word on fields: the event, or what pydantic says of those that do not fit, in our reason codes."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas import ReasonCode, UsageEvent
from streams.decode.event import Event, of_contract
from streams.decode.strict_json import printable
from streams.errors import Reject

_TIMESTAMPS = ("timestamp_", "timezone_", "datetime_")
_TYPES = ("_type", "is_instance_of", "_attributes_type")


def validate(fields: dict[str, Any]) -> Event:
    """One event.

    Raises:
        Reject: with the first field that does not fit.
    """
    try:
        return of_contract(UsageEvent.model_validate(fields))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        raise _reject(problems) from None


def _reject(problems: list[ErrorDetails]) -> Reject:
    versions = [problem for problem in problems if problem["loc"] == ("schema_version",)]
    first = (versions or problems)[0]
    place = ".".join(str(part) for part in first["loc"])[:200]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Reject(_reason(first), f"field {printable(place, 200)}: {first['msg']}{more}")


def _reason(problem: ErrorDetails) -> ReasonCode:
    kind = problem["type"]
    if problem["loc"] == ("schema_version",):
        return ReasonCode.UNKNOWN_VERSION
    if kind == "missing":
        return ReasonCode.MISSING_FIELD
    if kind.startswith(_TIMESTAMPS):
        return ReasonCode.BAD_TIMESTAMP
    if kind.endswith(_TYPES):
        return ReasonCode.BAD_TYPE
    return ReasonCode.BAD_VALUE
