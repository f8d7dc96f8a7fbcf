"""Waiting for a ClickHouse that does not answer yet, when a part starts."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from streams.errors import Retry

log = structlog.get_logger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
Answer = TypeVar("Answer")


def patiently(call: Callable[[], Answer], within_s: float, *, sleep: Callable[[float], None] = time.sleep) -> Answer:
    """What the call returns, repeated as long as only time is lacking. A part that ended at once would be given up by its supervisor.

    Raises:
        Retry: not within the time.
    """
    waited, pause = 0.0, FIRST_PAUSE_S
    while True:
        try:
            return call()
        except Retry as error:
            if waited >= within_s:
                raise
            if not waited:
                log.warning("the start waits for ClickHouse", error=str(error), within_s=within_s)
        sleep(pause)
        waited, pause = waited + pause, min(pause * 2, LONGEST_PAUSE_S)
