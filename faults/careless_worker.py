"""A known-wrong worker: it does not wait until the broker has a dead letter. What the topic refuses is then nowhere."""

import asyncio
from collections.abc import Sequence

from streams.decode import Rejected
from streams.worker import run
from streams.worker.letters import Letter, Letters


class CarelessLetters(Letters):
    async def send(self, rejects: Sequence[Rejected]) -> list[Letter]:
        asyncio.gather(*map(self._send, rejects), return_exceptions=True)
        return []


run.Letters = CarelessLetters
