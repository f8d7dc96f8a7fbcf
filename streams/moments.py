"""Times as people write them on the command line and in parameters."""

import re
from datetime import UTC, datetime, timedelta

from streams.errors import UsageError

AGO = re.compile(r"(\d+)\s*(s|m|h|d|w)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime) -> datetime:
    """A time: `now`, an age like `24h` or `7d`, or RFC 3339 (UTC if without zone).

    Raises:
        ValueError: it is none of these.
    """
    if text == "now":
        return now
    if found := AGO.fullmatch(text):
        return now - timedelta(**{UNITS[found[2]]: int(found[1])})
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def option(name: str, text: str, *, now: datetime | None = None) -> datetime | None:
    """The time that an option of the command line gives; None for an empty text.

    Raises:
        UsageError: it is no time.
    """
    if not text:
        return None
    try:
        return moment(text, now or datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{name} is no time: {text!r}", cause="a time is now, 24h, 7d, 2024-06-06 or 2024-06-06T00:00:00Z") from error
