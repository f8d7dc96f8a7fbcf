"""The process of `plumbline alerts run`: evaluates when something landed, sends what is due, and says how it is."""

import asyncio
import os
import signal
import socket
import time
from datetime import UTC, datetime

import structlog

from streams.alerts.book import AlertBook
from streams.alerts.channels import Channels
from streams.alerts.engine import Engine, Evaluation
from streams.alerts.rules import AlertRules
from streams.alerts.sender import Sender
from streams.cases.telling import DecisionTeller, with_topic
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.failures import NoSchema
from streams.errors import PlumblineError, Retry
from streams.evidence.sealer import Sealer
from streams.kafka.admin import lag
from streams.kafka.broker import kafka_settings
from streams.metrics import Metrics
from streams.probes import serve_probes
from streams.settings import Settings

log = structlog.get_logger(__name__)

SLOW_S = 60.0
LEAST_PAUSE = 0.25  # of the time that an evaluation took
WAIT_S = (0.5, 1, 2, 5)
LAG_EVERY_S = 5.0
LAST_SENDS_S = 5.0
DECISIONS_EVERY_S = 3.0


class AlertService:
    """Evaluator and sender of one process. Several may run: ids are the same, and receivers know a delivery by its id."""

    def __init__(self, settings: Settings, client: ClickHouse, rules: AlertRules) -> None:
        self._settings, self._client, self._metrics = settings, client, Metrics()
        book = AlertBook(client)
        self._engine = Engine(client, rules, settings.alerts, name=f"{socket.gethostname()}-{os.getpid()}", waiting=lambda: self._waiting)
        self._channels = Channels(settings.alerts, lambda: kafka_settings(settings))
        self._sender = Sender(book, self._channels, with_topic(settings.alerts), self._metrics)
        self._teller = DecisionTeller(client, settings.alerts)
        self._trouble, self._evaluated_at = "not evaluated yet", time.monotonic()
        self._waiting: int | None = None

    async def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        own = self._settings.alerts
        async with serve_probes(own.probe_port, self._metrics, self._problems, own.probe_host) as port:
            log.info("alerts are running", probes=port, routes=sorted(self._settings.alerts.routes))
            tasks = [self._evaluate, self._tell_decisions, self._sender.run, self._watch_lag]
            tasks += [self._seal] if self._settings.evidence.seal_every_min else []
            jobs = [asyncio.create_task(job()) for job in tasks]
            ended = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([*jobs, ended], return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            for job in jobs:
                job.cancel()
            await asyncio.wait(jobs, timeout=LAST_SENDS_S)
            await self._channels.close()
            for job in done - {ended}:
                job.result()  # one that ended by itself did so with an error
        log.info("alerts stopped")

    async def _evaluate(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            try:
                if await asyncio.to_thread(self._engine.due):
                    self._report(await asyncio.to_thread(self._engine.evaluate, datetime.now(UTC)))
                self._trouble, self._evaluated_at, failures = "", time.monotonic(), 0
                took = time.monotonic() - began
                await asyncio.sleep(max(took * LEAST_PAUSE, self._settings.alerts.evaluate_every_s - took))
            except (Retry, NoSchema) as error:  # away, or not migrated yet
                self._trouble = error.what
                log.warning("alert rules cannot be evaluated now", error=error.what, cause=error.cause)
                await asyncio.sleep(WAIT_S[min(failures, len(WAIT_S) - 1)])
                failures += 1

    async def _tell_decisions(self) -> None:
        """What was decided on cases goes out as alerts do."""
        while True:
            try:
                self._sender.offer(await asyncio.to_thread(self._teller.tell, datetime.now(UTC)))
            except (Retry, NoSchema) as error:
                log.warning("decisions cannot be told now", error=error.what)
            await asyncio.sleep(DECISIONS_EVERY_S)

    async def _seal(self) -> None:
        """Hours that are closed are sealed into the evidence chain."""
        while True:
            await asyncio.sleep(self._settings.evidence.seal_every_min * 60)
            try:
                made = await asyncio.to_thread(lambda: Sealer(self._client, self._settings).seal(datetime.now(UTC)))
                log.info("hours sealed", seals=len(made), verdicts=sum(each.leaves for each in made))
            except PlumblineError as error:
                log.warning("hours cannot be sealed now", error=error.what, cause=error.cause, next=error.command)

    def _report(self, done: Evaluation) -> None:
        self._metrics.alert_evaluation_seconds.observe(done.seconds)
        for incident in done.changed:
            self._metrics.alerts_changed.labels(severity=incident.severity).inc()
            log.info("alert changed", alert=incident.alert_id, rule=incident.rule, severity=incident.severity, value=incident.value)
        self._sender.offer(done.deliveries)

    async def _watch_lag(self) -> None:
        """How many records wait, for rules on lag. Without a broker nobody knows."""
        while True:
            try:
                rows = await asyncio.to_thread(lambda: lag(kafka_settings(self._settings), list(self._settings.intake.topics)))
                self._waiting = sum(row["end"] - max(row["committed"] or 0, row["begin"]) for row in rows)
            except PlumblineError as error:
                self._waiting = None
                log.debug("lag is not known", error=error.what)
            await asyncio.sleep(LAG_EVERY_S)

    def _problems(self) -> dict[str, str]:
        if self._trouble:
            return {"evaluation": self._trouble}
        silent = time.monotonic() - self._evaluated_at
        return {"evaluation": f"none for {silent:.0f} s"} if silent > SLOW_S else {}
