"""Real parts for integration tests: a store process on a free loopback port, and a database of its own per test module."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from running import System, system

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import migrate
from streams.endpoint import find
from streams.settings import ClickHouseSettings, Settings
from streams.store.endpoint import clickhouse_settings

RUN_STORE = Path(__file__).with_name("run_store.py")


class Store(NamedTuple):
    """A migrated database on a real store: its settings, and a connected client. `process_settings` has its data folder."""

    settings: ClickHouseSettings
    client: ClickHouse
    process_settings: Settings


class StoreProcess:
    """A real store process on a folder. `start` returns when it listens."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir, self.environment = data_dir, environment
        self.process: subprocess.Popen | None = None

    def start(self) -> "StoreProcess":
        environment = {**os.environ, "PLUMBLINE_LOG__LEVEL": "error", **self.environment}
        self.process = subprocess.Popen([sys.executable, RUN_STORE, self.data_dir], env=environment)
        deadline = time.monotonic() + 60
        while (endpoint := find(self.data_dir, "store")) is None or endpoint.pid != self.process.pid:
            assert self.process.poll() is None, "the store ended at once"
            assert time.monotonic() < deadline, "the store does not listen"
            time.sleep(0.05)
        return self

    def settings(self, database: str = "plumbline") -> ClickHouseSettings:
        return clickhouse_settings(Settings(data_dir=self.data_dir)).model_copy(update={"database": database})

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


@pytest.fixture(scope="session")
def store_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """One store for all modules."""
    running = StoreProcess(tmp_path_factory.mktemp("store") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def store(store_process: StoreProcess, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A migrated database of this module's own on the session's store."""
    settings = store_process.settings(request.module.__name__.rpartition(".")[2])
    with ClickHouse.connect(settings) as client:
        client.command(f"DROP DATABASE IF EXISTS {settings.database}", use_database=False)
        process_settings = Settings(data_dir=store_process.data_dir, clickhouse=settings)
        migrate(client, process_settings)
        yield Store(settings, client, process_settings)


@pytest.fixture(scope="session")
def demonstration(store_process: StoreProcess) -> Iterator[Store]:
    """Two weeks of the demonstration, with alerts, reviews, copies and a stretch that was decided again. For all modules: read it, change nothing."""
    from demonstrated import disturb, land_demo

    settings = store_process.settings("plumbline")  # the database that readers of the store read
    with ClickHouse.connect(settings) as client:
        process_settings = Settings(data_dir=store_process.data_dir, clickhouse=settings)
        migrate(client, process_settings)
        now = datetime.now(UTC)
        land_demo(client, now)
        disturb(client, now)
        yield Store(settings, client, process_settings)


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Callable[..., StoreProcess]]:
    """Start stores of one test's own; what still runs at its end is killed."""
    started: list[StoreProcess] = []

    def start(data_dir: Path = tmp_path / "data", **environment: str) -> StoreProcess:
        started.append(StoreProcess(data_dir, **environment))
        return started[-1].start()

    yield start
    for running in started:
        if running.process and running.process.poll() is None:
            running.kill()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A broker and a store of this module's own."""
    with system(tmp_path_factory.mktemp("live")) as running:
        yield running
