"""The parts of a running system for tests: a broker, a store and workers as real processes on a data folder of their own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import migrate
from streams.endpoint import find
from streams.errors import Retry
from streams.kafka.admin import ensure_topics, lag
from streams.kafka.broker import Broker
from streams.kafka.producer import EventProducer
from streams.settings import Settings
from streams.store.endpoint import clickhouse_settings

TINY_PACK = Path(__file__).parents[1] / "packs" / "tiny"
TOPIC = "usage.events"


def wait_for(condition: Callable[[], Any], timeout_s: float, what: str) -> Any:
    """The condition's first true value. Who does not answer at the moment is asked again.

    Raises:
        AssertionError: it did not come true in time.
    """
    deadline, why = time.monotonic() + timeout_s, ""
    while True:
        try:
            if found := condition():
                return found
        except Retry as error:
            why = f" ({error})"
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}{why}"
        time.sleep(0.1)


class Command:
    """`plumbline …` as a process, with its log in a file of the data folder."""

    def __init__(self, system: "System", *arguments: str, module: str = "", **environment: str) -> None:
        """`module` is imported first: a known-wrong variant changes a part there."""
        launch = ["-c", f"import {module}; from streams.cli import main; main()"] if module else ["-m", "streams"]
        self.log = system.data_dir / f"{arguments[0]}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen([sys.executable, *launch, *arguments], env=system.environment(environment), stderr=output)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self, timeout_s: float = 30) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def text(self) -> str:
        return self.log.read_text()

    def logged(self, event: str) -> dict[str, Any] | None:
        """The first log line with that event."""
        lines = (json.loads(line) for line in self.text().splitlines() if line.startswith("{"))
        return next((line for line in lines if line["event"] == event), None)


class Worker(Command):
    """One worker, ready when it says so."""

    def __init__(self, system: "System", *, module: str = "", **environment: str) -> None:
        super().__init__(system, "worker", module=module, **environment)

    def wait_ready(self) -> Self:
        def running() -> Any:
            assert self.process.poll() is None, self.text()[-2_000:]
            return self.logged("worker is running")

        self.probes = wait_for(running, 60, "the worker runs")["probes"]
        return self

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.probes}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def readiness(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.probes}/readyz", timeout=5) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return json.loads(error.read())


class System:
    """A broker and a store on a folder, migrated, with topics; workers come and go."""

    def __init__(self, data_dir: Path, *, partitions: int = 3, pack: Path | None = TINY_PACK, **environment: str) -> None:
        self.data_dir = data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        self._extra = {"PLUMBLINE_LOG__FORMAT": "json", **environment}
        if pack:
            self._extra["PLUMBLINE_POLICY__PACK"] = str(pack)
        settings = Settings(data_dir=data_dir)
        self.settings = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"partitions": partitions})})
        self.broker = Broker(self.settings)
        self.store: Command | None = None
        self._store_port = 0
        self._asking: ClickHouse | None = None  # kept: tests that poll would else spend their core on connecting
        self.commands: list[Command] = []

    def environment(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        return {**os.environ, "PLUMBLINE_DATA_DIR": str(self.data_dir), **self._extra, **more}

    def start(self) -> Self:
        self.broker.start()
        self.start_store()
        clickhouse = clickhouse_settings(self.settings)
        self.settings = self.settings.model_copy(update={"kafka": self.broker.kafka, "clickhouse": clickhouse})
        ensure_topics(self.broker.kafka)
        with self.client() as client:
            migrate(client, self.settings)
        return self

    def start_store(self) -> None:
        """Start it; after a kill, on the address that it had."""
        self._asking = None
        self.store = Command(self, "store", PLUMBLINE_STORE__PORT=str(self._store_port))
        found = wait_for(lambda: (found := find(self.data_dir, "store")) and found.pid == self.store.process.pid and found, 120, "the store listens")
        self._store_port = urlsplit(found.address).port

    def client(self) -> ClickHouse:
        return ClickHouse.connect(clickhouse_settings(Settings(data_dir=self.data_dir)))

    def count(self, sql: str) -> int:
        self._asking = self._asking or self.client()
        return int(next(iter(self._asking.rows(sql)[0].values())))

    def worker(self, *, module: str = "", **environment: str) -> Worker:
        self.commands.append(Worker(self, module=module, **environment))
        return self.commands[-1]

    def run(self, *arguments: str, timeout_s: float = 120, **environment: str) -> subprocess.CompletedProcess:
        """A command to its end."""
        command = [sys.executable, "-m", "streams", *arguments]
        return subprocess.run(command, env=self.environment(environment), capture_output=True, text=True, timeout=timeout_s, check=False)

    def send(self, values: Iterator[bytes], topic: str = TOPIC) -> int:
        """Produce values, spread over the partitions. Returns their number when the broker has acknowledged them."""
        producer, sent = EventProducer(self.broker.kafka), 0
        for value in values:
            producer.send(topic, key=b"%d" % sent, value=value)
            sent += 1
        producer.close()
        return sent

    def committed(self) -> int:
        return sum(row["committed"] or 0 for row in lag(self.broker.kafka, [TOPIC]))

    def waiting(self) -> int:
        return sum(row["end"] - max(row["committed"] or 0, row["begin"]) for row in lag(self.broker.kafka, [TOPIC]))

    def verify(self) -> list[dict[str, Any]]:
        """The checks that found a difference."""
        done = self.run("verify", "--json")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, done.stderr
        return [line for line in lines if line["state"] == "difference"]

    def stop(self) -> None:
        for command in [*self.commands, *([self.store] if self.store else [])]:
            if command.process.poll() is None:
                command.kill()
        self.broker.kill()  # nobody will read its folder again


@contextmanager
def system(data_dir: Path, **options: Any) -> Iterator[System]:
    """A running system, and none afterwards."""
    running = System(data_dir, **options)
    try:
        yield running.start()
    finally:
        running.stop()
