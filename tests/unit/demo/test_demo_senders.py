"""The senders: what was acknowledged is not sent again, and live events go out when they are due."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from streams.demo.backfill import PORTION, backfill, planned
from streams.demo.live import BEHIND_S, due_events
from streams.demo.marker import read_marker
from streams.demo.traffic import Generated, Traffic
from streams.errors import Retry
from streams.settings import DemoSettings, Settings

NOW_S = 1_795_000_000.0


class Topic:
    """A topic in memory. After `lives` flushes the broker is gone."""

    def __init__(self, lives: int = 1_000) -> None:
        self.values: list[bytes] = []
        self.lives = lives

    def send(self, topic: str, *, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]] = ()) -> None:
        assert key
        self.values.append(value)

    def flush(self, timeout_s: float = 60) -> None:
        if not self.lives:
            raise Retry("the broker does not answer")
        self.lives -= 1


def settings(data_dir: Path, **demo: int) -> Settings:
    return Settings(data_dir=data_dir, demo=DemoSettings(events_per_day=3_000, backfill_days=4, **demo))


def sent(to: Settings, topic: Topic, now_s: float = NOW_S, *, again: bool = False) -> list[bytes]:
    backfill(to, topic, planned(to, now_s, again=again), topic="usage.events", advance=lambda _: None)
    return topic.values


def test_a_finished_history_is_not_sent_again_but_on_request(tmp_path: Path) -> None:
    sent(settings(tmp_path), Topic())
    assert planned(settings(tmp_path), NOW_S + 1_000, again=False).done
    assert not planned(settings(tmp_path), NOW_S + 1_000, again=True).done


def test_an_interrupted_history_goes_on_after_what_was_acknowledged_days_later(tmp_path: Path) -> None:
    broken, whole, rest = Topic(lives=1), Topic(), Topic()
    with pytest.raises(Retry):
        sent(settings(tmp_path / "a"), broken)
    assert read_marker(tmp_path / "a").sent == PORTION
    sent(settings(tmp_path / "b"), whole)
    sent(settings(tmp_path / "a"), rest, NOW_S + 3 * 86_400)
    assert broken.values[:PORTION] + rest.values == whole.values


def test_a_history_begun_with_other_settings_is_sent_whole(tmp_path: Path) -> None:
    with pytest.raises(Retry):
        sent(settings(tmp_path), Topic(lives=1))
    assert planned(settings(tmp_path, seed=7), NOW_S, again=False).sent == 0


def test_a_marker_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text('{"now": "yesterday"}')
    assert read_marker(tmp_path) is None


class Clock:
    """Stands still but when somebody waits."""

    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


def live(clock: Clock, count: int) -> list[Generated]:
    demo = DemoSettings(live_events_per_s=20)
    return [event for event in islice(due_events(Traffic(demo), demo, clock=clock, wait=clock.wait), count) if event.sent_s <= clock() + 1e-3]


def test_live_events_go_out_at_their_moments_in_order() -> None:
    clock = Clock(NOW_S)
    events = live(clock, 400)
    assert len(events) == 400
    moments = [event.sent_s for event in events]
    assert moments == sorted(moments)
    assert clock() == pytest.approx(moments[-1])
    assert 5 < clock() - NOW_S < 80


def test_live_events_are_the_same_for_the_same_seconds() -> None:
    assert [event.value for event in live(Clock(NOW_S), 100)] == [event.value for event in live(Clock(NOW_S), 100)]


def test_what_a_sleeping_machine_missed_is_left_out() -> None:
    clock, demo = Clock(NOW_S), DemoSettings(live_events_per_s=20)
    events = due_events(Traffic(demo), demo, clock=clock, wait=clock.wait)
    next(events)
    clock.now_s += 3_600
    later = [event.sent_s for event in islice(events, 200)]
    assert sum(NOW_S + 60 < moment < NOW_S + 3_600 - BEHIND_S - 1 for moment in later) <= 3  # but for a duplicate that was due
