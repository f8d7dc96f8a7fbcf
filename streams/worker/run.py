"""One worker process: sets up its parts, runs the Faust app, and stops in time whatever is away."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable

import structlog
from faust.exceptions import ConsumerNotStarted

from streams.clickhouse import erasures
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.runs import RunBook
from streams.clickhouse.volumes import VolumeRefresher
from streams.errors import EXIT_UNAVAILABLE, PlumblineError, Retry
from streams.kafka.chunks import ChunkConsumer
from streams.metrics import Metrics
from streams.policy import Pack
from streams.policy.watch import PackWatch
from streams.privacy import load_key
from streams.probes import serve_probes
from streams.settings import Settings
from streams.worker.application import build_app
from streams.worker.current import CurrentRuns, keep_pack
from streams.worker.lander import Lander
from streams.worker.letters import Letters
from streams.worker.packed import Packed
from streams.worker.pipeline import Pipeline, Work
from streams.worker.pool import Pool
from streams.worker.process import NOBODY, SetUp, Task
from streams.worker.topics import TopicWatch

log = structlog.get_logger(__name__)

RUNS_POLL_S, APP_POLL_S, PACK_POLL_S = 1.0, 1.0, 2.0


class Worker:
    """The parts of one worker and their life."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.metrics = settings, Metrics()
        self.name = settings.kafka.group_instance_id or f"{socket.gethostname()}-{os.getpid()}"
        self.key, self.pack = load_key(settings), Pack.load(settings.policy.pack)
        self.packs = settings.data_dir / "packs"
        # Whose events do not land: what the pool is given at its start, what goes along with each chunk, and the state that it was read in.
        self.erased, self.erased_since, self._tombstones = NOBODY, NOBODY, 0
        self.clickhouse = ClickHouse.connect(settings.clickhouse)
        self.runs = RunBook(self.clickhouse)
        self.current = CurrentRuns(self.runs, self.packs)
        self.volumes = VolumeRefresher(self.clickhouse)

    # -- set-up

    def prepare(self) -> None:
        """Keep the pack where the pool finds it, and open or join the run that is current for it."""
        self._use(self.pack)
        self._read()
        self.erased, self.erased_since = self.erased_since, NOBODY

    def _use(self, pack: Pack) -> None:
        keep_pack(self.packs, pack)
        self.runs.register(pack)
        self.runs.open_live(pack.hash)
        if pack.has_shadow:
            self.runs.open_shadow(pack.hash)
        self.pack = pack
        self.metrics.pack_info.clear()
        self.metrics.pack_info.labels(pack_hash=pack.hash).set(1)

    def _read(self) -> None:
        """Read which runs are current and, when that has changed, whose events no longer land."""
        self.current.read()
        state = erasures.state(self.clickhouse)
        if state != self._tombstones:
            changed = {whose: until for whose, until in erasures.erased(self.clickhouse).items() if self.erased.get(whose) != until}
            self.erased_since, self._tombstones = changed, state

    # -- life

    async def run(self, *, on_ready: Callable[[], None] = lambda: None) -> None:
        """Run until a signal asks to stop."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_stop, stop)
        intake, excerpts = self.settings.intake, self.settings.privacy.excerpts
        setup = SetUp(intake, self.settings.retention, self.settings.policy, self.key, excerpts, self.packs, self.erased)
        own = self.settings.worker
        pool = Pool(setup, own.pool_processes)
        await pool.warm_up(self.current.spans)
        self.app = app = build_app(self.settings, self._put)
        topics = await asyncio.to_thread(TopicWatch, self.settings.kafka, intake.topics)
        app.topic_ids = topics.ids
        app.finalize()
        letters = Letters(_AppProducer(app), self.settings.kafka.dead_letters_topic, self.key, int(self.settings.kafka.max_record_bytes))
        lander = Lander(self.clickhouse, letters, self.volumes, self.metrics, self.name, self.current.read, topics.ids)
        self.pipeline = Pipeline(self.settings, pool.process, lander, self._task, self.metrics, self.fatal, self._hold)
        jobs = (self.pipeline.run, self._follow_runs, self._follow_pack, self._refresh_volumes, self._watch_app, topics.follow)
        tasks = [asyncio.create_task(self._supervised(job)) for job in jobs]
        async with serve_probes(own.probe_port, self.metrics, lambda: self._readiness(lander), own.probe_host) as port:
            try:
                await app.start()
                on_ready()
                log.info("worker is running", worker=self.name, pack=self.pack.hash, pool=pool.processes, probes=port)
                await stop.wait()
                await self._stop(app)
            finally:
                for task in tasks:
                    task.cancel()
                pool.close()

    def _task(self, records: Packed) -> Task:
        return Task(records, self.current.spans, self.erased_since)

    def _put(self, work: Work) -> None:
        """The app is built before the pipeline, whose letters need the app's producer."""
        self.pipeline.put(work)

    async def _stop(self, app: object) -> None:
        """Read no more, land what is in flight, commit, leave the group."""
        app.consumer.stop_flow()
        drained = await self.pipeline.drain(self.settings.worker.stop_deadline_s * 0.6)
        await app.consumer.commit()
        await app.stop()
        try:
            await asyncio.to_thread(self.volumes.refresh)
        except Retry as error:
            log.warning("volumes not refreshed; the next worker does it", error=error.what)
        log.info("worker stopped", worker=self.name, drained=drained)

    def _asked_to_stop(self, stop: asyncio.Event) -> None:
        """Stop; at the deadline end the process as it is, because nothing that is in flight has been acknowledged."""
        if stop.is_set():
            os._exit(EXIT_UNAVAILABLE)
        stop.set()
        deadline = self.settings.worker.stop_deadline_s

        def end() -> None:
            log.warning("worker ends at its deadline; what was in flight will be read again", deadline_s=deadline)
            os._exit(EXIT_UNAVAILABLE)

        timer = threading.Timer(deadline, end)
        timer.daemon = True
        timer.start()

    def fatal(self, error: BaseException) -> None:
        """End the process without acknowledging anything: the supervisor starts it anew, and the chunks are read again."""
        code = error.exit_code if isinstance(error, PlumblineError) else EXIT_UNAVAILABLE
        log.error("worker cannot go on", error=str(error), kind=type(error).__name__, exc_info=error)
        os._exit(code)

    async def _supervised(self, job: Callable) -> None:
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  the supervisor border of the worker
            self.fatal(error)

    async def _watch_app(self) -> None:
        """End the process when a service of Faust has crashed: it would go on without it, reading nothing and looking healthy."""
        while True:
            await asyncio.sleep(APP_POLL_S)
            for service in (self.app, self.app.consumer):
                if service is not None and service.crashed:
                    raise service.crash_reason or RuntimeError(f"{type(service).__name__} crashed")

    async def _follow_runs(self) -> None:
        while True:
            await asyncio.sleep(RUNS_POLL_S)
            try:
                await asyncio.to_thread(self._read)
            except Retry as error:
                log.debug("runs not read", error=error.what)

    async def _follow_pack(self) -> None:
        """Use a changed pack from a few seconds ahead, once it checks; else go on with the one that runs."""
        watch, waiting = PackWatch(self.settings.policy.pack, self.pack), None
        while True:
            await asyncio.sleep(PACK_POLL_S)
            waiting = await asyncio.to_thread(watch.changed) or waiting
            if waiting is None:
                continue
            try:
                await asyncio.to_thread(self._use, waiting)
            except Retry as error:
                log.warning("the changed policy pack is used when ClickHouse answers", pack=waiting.hash, error=error.what)
                continue
            log.info("policy pack changed", pack=waiting.hash)
            waiting = None

    async def _refresh_volumes(self) -> None:
        try:
            await asyncio.to_thread(self.volumes.catch_up)
        except Retry as error:
            log.warning("volumes not caught up", error=error.what)
        while True:
            await asyncio.sleep(0.25)
            try:
                await asyncio.to_thread(self.volumes.refresh_if_due)
            except Retry as error:
                log.debug("volumes not refreshed", error=error.what)

    # -- what others see

    def _hold(self, topic: str, partition: int) -> None:
        from faust.types import TP

        if isinstance(self.app.consumer, ChunkConsumer):
            self.app.consumer.hold(TP(topic, partition))

    def _assigned(self) -> bool:
        try:
            return bool(self.app.consumer.assignment())
        except ConsumerNotStarted:
            return False

    def _lag(self) -> int:
        """Records between the log's end and the commit, over the assigned partitions, as last seen."""
        consumer, total = self.app.consumer, 0
        for tp in consumer.assignment():
            end, committed = consumer.highwater(tp), consumer._committed_offset.get(tp)
            lag = max(0, (end or 0) - (committed or 0)) if end else 0
            self.metrics.consumer_lag.labels(topic=tp.topic, partition=str(tp.partition)).set(lag)
            total += lag
        return total

    def _readiness(self, lander: Lander) -> dict[str, str]:
        """What keeps this worker from being ready: part -> reason; empty when all is well."""
        problems = {f"partition {topic}/{partition}": why for (topic, partition), why in self.pipeline.paused.items()}
        if lander.trouble:
            problems["clickhouse"] = lander.trouble
        if not self._assigned():
            problems["kafka"] = "no partition is assigned to this worker"
        elif self.pipeline.in_flight and time.time() - self.pipeline.last_landed > 30:
            problems["progress"] = f"{self.pipeline.in_flight} chunks in flight, none landed for 30 s"
        if "kafka" not in problems:
            self._lag()
        return problems


class _AppProducer:
    """Faust's producer, found when it is needed: the app makes it while it starts."""

    def __init__(self, app: object) -> None:
        self._app = app

    async def send_and_wait(self, topic: str, key: bytes, value: bytes, *, headers: list[tuple[str, bytes]]) -> object:
        return await self._app.producer.send_and_wait(topic, key, value, None, None, headers)
