"""Live traffic: each event goes out at its moment, for ever. Outlives a broker that goes away and comes back."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from types import FrameType

import structlog

from streams.demo.history import pace_of_live
from streams.demo.traffic import Generated, Traffic
from streams.errors import MissingPart, PlumblineError, Retry
from streams.imports.sending import Producer
from streams.kafka.broker import kafka_settings
from streams.kafka.producer import EventProducer
from streams.settings import DemoSettings, Settings

BEHIND_S = 5  # what a paused machine has missed beyond this is left out
FLUSH_S, FLUSH_WITHIN_S, CLOSE_S = 1.0, 10.0, 0.4
WAITS_S = (1, 2, 5, 10)

log = structlog.get_logger(__name__)


class Stopped(BaseException):
    """A signal asked for the end. Raised wherever the process stands, so that even a wait for a dead broker ends at once."""


def due_events(traffic: Traffic, demo: DemoSettings, *, clock: Callable[[], float], wait: Callable[[float], None]) -> Iterator[Generated]:
    """Events of the live pace, each when it is due, without end.

    Args:
        clock: seconds since 1970.
        wait: returns after that many seconds.
    """
    for event in traffic.in_order(pace_of_live(demo), _seconds(clock, wait)):
        if (early := event.sent_s - clock()) > 0:
            wait(early)
        yield event


def _seconds(clock: Callable[[], float], wait: Callable[[float], None]) -> Iterator[int]:
    """Each second when it begins; after a pause only the last few of those that passed."""
    second = int(clock())
    while True:
        second = max(second, int(clock()) - BEHIND_S)
        if (early := second - clock()) > 0:
            wait(early)
        yield second
        second += 1


class Live:
    """The sender. `sent` counts the events that were handed over."""

    def __init__(self, settings: Settings, *, topic: str) -> None:
        self._settings, self._topic, self.sent = settings, topic, 0

    def run(self) -> None:
        """Send until SIGTERM or SIGINT.

        Raises:
            MissingPart: there is no broker at the start.
            Retry: it does not answer at the start.
        """
        events = due_events(Traffic(self._settings.demo), self._settings.demo, clock=time.time, wait=time.sleep)
        producer = EventProducer(kafka_settings(self._settings))
        with _stopping():
            try:
                while True:
                    try:
                        self._send(events, producer)
                    except Retry as error:
                        log.warning("the broker is away, trying again", why=error.what)
                        _give_up(producer)
                        producer = self._reconnected()
            except Stopped:
                _give_up(producer)

    def _send(self, events: Iterator[Generated], producer: Producer) -> None:
        flushed = time.monotonic()
        for event in events:
            producer.send(self._topic, key=event.organization_id.encode(), value=event.value)
            self.sent += 1
            if time.monotonic() - flushed >= FLUSH_S:
                producer.flush(FLUSH_WITHIN_S)
                flushed = time.monotonic()

    def _reconnected(self) -> EventProducer:
        """A producer as soon as there is a broker again; its address may be another one."""
        for wait_s in chain(WAITS_S, repeat(WAITS_S[-1])):
            time.sleep(wait_s)
            with suppress(Retry, MissingPart):
                return EventProducer(kafka_settings(self._settings))
        raise AssertionError("the waits do not end")


def _give_up(producer: EventProducer) -> None:
    with suppress(PlumblineError):
        producer.close(timeout_s=CLOSE_S)


@contextmanager
def _stopping() -> Iterator[None]:
    """SIGTERM and SIGINT raise `Stopped`, once."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
