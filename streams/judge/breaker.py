"""The circuit breaker: a judge that fails again and again is left alone for a while, then tried with one request."""

import time
from collections.abc import Callable

LONGEST_S = 3_600.0


class Breaker:
    """Closed: requests go out. Open: none does until the pause is over; then one trial, which closes it or doubles the pause."""

    def __init__(self, *, after: int, pause_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._after, self._first_pause, self._clock = after, pause_s, clock
        self._failures, self._pause, self._until, self._trial = 0, pause_s, 0.0, False

    @property
    def is_open(self) -> bool:
        """Whether it has opened, and no trial has succeeded since."""
        return self._failures >= self._after

    @property
    def waits(self) -> bool:
        """Whether nothing goes out now, not even a trial."""
        return self.is_open and (self._trial or self._clock() < self._until)

    def admits(self) -> bool:
        """Whether a request may go out now; one that may must be followed by `succeeded` or `failed`."""
        if not self.is_open:
            return True
        if self.waits:
            return False
        self._trial = True
        return True

    def succeeded(self) -> None:
        """The judge answered, whatever it said."""
        self._failures, self._pause, self._trial = 0, self._first_pause, False

    def failed(self, *, wait_s: float = 0.0) -> None:
        """No answer. `wait_s`: how long the judge asks to be left alone."""
        again, self._trial = self._trial, False
        self._failures += 1
        if again:
            self._pause = min(2 * self._pause, LONGEST_S)
        if self.is_open:
            self._until = max(self._until, self._clock() + max(self._pause, min(wait_s, LONGEST_S)))
