"""The sender: every delivery of the outbox is attempted until it arrives, is given up, or its route is off. A route that hangs delays no other."""

import asyncio
import hashlib
import heapq
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from streams.alerts.book import AlertBook, Delivery, RouteState
from streams.alerts.channels import CONNECTIONS_PER_ROUTE, Channels
from streams.alerts.notices import due_notices
from streams.alerts.retries import GONE, Answer, next_delay
from streams.alerts.route_trouble import trouble_with
from streams.clickhouse.failures import NoSchema
from streams.errors import Retry
from streams.metrics import Metrics
from streams.settings_alerts import AlertRoute, AlertsSettings

log = structlog.get_logger(__name__)

RELOAD_S = 10.0  # replays and what another process wrote
RECORD_AGAIN_S = 1.0
MOST_ENDED = 10_000
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Sender:
    """All routes of one process. `offer` hands it new entries of the outbox; it finds the others itself."""

    def __init__(
        self,
        book: AlertBook,
        channels: Channels,
        settings: AlertsSettings,
        metrics: Metrics,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
        poll_s: float = 1.0,
    ) -> None:
        """`clock`, `chance` and `poll_s` (how often a moving clock is looked at) are for tests."""
        self._book, self._channels, self._settings, self._metrics = book, channels, settings, metrics
        self._clock, self._chance = clock, chance
        self._queues = {name: _Queue(poll_s) for name in settings.routes}
        self._states: dict[str, RouteState] = {}

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        """Take new or changed entries. What is being attempted, or waits as it is, stays."""
        for each in deliveries:
            if each.route in self._queues:
                self._queues[each.route].put(each)
        self._metrics.deliveries_pending.set(sum(map(len, self._queues.values())))

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reload())
            for name, route in self._settings.routes.items():
                for _ in range(CONNECTIONS_PER_ROUTE):
                    tasks.create_task(self._work(name, route))

    async def _reload(self) -> None:
        while True:
            try:
                known = await asyncio.to_thread(self._book.routes)
                for name, route in self._settings.routes.items():
                    address = address_hash(route)
                    self._states[name] = known.get((name, address), RouteState(name, address))
                self.offer(await asyncio.to_thread(self._book.pending))
            except (Retry, NoSchema) as error:
                log.warning("the outbox cannot be read", error=error.what)
            await asyncio.sleep(RELOAD_S)

    async def _work(self, name: str, route: AlertRoute) -> None:
        queue = self._queues[name]
        while True:
            delivery = await queue.take(self._clock)
            try:
                await self._attempt(name, route, delivery)
            finally:
                queue.release(delivery, self._clock())

    async def _attempt(self, name: str, route: AlertRoute, delivery: Delivery) -> None:
        state = self._state(name)
        if state.disabled:
            await self._record(replace(delivery, state="dead", error=f"the route is off: {state.reason}"))
            return
        answer = await self._channels.send(name, route, delivery.delivery_id, delivery.body)
        done = self._judged(delivery, answer)
        self._metrics.deliveries.labels(route=name, outcome=done.state if answer.delivered or done.state == "dead" else "failed").inc()
        if answer.delivered:
            self._metrics.delivery_seconds.observe(max(0.0, (self._clock() - delivery.created_at).total_seconds()))
        log.info("delivery attempted", delivery=delivery.delivery_id, route=name, status=answer.status, error=answer.error, state=done.state)
        await self._record(done)
        await self._note_health(name, route, answer)
        if done.state == "pending":
            self._queues[name].put(done, again=True)

    def _judged(self, delivery: Delivery, answer: Answer) -> Delivery:
        now, attempts = self._clock(), delivery.attempts + 1
        done = replace(delivery, attempts=attempts, status=answer.status, error=answer.error)
        if answer.delivered:
            return replace(done, state="delivered", next_at=now)
        delay = next_delay(attempts, answer, self._chance)
        return replace(done, state="dead", next_at=now) if delay is None else replace(done, next_at=now + timedelta(seconds=delay))

    async def _note_health(self, name: str, route: AlertRoute, answer: Answer) -> None:
        state, now = self._state(name), self._clock()
        if answer.delivered:
            if state.failing_from:
                await self._set_state(replace(state, failing_from=None))
            return
        failing = replace(state, failing_from=state.failing_from or now)
        reason = "the receiver says that it is gone (410)" if answer.status == GONE else ""
        if not reason and now - failing.failing_from > timedelta(hours=self._settings.disable_after_h):
            reason = f"nothing but failures since {failing.failing_from:%Y-%m-%d %H:%M} UTC, the last: {answer.error}"
        if reason and not state.disabled:
            log.error("route is switched off", route=name, reason=reason)
            await self._set_state(replace(failing, disabled=True, reason=reason))
            await self._tell_owner(name, route)
        elif failing != state:
            await self._set_state(failing)

    async def _tell_owner(self, name: str, route: AlertRoute) -> None:
        """Through the other routes."""
        now = self._clock()
        incident = trouble_with(name, route.owner, int(now.timestamp()))
        others: Mapping[str, AlertRoute] = {other: each for other, each in self._settings.routes.items() if other != name}
        await asyncio.to_thread(self._book.write_alerts, [incident], "", now)
        notices = due_notices([incident], {}, [], others, int(now.timestamp()), self._settings.page_url)
        self.offer(await asyncio.to_thread(self._book.write_notices, notices, now))

    def _state(self, name: str) -> RouteState:
        return self._states.get(name) or RouteState(name, address_hash(self._settings.routes[name]))

    async def _set_state(self, state: RouteState) -> None:
        self._states[state.route] = state
        await asyncio.to_thread(self._book.write_route, state, self._clock())

    async def _record(self, delivery: Delivery) -> None:
        """Write down what came of an attempt, however long ClickHouse is away: until then it is attempted by nobody here."""
        while True:
            try:
                return await asyncio.to_thread(self._book.write_deliveries, [delivery], self._clock())
            except Retry as error:
                log.warning("a delivery cannot be recorded", delivery=delivery.delivery_id, error=error.what)
                await asyncio.sleep(RECORD_AGAIN_S)


