"""Times as sources write them, to RFC 3339 text, so that one contract checks them all."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import ReasonCode
from streams.errors import Reject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = 253_402_300_799  # last second of year 9999


def from_millis(millis: int) -> str | None:
    """Milliseconds since 1970, as Kafka stamps records; None for what is no moment (0 or -1: none was set)."""
    return (_EPOCH + timedelta(milliseconds=millis)).isoformat() if 0 < millis <= _END * 1_000 else None


def from_seconds(seconds: Any, field: str) -> str | None:
    """Seconds since 1970, whole or with a fraction; text is passed on, for the contract to check.

    Raises:
        Reject: a number in another unit, or no number.
    """
    if seconds is None or isinstance(seconds, str):
        return seconds
    if type(seconds) not in (int, float):
        raise Reject(ReasonCode.BAD_TIMESTAMP, f"field {field} is neither seconds since 1970 nor RFC 3339 text")
    if not 0 <= seconds <= _END:
        raise Reject(ReasonCode.BAD_TIMESTAMP, f"field {field} is {seconds:.0f}: not in seconds since 1970; milliseconds or nanoseconds?")
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def from_nanos(nanos: Any) -> str | None:
    """Nanoseconds since 1970 as a number or as text, as OTLP/JSON writes 64-bit integers; None for 0 (unknown) and for what is no number."""
    if isinstance(nanos, str) and nanos.isascii() and nanos.isdigit() and len(nanos) < 20:
        nanos = int(nanos)
    if type(nanos) is not int or nanos <= 0:
        return None
    return (_EPOCH + timedelta(microseconds=nanos // 1_000)).isoformat()
