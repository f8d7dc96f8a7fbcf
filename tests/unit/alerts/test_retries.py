"""When a delivery is attempted again: for more than three days, ever more slowly, never sooner than the receiver asks."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest

from streams.alerts.retries import DELAYS, Answer, next_delay, retry_after

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_the_last_attempt_is_more_than_72_hours_after_the_first_and_then_there_is_none(chance):
    delays = [next_delay(attempt, Answer(500), lambda: chance) for attempt in range(1, len(DELAYS) + 1)]
    assert sum(delays) >= 72 * 3_600
    assert next_delay(len(DELAYS) + 1, Answer(500), lambda: chance) is None
    assert delays == sorted(delays)


def test_jitter_is_within_a_fifth_and_used_in_full():
    draws = [next_delay(3, Answer(500), Random(seed).random) / DELAYS[2] for seed in range(400)]
    assert 0.8 <= min(draws) < 0.82 and 1.18 < max(draws) <= 1.2


@pytest.mark.parametrize("answer", [Answer(500), Answer(429), Answer(301), Answer(404), Answer(0, "reset")])
def test_every_failure_is_tried_again(answer):
    assert next_delay(1, answer, lambda: 0.5) == DELAYS[0]


def test_who_is_gone_is_not_asked_again():
    assert next_delay(1, Answer(410), lambda: 0.5) is None


@pytest.mark.parametrize(("asked", "delay"), [(60, 60), (1, 5), (10**9, 86_400)])
def test_retry_after_is_honoured_up_to_a_day_and_never_makes_us_hurry(asked, delay):
    assert next_delay(1, Answer(429, retry_after=asked), lambda: 0.5) == delay


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), 120),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 400, 86_400),
        ("²", 0),
        ("Wed, 21 Oct 2026 07:28:00 +99999999999", 0),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date_and_nonsense_is_nothing(header, seconds):
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(("status", "delivered"), [(200, True), (204, True), (299, True), (300, False), (301, False), (0, False), (199, False)])
def test_only_a_success_is_one(status, delivered):
    assert Answer(status).delivered is delivered
