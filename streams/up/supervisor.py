"""Brings the parts up in the order they need one another, keeps them running, and stops them in the reverse order."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from streams.settings import Settings
from streams.up.child import Child, Part
from streams.up.plan import Plan, has_command

log = structlog.get_logger()

STARTS_WITHIN_S = 120
TAIL_S = 0.25
# Who produces stops before who reads, who writes before who stores.
STOP_ORDER = (("traffic", "backfill"), ("web", "alerts", "judge"), ("worker", "topics", "schema"), ("store",), ("broker",))


class Supervisor:
    """The whole system of one data folder. `announce` is told once, when the page serves: `{"page": …, "kafka": …, "clickhouse": …}`."""

    def __init__(self, settings: Settings, announce: Callable[[Mapping[str, str]], None], *, demo: bool = False) -> None:
        self.plan, self._announce, self._demo = Plan(settings), announce, demo
        self._logs = self.plan.data_dir / "logs"
        self.children: dict[str, Child] = {}
        self._asked, self._began = asyncio.Event(), time.monotonic()

    async def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP; a second one ends everything at once.

        Raises:
            PlumblineError: a part is missing, does not serve, or cannot be kept running. Everything has been stopped by then.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)
        bringing_up, asked = asyncio.create_task(self._bring_up()), asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait((bringing_up, asked), return_when=asyncio.FIRST_COMPLETED)
            if bringing_up.done():
                bringing_up.result()
        except BaseExceptionGroup as group:
            raise first_of(group) from None
        finally:
            bringing_up.cancel()
            asked.cancel()
            await asyncio.wait((bringing_up, asked))
            await self._stop()

    def _on_signal(self, number: int) -> None:
        if self._asked.is_set():
            for child in self.children.values():
                child.kill()
            return
        log.info("stopping", because=signal.Signals(number).name)
        self._asked.set()

    # -- up

    async def _bring_up(self) -> None:
        """Start every part in order. Returns never: it is cancelled, or a part that fails ends it."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._follow_logs())
            await self._together(self._bring_up_kafka(), self._bring_up_clickhouse())
            if has_command("alerts"):
                self._start(self.plan.alerts())
            if self.plan.settings.judge.url:
                self._start(self.plan.judge())
            await self._together(self._bring_up_page(), self._bring_up_worker())
            if self._demo:
                await self._bring_up_demo()

    async def _bring_up_kafka(self) -> None:
        if self.plan.broker:
            self._start(await self.plan.prepare_broker())
        await self._run_once(self.plan.topics())
        self._say("broker and topics are ready")

    async def _bring_up_clickhouse(self) -> None:
        if self.plan.own_store:
            store = self._start(await self.plan.prepare_store())
            await store.wait_ready(lambda: self.plan.store_serves(store.pid), STARTS_WITHIN_S)
        await self._run_once(self.plan.schema())
        self._say("store and schema are ready")

    async def _bring_up_worker(self) -> None:
        await self._start(self.plan.worker()).wait_ready(self.plan.worker_serves, STARTS_WITHIN_S)
        self._say("worker is ready")

    async def _bring_up_page(self) -> None:
        await self._start(self.plan.web()).wait_ready(self.plan.web_serves, STARTS_WITHIN_S)
        self._say("page is ready")
        self._announce(self._addresses())

    async def _bring_up_demo(self) -> None:
        """After the worker, although it needs Kafka only: a worker that starts needs the cores, and the first rows come sooner this way."""
        await self._run_once(self.plan.backfill())
        self._say("history is there; live traffic follows")
        self._start(self.plan.live())

    def _addresses(self) -> dict[str, str]:
        known, settings = self.plan.known, self.plan.settings
        return {
            "page": self.plan.page,
            "kafka": known.get("PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS", settings.kafka.bootstrap_servers),
            "clickhouse": known.get("PLUMBLINE_CLICKHOUSE__URL", settings.clickhouse.url),
            "data_dir": str(self.plan.data_dir),
        }

    def _start(self, part: Part) -> Child:
        """Keep a part running from now on."""
        child = self.children[part.name] = Child(part, self._logs)
        self._group.create_task(child.keep_running())
        return child

    async def _run_once(self, part: Part) -> None:
        child = self.children[part.name] = Child(part, self._logs)
        await child.keep_running()

    @staticmethod
    async def _together(*steps: Awaitable[None]) -> None:
        """Take steps at the same time; the first failure ends the others."""
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)

    def _say(self, event: str) -> None:
        log.info(event, after_s=round(time.monotonic() - self._began, 1))

    async def _follow_logs(self) -> None:
        while True:
            self._repeat_warnings()
            await asyncio.sleep(TAIL_S)

    def _repeat_warnings(self) -> None:
        for child in list(self.children.values()):
            child.tail.repeat()

    # -- down

    async def _stop(self) -> None:
        for names in STOP_ORDER:
            await asyncio.gather(*(self.children[name].stop() for name in names if name in self.children))
        self._repeat_warnings()
        if self.plan.broker:
            self.plan.broker.forget()
        self._say("everything has stopped; the data stays")


def first_of(group: BaseExceptionGroup) -> BaseException:
    """Of parts that failed together, what the first one says."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
