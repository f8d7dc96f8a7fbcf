"""A worker that can be held: while there is a file `hold` in its data folder, it has decided and does not land. It writes `held` when it waits."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from streams.landing.spans import RunSpan
from streams.worker import run
from streams.worker.lander import Lander
from streams.worker.pipeline import Work

FOLDER = Path(os.environ["PLUMBLINE_DATA_DIR"])


class HeldLander(Lander):
    """As one whose store is slow, or whose process was stopped for a while."""

    async def __call__(self, batch: Sequence[Work]) -> Sequence[RunSpan]:
        while (FOLDER / "hold").exists():
            (FOLDER / "held").touch()
            await asyncio.sleep(0.1)
        return await super().__call__(batch)


run.Lander = HeldLander
