"""A known-wrong worker of the version before: it goes on deciding by its own run, whatever became current since."""

from collections.abc import Sequence

from faults import older_worker  # noqa: F401  the same version
from streams.landing.spans import RunSpan
from streams.worker import current, run


class Stubborn(current.CurrentRuns):
    def _spans(self) -> Sequence[RunSpan]:
        first = super()._spans()[0]
        return (first._replace(to_ms=1 << 50),)


run.CurrentRuns = Stubborn
