"""A broker that has only just met a group is asked again, until it knows who looks after it."""

import pytest
from kafka.errors import CoordinatorNotAvailableError, GroupAuthorizationFailedError, KafkaError, NotCoordinatorError

from streams.kafka import admin


class Broker:
    """Refuses once with this error, then answers."""

    def __init__(self, error: type[KafkaError]) -> None:
        self._refusals = [error]

    def list_group_offsets(self, group_id: str) -> dict[str, dict]:
        if self._refusals:
            raise self._refusals.pop()()
        return {group_id: {"place": 7}}


@pytest.mark.parametrize("error", [CoordinatorNotAvailableError, NotCoordinatorError])
def test_a_coordinator_that_is_not_ready_is_asked_again(error: type[KafkaError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin.time, "sleep", lambda _s: None)
    assert admin._group_offsets(Broker(error), "g") == {"place": 7}


def test_a_refusal_that_will_last_is_told_at_once() -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        admin._group_offsets(Broker(GroupAuthorizationFailedError), "g")