class _Queue:
    """Deliveries of one route by the time they are due; those under way are held apart, so that none is attempted twice at once."""

    def __init__(self, poll_s: float) -> None:
        self._poll_s = poll_s
        self._heap: list[tuple[datetime, str]] = []
        self._waiting: dict[str, Delivery] = {}
        self._under_way: set[str] = set()
        self._ended: dict[str, datetime] = {}
        self._changed = asyncio.Event()

    def put(self, delivery: Delivery, *, again: bool = False) -> None:
        """Unless it is under way, waits as it is, or was read before its last attempt ended."""
        name = delivery.delivery_id
        if not again and (name in self._under_way or self._waiting.get(name) == delivery or delivery.next_at <= self._ended.get(name, EVER)):
            return
        self._waiting[delivery.delivery_id] = delivery
        heapq.heappush(self._heap, (delivery.next_at, delivery.delivery_id))
        self._changed.set()

    async def take(self, clock: Callable[[], datetime]) -> Delivery:
        """The next one that is due."""
        while True:
            self._changed.clear()
            wait: float | None = None
            while self._heap:
                due, name = self._heap[0]
                waiting = self._waiting.get(name)
                if waiting is None or waiting.next_at != due or name in self._under_way:
                    heapq.heappop(self._heap)  # changed since, or gone
                    continue
                wait = (due - clock()).total_seconds()
                break
            if wait is not None and wait <= 0:
                name = heapq.heappop(self._heap)[1]
                self._under_way.add(name)
                return self._waiting.pop(name)
            try:
                await asyncio.wait_for(self._changed.wait(), None if wait is None else min(wait, self._poll_s))
            except TimeoutError:
                continue

    def release(self, delivery: Delivery, now: datetime) -> None:
        """It is no longer under way; if it was put back, it may be taken again."""
        self._under_way.discard(delivery.delivery_id)
        self._ended[delivery.delivery_id] = now
        if len(self._ended) > MOST_ENDED:
            self._ended = {name: at for name, at in self._ended.items() if now - at < timedelta(minutes=5)}
        if again := self._waiting.get(delivery.delivery_id):
            heapq.heappush(self._heap, (again.next_at, again.delivery_id))
            self._changed.set()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._under_way)


def address_hash(route: AlertRoute) -> str:
    """Tells one address from another without giving it away."""
    parts = (route.kind, route.url.get_secret_value(), route.routing_key.get_secret_value(), *route.to)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
