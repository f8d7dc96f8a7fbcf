"""The process of `plumbline judge run`: round after round until it is told to stop. Nothing waits for it: events have landed before it sees them."""

import asyncio
import signal

import structlog

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.failures import NoSchema
from streams.errors import MissingPart, Retry
from streams.judge.book import Candidate, OpinionBook
from streams.judge.breaker import Breaker
from streams.judge.budget import budget_of
from streams.judge.endpoint import Endpoint
from streams.judge.question import Judge
from streams.judge.round import Rounds
from streams.kafka.broker import kafka_settings
from streams.kafka.content import content_of
from streams.metrics import Metrics
from streams.policy.matches import Content
from streams.policy.pack import Pack
from streams.privacy import load_key
from streams.probes import serve_probes
from streams.settings import Settings

log = structlog.get_logger(__name__)


class JudgeService:
    """One process; a second one on another data folder would have a budget of its own."""

    def __init__(self, settings: Settings, client: ClickHouse) -> None:
        self._settings, self._metrics, judge = settings, Metrics(), settings.judge
        pack = Pack.load(settings.policy.pack)
        self._endpoint, self._trouble = Endpoint(judge), ""
        self._rounds = Rounds(
            Judge(judge, pack), pack, load_key(settings), book=OpinionBook(client, judge), endpoint=self._endpoint, read=self._read,
            breaker=Breaker(after=judge.break_after, pause_s=judge.break_s),
            budget=budget_of(settings), metrics=self._metrics,
        )  # fmt: skip

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. What was asked and not yet written is asked again by the next process."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        own = self._settings.judge
        async with serve_probes(own.probe_port, self._metrics, self._problems, own.probe_host) as port:
            log.info("the judge is asked", model=self._settings.judge.model, budget_left=self._rounds.budget.left, probes=port)
            work, ended = asyncio.create_task(self._work()), asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([work, ended], return_when=asyncio.FIRST_COMPLETED)
            for task in (work, ended):
                task.cancel()
            await asyncio.wait([work, ended])
            await self._endpoint.close()
            if work in done:
                work.result()  # it never ends by itself but with an error
        log.info("the judge is asked no more")

    async def _work(self) -> None:
        while True:
            try:
                settled = await self._rounds.run()
                self._trouble = ""
            except (Retry, NoSchema, MissingPart) as error:
                settled, self._trouble = 0, error.what
                log.warning("no second opinions now", error=error.what, cause=error.cause)
            if not settled:
                await asyncio.sleep(self._settings.judge.every_s)

    def _read(self, candidate: Candidate) -> Content | None:
        event = content_of(self._settings, kafka_settings(self._settings), candidate.row)
        return None if event is None else tuple(event.content())

    def _problems(self) -> dict[str, str]:
        problems = {"parts": self._trouble} if self._trouble else {}
        if self._rounds.breaker.is_open:
            problems["judge"] = "it failed again and again and is left alone for a while"
        return problems
