"""Whether the topics that a worker reads are still the ones that it began to read."""

import asyncio
from collections.abc import Callable, Collection, Mapping

import structlog

from streams.errors import Retry
from streams.kafka.admin import topic_ids
from streams.settings import KafkaSettings

log = structlog.get_logger(__name__)

POLL_S = 5.0


class TopicWatch:
    """Knows the topics by the ids that the broker gave them."""

    def __init__(self, kafka: KafkaSettings, topics: Collection[str], ask: Callable[..., Mapping[str, str]] = topic_ids) -> None:
        self._ask = lambda: ask(kafka, topics)
        self.ids: dict[str, str] = dict(self._ask())

    async def follow(self) -> None:
        """Look every few seconds.

        Raises:
            Retry: a topic was made anew. The consumer would go on at the old one's offsets, or read nothing: a new process reads the new one from its
                beginning.
        """
        while True:
            await asyncio.sleep(POLL_S)
            try:
                now = await asyncio.to_thread(self._ask)
            except Retry as error:
                log.debug("topics not looked at", error=error.what)
                continue
            if anew := sorted(topic for topic, known in self.ids.items() if now.get(topic, known) != known):
                raise Retry(
                    f"deleted and made anew while it was read: {', '.join(anew)}",
                    cause="its offsets begin again, those of the old topic say nothing of it",
                    command="nothing, when a supervisor starts the worker again: it reads the new topic from its beginning; else plumbline worker",
                )
            self.ids |= now
