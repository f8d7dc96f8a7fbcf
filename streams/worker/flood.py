"""The guard against a flood of dead letters: a broken producer or deployment must stop the partition, not fill a topic."""

from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple


class Outcomes(NamedTuple):
    """What became of consecutive inputs of a partition: how many, how many of them rejected, and rejected in a row: first, last, at most.

    Inputs that were set aside on purpose (tombstones, blank lines) count for neither side.
    """

    inputs: int = 0
    rejects: int = 0
    leading: int = 0
    trailing: int = 0
    longest: int = 0

    @classmethod
    def of(cls, events: int, after: Sequence[int], failed: int = 0) -> "Outcomes":
        """From a decoded chunk: its number of events, for each reject how many events came before it, and events that failed later."""
        runs = Counter(after)  # rejects with no event between them
        landed = events - failed
        rejects = len(after) + failed
        if not landed:
            return cls(rejects, rejects, rejects, rejects, rejects)
        return cls(landed + rejects, rejects, runs[0], runs[events], max(runs.values(), default=0))

    def then(self, later: "Outcomes") -> "Outcomes":
        """Both, one after the other."""
        return Outcomes(
            self.inputs + later.inputs,
            self.rejects + later.rejects,
            self.leading if self.leading < self.inputs else self.inputs + later.leading,
            later.trailing if later.trailing < later.inputs else later.inputs + self.trailing,
            max(self.longest, later.longest, self.trailing + later.leading),
        )


class FloodGuard:
    """Counts rejects of one partition over its last `window` inputs, and in a row.

    The window holds whole chunks: the fewest last ones that together have `window` inputs. Before it is full, the limit is that of a full one, so
    that the first rejects of a partition do not stop it.
    """

    def __init__(self, *, ratio: float, window: int, consecutive: int) -> None:
        self._ratio, self._window, self._consecutive = ratio, window, consecutive
        self._chunks: deque[Outcomes] = deque()
        self._inputs = self._rejects = self._in_a_row = 0

    def observe(self, chunk: Outcomes) -> str:
        """Count one chunk; return why the partition must stop, or an empty string."""
        self._chunks.append(chunk)
        self._inputs, self._rejects = self._inputs + chunk.inputs, self._rejects + chunk.rejects
        while self._inputs - self._chunks[0].inputs >= self._window:
            old = self._chunks.popleft()
            self._inputs, self._rejects = self._inputs - old.inputs, self._rejects - old.rejects
        longest = max(chunk.longest, self._in_a_row + chunk.leading)
        self._in_a_row = chunk.trailing if chunk.trailing < chunk.inputs else self._in_a_row + chunk.inputs
        if self._rejects > self._ratio * max(self._inputs, self._window):
            return f"{self._rejects} of the last {self._inputs} inputs were rejected (limit {self._ratio:.0%} of {max(self._inputs, self._window)})"
        if longest >= self._consecutive:
            return f"{longest} inputs in a row were rejected (limit {self._consecutive})"
        return ""
