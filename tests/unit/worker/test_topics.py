"""A worker does not go on with a topic that is another one than it began to read."""

import asyncio
from collections.abc import Mapping

import pytest

from streams.errors import Retry
from streams.settings import KafkaSettings
from streams.worker import topics
from streams.worker.topics import TopicWatch


async def followed(*answers: Mapping[str, str] | Retry, monkeypatch: pytest.MonkeyPatch) -> TopicWatch:
    """Watch while the broker answers so, one after the other, the last one for ever."""
    left = list(answers)

    def ask(_kafka: KafkaSettings, _topics: object) -> Mapping[str, str]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Retry):
            raise answer
        return answer

    monkeypatch.setattr(topics, "POLL_S", 0.001)
    watch = TopicWatch(KafkaSettings(), ["usage.events"], ask)
    try:
        await asyncio.wait_for(watch.follow(), 0.3)
    except TimeoutError:
        return watch


async def test_a_topic_that_was_made_anew_ends_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Retry, match=r"made anew.*usage\.events"):
        await followed({"usage.events": "one"}, {}, {"usage.events": "two"}, monkeypatch=monkeypatch)


async def test_a_topic_that_stays_is_watched_on_while_the_broker_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await followed({"usage.events": "one"}, Retry("away"), {"usage.events": "one"}, monkeypatch=monkeypatch)).ids == {"usage.events": "one"}


async def test_a_topic_that_is_made_later_is_known_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await followed({}, {"usage.events": "one"}, monkeypatch=monkeypatch)).ids == {"usage.events": "one"}
