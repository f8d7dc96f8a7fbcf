"""A known-wrong worker: it keeps a little of every batch. The soak must find that its memory grows."""

from collections.abc import Sequence

from streams.landing.spans import RunSpan
from streams.worker import run
from streams.worker.lander import Lander
from streams.worker.pipeline import Work

KEPT: list[bytearray] = []


class LeakyLander(Lander):
    """Forgets nothing."""

    async def __call__(self, batch: Sequence[Work]) -> Sequence[RunSpan]:
        KEPT.append(bytearray(b"x" * 2_048))
        return await super().__call__(batch)


run.Lander = LeakyLander
