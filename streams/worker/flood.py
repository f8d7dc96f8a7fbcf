"""The guard against a flood of dead letters: a broken producer or deployment must stop the partition, not fill a topic."""

from collections import deque


class FloodGuard:
    """Counts rejects of one partition over its last `window` inputs and in a row."""

    def __init__(self, *, ratio: float, window: int, consecutive: int) -> None:
        self._limit, self._window, self._consecutive = int(ratio * window), window, consecutive
        self._ratio = ratio
        self._runs: deque[tuple[int, int]] = deque()  # (inputs, rejects) per chunk
        self._inputs = self._rejects = self._in_a_row = 0

    def observe(self, inputs: int, rejects: int) -> str:
        """Count one chunk; return why the partition must stop, or an empty string."""
        self._runs.append((inputs, rejects))
        self._inputs, self._rejects = self._inputs + inputs, self._rejects + rejects
        while self._runs and self._inputs - self._runs[0][0] >= self._window:
            old_inputs, old_rejects = self._runs.popleft()
            self._inputs, self._rejects = self._inputs - old_inputs, self._rejects - old_rejects
        self._in_a_row = self._in_a_row + rejects if rejects == inputs else rejects if inputs else self._in_a_row
        if self._rejects > max(self._limit, int(self._ratio * self._inputs)):
            return f"{self._rejects} of the last {self._inputs} inputs were rejected (limit {self._ratio:.0%} of {self._window})"
        if self._in_a_row >= self._consecutive and rejects == inputs:
            return f"{self._in_a_row} inputs in a row were rejected (limit {self._consecutive})"
        return ""
