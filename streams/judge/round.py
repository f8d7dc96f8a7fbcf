"""One round: uncertain events are read, asked about within budget and breaker, and what came of it is written down."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

import structlog

from streams.judge.answer import score_of
from streams.judge.book import Candidate, Opinion
from streams.judge.breaker import Breaker
from streams.judge.budget import Budget
from streams.judge.endpoint import Reply
from streams.judge.question import Judge, Question
from streams.metrics import Metrics
from streams.policy.matches import Content
from streams.policy.pack import ANY_KIND, Pack, judge_rule
from streams.privacy import HashKey

log = structlog.get_logger(__name__)

AT_ONCE = 50  # candidates of one round
MOST_ATTEMPTS = 3  # of a question that may itself be why it is not answered

Read = Callable[[Candidate], Content | None]  # an event's content; None when it is gone


class Book(Protocol):
    """What is used of an `OpinionBook`."""

    def candidates(self, judges: Mapping[str, str], limit: int) -> list[Candidate]: ...
    def known(self, hashes: Iterable[int]) -> dict[int, float]: ...
    def record(self, opinions: list[Opinion]) -> None: ...


class Asks(Protocol):
    """What is used of an `Endpoint`."""

    async def ask(self, question: Question) -> Reply: ...


class Asked(NamedTuple):
    """A question, and the candidates that it is the same for."""

    question: Question
    hash: int
    candidates: list[tuple[Candidate, str]]  # with the rule that the opinion carries

    def opinions(self, state: str, score: float = 0.0, *, cached: bool = False) -> list[Opinion]:
        """One opinion for each candidate; only the first of them costs a request."""
        return [Opinion(each, rule, state, score, self.hash, cached or at > 0) for at, (each, rule) in enumerate(self.candidates)]


class Rounds:
    """All that rounds share: who is asked, through what, and what has been spent and failed."""

    def __init__(
        self, judge: Judge, pack: Pack, key: HashKey, *, book: Book, endpoint: Asks, read: Read, breaker: Breaker, budget: Budget, metrics: Metrics
    ) -> None:
        self._judge, self._kinds, self._key = judge, pack.kinds, key
        self._book, self._endpoint, self._read = book, endpoint, read
        self.breaker, self.budget, self._metrics = breaker, budget, metrics
        self._attempts: dict[int, int] = {}  # question hash -> attempts that failed; forgotten when it is settled

    async def run(self) -> int:
        """Settle what there is to settle now; returns how many candidates were.

        Raises:
            Retry, MissingPart: ClickHouse or the broker is away; nothing is lost, the next round finds the same.
        """
        self._report()
        if not self.budget.left or self.breaker.waits:
            return 0
        candidates = await asyncio.to_thread(self._book.candidates, self._judge.ids, AT_ONCE)
        gone, asked = await self._questions(candidates)
        known = await asyncio.to_thread(self._book.known, [each.hash for each in asked]) if asked else {}
        settled = await self._write([*gone, *(opinion for each in asked if each.hash in known for opinion in self._from_cache(each, known))])
        waiting = asyncio.Semaphore(self._judge.settings.at_once)
        done = await asyncio.gather(*(self._settle(each, waiting) for each in asked if each.hash not in known), return_exceptions=True)
        self._report()
        for each in done:
            if isinstance(each, BaseException):  # raised when all are done, so that nothing of this round goes on beside the next
                raise each
        return settled + sum(done)

    async def _questions(self, candidates: Iterable[Candidate]) -> tuple[list[Opinion], list[Asked]]:
        """What has gone, and the different questions."""
        gone: list[Opinion] = []
        asked: dict[int, Asked] = {}
        for each in candidates:
            kind, category = self._kinds.get(each.row["our_rule"], ANY_KIND), each.row["category"]
            rule = judge_rule(category, kind)
            content = await asyncio.to_thread(self._read, each)
            if content is None:
                gone.append(Opinion(each, rule, "gone"))
                continue
            question = self._judge.question(category, kind, content, each.place)
            digest = self._key.of_bytes(each.row["judge"].encode(), kind.encode(), question.material.encode())
            asked.setdefault(digest, Asked(question, digest, [])).candidates.append((each, rule))
        return gone, list(asked.values())

    def _from_cache(self, asked: Asked, known: Mapping[int, float]) -> list[Opinion]:
        return asked.opinions("answered", known[asked.hash], cached=True)

    async def _settle(self, asked: Asked, waiting: asyncio.Semaphore) -> int:
        """Ask, if breaker and budget let it; write what came of it, unless it is worth another attempt later."""
        async with waiting:
            if not self.budget.left or not self.breaker.admits() or not self.budget.take():
                return 0
            began = time.perf_counter()
            reply = await self._endpoint.ask(asked.question)
            self._metrics.judge_seconds.observe(time.perf_counter() - began)
        self._metrics.judge_requests.labels(outcome="failed" if reply.error else "answered").inc()
        if reply.error:
            return await self._failed(asked, reply)
        self.breaker.succeeded()
        self._attempts.pop(asked.hash, None)
        score = score_of(reply.text)
        return await self._write(asked.opinions("unreadable") if score is None else asked.opinions("answered", score))

    async def _failed(self, asked: Asked, reply: Reply) -> int:
        self.breaker.failed(wait_s=reply.wait_s)
        log.warning("the judge did not answer", error=reply.error, left_alone=self.breaker.is_open)
        if not reply.of_question:
            return 0
        self._attempts[asked.hash] = self._attempts.get(asked.hash, 0) + 1
        if self._attempts[asked.hash] < MOST_ATTEMPTS:
            return 0
        del self._attempts[asked.hash]
        return await self._write(asked.opinions("failed"))

    async def _write(self, opinions: list[Opinion]) -> int:
        if opinions:
            await asyncio.to_thread(self._book.record, opinions)
        for each in opinions:
            self._metrics.judge_opinions.labels(state="cached" if each.cached else each.state).inc()
        return len(opinions)

    def _report(self) -> None:
        self._metrics.judge_budget_left.set(self.budget.left)
        self._metrics.judge_breaker_open.set(self.breaker.is_open)
