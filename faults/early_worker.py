"""A known-wrong worker: it acknowledges a batch before it inserts it. The campaign must find that it loses data."""

import asyncio
from collections.abc import Sequence

from streams.landing.spans import RunSpan
from streams.worker import run
from streams.worker.lander import Lander
from streams.worker.pipeline import Work


class EarlyLander(Lander):
    """Acknowledges first, as an agent does that lets its framework commit."""

    async def __call__(self, batch: Sequence[Work]) -> Sequence[RunSpan]:
        for work in batch:
            work.acknowledge()
        await asyncio.sleep(3)  # longer than the commit interval and a look at the committed offsets
        return await super().__call__(batch)


run.Lander = EarlyLander
