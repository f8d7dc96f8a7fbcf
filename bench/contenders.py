"""Those that are compared: Plumbline, and each peer as processes with a database of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil

from bench.environments import ROOT, Unavailable, flink_connector, python_of
from bench.rig import SERVERS_CORE, WORK_CORE, System, on_cores, pin, say
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import migrate
from streams.privacy import load_key
from streams.processes import end_with_parent, free_ports
from streams.settings import ClickHouseSettings
from streams.store.endpoint import clickhouse_settings

PLUMBLINE = "plumbline"
RUN_ID = "live-peer"
RUN = """
INSERT INTO runs (run_id, kind, pack_hash, valid_from, valid_to, opened_at, completed_at)
SELECT {run:String}, 'live', 'peer', toDateTime64(0, 3, 'UTC'), toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), now64(3, 'UTC'), now64(3, 'UTC')
"""


@dataclass(frozen=True)
class Peer:
    """How a peer is started. `arguments` are made for process `number` of `processes`; one that scales within itself is started once."""

    name: str
    title: str
    arguments: Callable[[int, int], list[str]]
    environment: str = ""  # name of its own virtual environment; empty: Plumbline's packages are enough
    within: bool = False
    more: Callable[[], dict[str, str]] = field(default=dict)


def _module(name: str) -> Callable[[int, int], list[str]]:
    return lambda _number, _processes: ["-m", f"bench.peers.{name}"]


def _cluster() -> Callable[[int, int], list[str]]:
    """Bytewax's processes find each other by a list of addresses that all of them get."""
    lists: dict[int, str] = {}

    def arguments(number: int, processes: int) -> list[str]:
        command = ["-m", "bytewax.run", "bench.peers.bytewax_flow"]
        if processes == 1:
            return command
        if number == 0:
            lists[processes] = ";".join(f"127.0.0.1:{port}" for port in free_ports(processes))
        return [*command, "-i", str(number), "-a", lists[processes]]

    return arguments


PEERS = {
    peer.name: peer
    for peer in (
        Peer("faust", "Faust, event by event", _module("stock_faust")),
        Peer("faust_take", "Faust, take()", _module("faust_take")),
        Peer("by_hand", "aiokafka by hand", _module("by_hand")),
        Peer("bytewax", "Bytewax 0.21", _cluster(), environment="bytewax"),
        Peer("quix", "Quix Streams 3.28", _module("quix"), environment="quix"),
        Peer("flink", "PyFlink 2.2", _module("flink"), environment="flink", within=True, more=lambda: {"CONNECTOR": str(flink_connector())}),
    )
}
TITLES = {PLUMBLINE: "Plumbline", **{name: peer.title for name, peer in PEERS.items()}}


class Running(NamedTuple):
    """Processes of one contender, and where the first of them writes what it says."""

    processes: list[subprocess.Popen]
    log: Path

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes]

    def check(self) -> None:
        """Raises:
        RuntimeError: one of them ended, with the end of what it said.
        """
        for process in self.processes:
            if process.poll() is not None:
                raise RuntimeError(f"process {process.pid} ended (exit {process.returncode}): …{self.log.read_text(errors='replace')[-1_500:]}")


def available(names: list[str]) -> tuple[list[str], dict[str, str]]:
    """The peers that can run here, and of the others why not; both are told."""
    able, missing = [], {}
    for name in names:
        try:
            peer = PEERS[name]
            if peer.environment:
                python_of(peer.environment)
            peer.more()
            able.append(name)
        except Unavailable as reason:
            missing[name] = str(reason)
            say(f"{PEERS[name].title} is left out: {reason}")
    return able, missing


def place(system: System, processes: int) -> set[int]:
    """The cores of a contender: with one process a core that broker and store keep off, with two both cores, which broker and store then share."""
    ours = os.sched_getaffinity(0)
    cores = {WORK_CORE} if processes == 1 else {WORK_CORE, SERVERS_CORE}
    for server in (system.broker.process, system.store.process):
        pin(server.pid, ({SERVERS_CORE} if processes == 1 else cores) & ours or ours)
    return cores


@contextmanager
def plumbline(system: System, processes: int, **environment: str) -> Iterator[Running]:
    """So many workers, each with a pool of one process."""
    with on_cores(place(system, processes)):
        workers = [system.worker(PLUMBLINE_WORKER__POOL_PROCESSES="1", **environment) for _ in range(processes)]
    try:
        yield Running([worker.process for worker in workers], workers[0].log)
    finally:
        for worker in workers:
            worker.stop()


@contextmanager
def peer(system: System, name: str, processes: int, *, topic: str, database: str, scanner: str = "compiled") -> Iterator[Running]:
    """A peer that reads `topic` and writes Plumbline's tables in a database of its own, which is made here and dropped in the end."""
    described, folder = PEERS[name], system.data_dir / database
    folder.mkdir()
    python = str(python_of(described.environment)) if described.environment else sys.executable
    settings = make_database(system, database)
    environment = {
        **os.environ, **described.more(), "TOPIC": topic, "DATABASE": database, "RUN_ID": RUN_ID, "SCANNER": scanner, "PROCESSES": str(processes),
        "PACK": system.environment().get("PLUMBLINE_POLICY__PACK", ""), "HASH_KEY": load_key(system.settings).secret.hex(),
        "BROKER": system.broker.kafka.bootstrap_servers, "FOLDER": str(folder), "PYTHONPATH": str(ROOT),
        "CLICKHOUSE_PORT": str(urlsplit(settings.url).port), "CLICKHOUSE_PASSWORD": settings.password.get_secret_value(),
    }  # fmt: skip
    started: list[subprocess.Popen] = []
    try:
        with (folder / "log").open("wb") as log, on_cores(place(system, processes)):
            options = {"env": environment, "stdout": log, "stderr": log, "cwd": folder, "preexec_fn": end_with_parent}
            for number in range(1 if described.within else processes):
                started.append(subprocess.Popen([python, *described.arguments(number, processes)], **options))
        yield Running(started, folder / "log")
    finally:
        for process in started:
            _end(process)
        with system.client() as client:
            client.command(f"DROP DATABASE {database}")


def make_database(system: System, name: str) -> ClickHouseSettings:
    """A database with Plumbline's tables and views, and a run that is current at all times."""
    settings = clickhouse_settings(system.settings).model_copy(update={"database": name})
    with ClickHouse.connect(settings) as client:
        migrate(client, system.settings.model_copy(update={"clickhouse": settings}))
        client.command(RUN, {"run": RUN_ID})
    return settings


def _end(process: subprocess.Popen) -> None:
    """End a process and all that it started."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.kill()
    process.wait()
