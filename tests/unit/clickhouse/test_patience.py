"""A part that starts before ClickHouse answers."""

import pytest

from streams.clickhouse.patience import LONGEST_PAUSE_S, patiently
from streams.errors import ConfigurationError, Retry


class Server:
    """Answers from the n-th call on."""

    def __init__(self, answers_at: int, error: Exception) -> None:
        self.calls, self._answers_at, self._error = 0, answers_at, error

    def __call__(self) -> str:
        self.calls += 1
        if self.calls < self._answers_at:
            raise self._error
        return "answer"


def test_a_start_waits_with_growing_pauses_until_clickhouse_answers() -> None:
    pauses: list[float] = []
    assert patiently(Server(8, Retry("away")), 60, sleep=pauses.append) == "answer"
    assert pauses == sorted(pauses)
    assert max(pauses) == LONGEST_PAUSE_S


def test_a_start_does_not_wait_for_ever() -> None:
    pauses: list[float] = []
    with pytest.raises(Retry):
        patiently(Server(10**6, Retry("away")), 30, sleep=pauses.append)
    assert 30 <= sum(pauses) < 30 + LONGEST_PAUSE_S


def test_what_waiting_does_not_mend_is_raised_at_once() -> None:
    server = Server(2, ConfigurationError("a wrong password"))
    with pytest.raises(ConfigurationError):
        patiently(server, 30, sleep=lambda _s: None)
    assert server.calls == 1
