"""`plumbline up` on the real parts: what starts, what survives, and that nothing stays behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from running import TINY_PACK, wait_for

from streams.clickhouse.client import ClickHouse
from streams.errors import EXIT_CONFIGURATION, EXIT_MISSING
from streams.kafka.producer import EventProducer
from streams.processes import free_ports
from streams.settings import Settings
from streams.store.endpoint import clickhouse_settings
from streams.up.lock import is_free

STOPS_WITHIN_S = 20
PARTS = ("broker", "store", "worker", "web")


class Up:
    """One `plumbline up` on a data folder."""

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        self.data_dir, self.said = data_dir, data_dir.with_suffix(f".{time.monotonic_ns()}.log")
        environment = {
            **os.environ,
            "PLUMBLINE_DATA_DIR": str(data_dir),
            "PLUMBLINE_POLICY__PACK": str(TINY_PACK),
            "PLUMBLINE_WEB__PORT": "0",
            "PLUMBLINE_WORKER__POOL_PROCESSES": "1",
            "PLUMBLINE_LOG__FORMAT": "json",
            **environment,
        }
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams", "up", "--json", *arguments], env=environment, stdout=subprocess.PIPE, stderr=log
            )
        self.addresses: dict[str, str] = {}

    def wait_ready(self) -> "Up":
        line = self.process.stdout.readline()
        assert line, self.log()
        self.addresses = json.loads(line)
        wait_for(lambda: "worker is ready" in self.log(), 60, "the worker is ready")
        return self

    def log(self) -> str:
        return self.said.read_text()

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def pid_of(self, part: str) -> int | None:
        """Process id of a part, found as anyone would find it: among our children, by its command line."""
        marks = {"broker": "kafka.Kafka", "store": "store", "worker": "worker", "web": "web"}
        for child in psutil.Process(self.process.pid).children():
            try:
                if marks[part] in child.cmdline():
                    return child.pid
            except psutil.NoSuchProcess:
                continue
        return None

    def ports(self) -> list[int]:
        found = []
        for process in self.descendants():
            try:
                found += [each.laddr.port for each in process.net_connections() if each.status == psutil.CONN_LISTEN]
            except psutil.NoSuchProcess:
                continue
        return found

    def ask_to_stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOPS_WITHIN_S)

    def clickhouse(self) -> ClickHouse:
        return ClickHouse.connect(clickhouse_settings(Settings(data_dir=self.data_dir)))

    def send(self, name: str) -> None:
        settings = Settings(data_dir=self.data_dir).kafka.model_copy(update={"bootstrap_servers": self.addresses["kafka"]})
        producer = EventProducer(settings)
        event = {"version": 1, "event_id": name, "organization_id": "org-up", "occurred_at": datetime.now(UTC).isoformat(), "input": "hello"}
        producer.send("usage.events", key=name.encode(), value=json.dumps(event).encode())
        producer.close()

    def has(self, name: str) -> bool:
        with self.clickhouse() as client:
            return client.rows("SELECT count() AS n FROM audit_events WHERE event_id = {name:String}", {"name": name})[0]["n"] == 1


@contextmanager
def starting(data_dir: Path) -> Iterator[Callable[..., Up]]:
    """Start supervisors; those that still run at the end are killed, and their parts end with them."""
    started: list[Up] = []

    def begin(*arguments: str, **environment: str) -> Up:
        started.append(Up(data_dir, *arguments, **environment))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        one.process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    with starting(tmp_path / "data") as begin:
        yield begin


class Beside(NamedTuple):
    """A running system that started while the port for its page was taken, and how to start more beside it on the same folder."""

    running: Up
    taken: int
    start: Callable[..., Up]


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    (port,) = free_ports(1)
    with starting(tmp_path_factory.mktemp("up") / "data") as begin:
        with socket.create_server(("127.0.0.1", port)):
            running = begin(PLUMBLINE_WEB__PORT=str(port)).wait_ready()
        yield Beside(running, port, begin)


def assert_nothing_stays(processes: list[psutil.Process], ports: list[int], data_dir: Path, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while (alive := [process for process in processes if lives(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive == []
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, f"port {port} is still served"
    assert all(is_free(data_dir / lock) for lock in ("up.lock", "store/lock", "broker/lock"))


def lives(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not: it waits for the system's first process to take note of its end."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nothing_behind(start: Callable[..., Up], number: signal.Signals) -> None:
    running = start().wait_ready()
    assert answers(running.addresses["page"])
    processes, ports = running.descendants(), running.ports()
    assert len(processes) >= len(PARTS) and len(ports) >= len(PARTS)
    assert running.ask_to_stop(number) == 0, running.log()
    assert_nothing_stays(processes, ports, running.data_dir, within_s=0)
    assert not list(running.data_dir.glob("*/endpoint.json"))
    assert "killed" not in running.log()


def test_a_signal_while_it_starts_leaves_nothing_behind(start: Callable[..., Up]) -> None:
    running = start()
    wait_for(lambda: len(running.descendants()) >= 2, 30, "two parts have started")
    processes = running.descendants()
    assert running.ask_to_stop(signal.SIGINT) == 0, running.log()
    assert_nothing_stays(processes, [], running.data_dir, within_s=0)


def test_killing_the_supervisor_ends_its_parts_and_the_next_start_goes_on_from_there(start: Callable[..., Up]) -> None:
    running = start().wait_ready()
    running.send("before")
    wait_for(lambda: running.has("before"), 30, "the event has landed")
    processes, ports = running.descendants(), running.ports()
    running.process.kill()
    running.process.wait()
    again = start().wait_ready()  # at once: what the killed one left may still be ending
    assert_nothing_stays(processes, ports=[], data_dir=running.data_dir.parent / "other", within_s=10)
    again.send("after")
    wait_for(lambda: again.has("after") and again.has("before"), 30, "both events are there")
    assert again.addresses["data_dir"] == str(running.data_dir)
    assert again.ask_to_stop(signal.SIGTERM) == 0
    assert_nothing_stays([], ports, running.data_dir, within_s=0)


def test_a_part_that_dies_is_started_again_where_the_others_know_it(start: Callable[..., Up]) -> None:
    running = start().wait_ready()
    for part in PARTS:
        before = running.pid_of(part)
        os.kill(before, signal.SIGKILL)
        wait_for(lambda part=part, before=before: running.pid_of(part) not in (None, before), 30, f"{part} runs again")
    wait_for(lambda: answers(running.addresses["page"]), 30, "the page answers at the same address")
    running.send("survivor")
    wait_for(lambda: running.has("survivor"), 60, "an event lands")
    assert running.log().count("it is started again") >= len(PARTS), running.log()


def test_a_missing_part_is_named_and_nothing_stays(start: Callable[..., Up], tmp_path: Path) -> None:
    running = start(PLUMBLINE_KAFKA__JARS=str(tmp_path))
    assert running.process.wait(STOPS_WITHIN_S) == EXIT_MISSING
    assert "jars of Apache Kafka" in running.log() and "make setup" in running.log()
    assert_nothing_stays([], [], running.data_dir, within_s=0)


def test_a_taken_port_is_said_and_another_one_serves_the_page(beside: Beside) -> None:
    assert f":{beside.taken}/" not in beside.running.addresses["page"] and answers(beside.running.addresses["page"])
    assert f'"taken": {beside.taken}' in beside.running.log()


def test_a_second_one_on_the_same_folder_is_refused_and_the_first_goes_on(beside: Beside) -> None:
    running, second = beside.running, beside.start()
    assert second.process.wait(20) == EXIT_CONFIGURATION
    assert f"process {running.process.pid} holds its lock" in second.log()
    assert running.addresses["page"] in second.log()
    assert answers(running.addresses["page"])


def test_a_broker_and_a_clickhouse_that_are_named_are_used_and_not_started(beside: Beside, tmp_path: Path) -> None:
    running = beside.running
    with_token = clickhouse_settings(Settings(data_dir=running.data_dir)).password.get_secret_value()
    other = beside.start(
        PLUMBLINE_DATA_DIR=str(tmp_path / "other"),
        PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS=running.addresses["kafka"],
        PLUMBLINE_CLICKHOUSE__URL=running.addresses["clickhouse"],
        PLUMBLINE_CLICKHOUSE__PASSWORD=with_token,
    ).wait_ready()
    assert {part for part in PARTS if other.pid_of(part)} == {"worker", "web"}
    assert other.ask_to_stop(signal.SIGTERM) == 0
    assert answers(running.addresses["page"]) and running.pid_of("broker") and running.pid_of("store")
