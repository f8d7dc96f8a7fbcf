"""Times as sources write them, to RFC 3339 text, so that one contract checks them all."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = 253_402_300_799  # last second of year 9999


def from_millis(millis: int) -> str:
    """Milliseconds since 1970."""
    return (_EPOCH + timedelta(milliseconds=millis)).isoformat()


def from_seconds(seconds: Any) -> str | None:
    """Seconds since 1970, whole or with a fraction; a value in another unit is left to the contract to refuse, as text."""
    if type(seconds) not in (int, float):
        return None if seconds is None else str(seconds)
    if not 0 <= seconds <= _END:
        return f"{seconds} is not in seconds since 1970"
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def from_nanos(nanos: Any) -> str | None:
    """Nanoseconds since 1970 as a number or as text, as OTLP/JSON writes 64-bit integers."""
    if isinstance(nanos, str) and nanos.isdigit() and len(nanos) < 20:
        nanos = int(nanos)
    if type(nanos) is not int or nanos <= 0:
        return None
    return (_EPOCH + timedelta(microseconds=nanos // 1_000)).isoformat()
