"""The period that a page shows: whole slots up to now, and the same hours before, so that both are equally long."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from streams.clickhouse.library import moment

HOUR = 3600
# name -> (length, slot width), both in seconds
CHOICES = {"24h": (24 * HOUR, HOUR), "7d": (7 * 24 * HOUR, 3 * HOUR), "30d": (30 * 24 * HOUR, 24 * HOUR), "90d": (90 * 24 * HOUR, 24 * HOUR)}
DEFAULT = "7d"
MAX_SLOTS = 120
EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Window(NamedTuple):
    """Event time [`since`, `until`) in slots of `width_s` seconds; `name` is one of CHOICES, or empty for given times."""

    name: str
    since: datetime
    until: datetime
    width_s: int

    @classmethod
    def parse(cls, since: str, until: str, now: datetime) -> "Window":
        """From a URL's parameters.

        Raises:
            ValueError: they are no times, or in the wrong order.
        """
        if not until and since in ("", *CHOICES):
            name = since or DEFAULT
            length, width = CHOICES[name]
            end = _whole_minute(now)
            return cls(name, floor(end, width) - timedelta(seconds=length), end, width)
        try:
            start, end = moment(since or DEFAULT, now), moment(until or "now", now)
        except (OverflowError, ValueError) as error:
            raise ValueError(f"{since or until!r} is no period: 24h, 7d, 30d, 90d, or times like 2024-06-06T00:00:00Z") from error
        if not EARLIEST <= start < end <= LATEST:
            raise ValueError("the period ends before it begins, or is not within 1971 to 2200")
        start, width = floor(start, HOUR), HOUR
        while (end - start).total_seconds() > width * MAX_SLOTS:
            width *= 3 if width < 3 * HOUR else 2
        return cls("", start, end, width)

    @property
    def slots(self) -> list[datetime]:
        """When each slot begins."""
        count = -(-int((self.until - self.since).total_seconds()) // self.width_s)
        return [self.since + timedelta(seconds=index * self.width_s) for index in range(count)]

    @property
    def times(self) -> dict[str, str]:
        """As parameters of a query."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}

    @property
    def coarse(self) -> dict[str, str]:
        """The same, to ten minutes: for what is kept for a while."""
        return {"since": floor(self.since, 600).isoformat(), "until": floor(self.until + timedelta(seconds=599), 600).isoformat()}

    @property
    def before(self) -> dict[str, str]:
        """The period before, as parameters of a query."""
        return {"since": (self.since - (self.until - self.since)).isoformat(), "until": self.since.isoformat()}


def floor(time: datetime, width_s: int) -> datetime:
    """The last multiple of the width since 1970."""
    seconds = int(time.timestamp())
    return datetime.fromtimestamp(seconds - seconds % width_s, UTC)


def _whole_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def slot_labels(window: Window, most: int = 7) -> list[str]:
    """A few evenly spaced labels for the axis of time, from the first slot to the end."""
    length = window.until - window.since
    form = "%H:%M" if length <= timedelta(hours=30) else "%d %b"
    return [f"{window.since + length * index / (most - 1):{form}}" for index in range(most)]
