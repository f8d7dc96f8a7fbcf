"""When to try again, and what an answer means. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

# Seconds after the first, second … failure: eleven attempts, the last one more than 72 hours after the first however the jitter falls.
DELAYS = (5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 108_000, 144_000)
JITTER = 0.2
LONGEST_RETRY_AFTER = 86_400
GONE = 410


class Answer(NamedTuple):
    """What came of an attempt. `status` 0: no answer, and `error` says why. `retry_after`: seconds that the receiver asks for."""

    status: int
    error: str = ""
    retry_after: float = 0.0
    text: str = ""

    @property
    def delivered(self) -> bool:
        return 200 <= self.status < 300


def next_delay(attempts: int, answer: Answer, random: Callable[[], float]) -> float | None:
    """Seconds until the next attempt after so many failed ones; None when there is none.

    A receiver that says `Retry-After` is not asked sooner; one that is gone is not asked again.
    """
    if answer.status == GONE or attempts > len(DELAYS):
        return None
    delay = DELAYS[attempts - 1] * (1 - JITTER + 2 * JITTER * random())
    return max(delay, min(answer.retry_after, LONGEST_RETRY_AFTER))


def retry_after(value: str | None, now: datetime) -> float:
    """Seconds that a Retry-After header asks for: a number, or an HTTP date; 0 when it says neither."""
    if not value:
        return 0.0
    stated = value.strip()
    if stated.isascii() and stated.isdigit():
        return float(min(int(stated[:9]), LONGEST_RETRY_AFTER))
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
