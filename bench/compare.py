"""Plumbline beside every peer: `python -m bench.compare`. Same machine, same topic, same detectors, same rows.

For each number of processes and each kind of events, a broker, a store and a topic that is filled once; then Plumbline and each peer drain it in
turn. In the base kind each first proves on a small topic that its rows are Plumbline's, and is timed from produce to queryable. The figures go to
bench/results/comparison.json, where those of earlier runs stay until they are measured again; `python -m bench.comparison_page` writes
docs/comparison.md from it.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from bench import agreement, contenders, cost, floor, latency
from bench.contenders import PEERS, PLUMBLINE, TITLES, Running
from bench.drain import Drained, drain
from bench.events import events
from bench.machine import machine
from bench.rig import WORK_CORE, System, apart, fill, on_core, say
from streams import logs
from streams.kafka.admin import ensure_topics
from streams.settings import LogSettings

PARTITIONS, TOPIC = 6, "usage.events"
RESULTS = Path(__file__).parent / "results" / "comparison.json"


class Cell(NamedTuple):
    """A kind of events, and how many processes drain them."""

    kilobytes: float
    percent: float  # of the events are violations
    processes: int

    def events(self, count: int, prefix: str) -> Iterator[bytes]:
        return cost.with_real_ids(events(count, size=int(self.kilobytes * 1_000), violations=self.percent / 100, prefix=prefix))

    def __str__(self) -> str:
        return f"{self.kilobytes:g} kB, {self.percent:g} %, {self.processes} process{'es' if self.processes > 1 else ''}"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), help="who is compared with Plumbline; default: all")
    parser.add_argument("--processes", nargs="+", type=int, default=[1, 2], choices=[1, 2], help="two share both cores with the servers")
    parser.add_argument("--sizes", nargs="+", type=float, default=[1], metavar="KB", help="kilobytes per event; the first is the base")
    parser.add_argument("--violations", nargs="+", type=float, default=[1], metavar="PERCENT", help="percent of violations; the first is the base")
    parser.add_argument("--cross", action="store_true", help="every size with every share; without, one is varied at a time")
    parser.add_argument("--events", type=int, default=200_000, help="events of the topic")
    parser.add_argument("--megabytes", type=int, default=600, help="most bytes of it: fewer events where they are large")
    parser.add_argument("--window-s", type=float, default=20, help="longest measured time of one drain")
    parser.add_argument("--latency-s", type=float, default=20, help="seconds of the latency run; 0 for none")
    parser.add_argument("--latency-rate", type=float, default=1_000, help="events per second of it, the same for all")
    parser.add_argument("--agree", type=int, default=5_000, help="events of the topic on which all must agree")
    return parser.parse_args()


def cells(arguments: argparse.Namespace) -> list[Cell]:
    """Base first."""
    size, share = arguments.sizes[0], arguments.violations[0]
    if arguments.cross:
        kinds = [(each, percent) for each in arguments.sizes for percent in arguments.violations]
    else:
        kinds = [(size, share), *((each, share) for each in arguments.sizes[1:]), *((size, percent) for percent in arguments.violations[1:])]
    return [Cell(*kind, processes) for processes in arguments.processes for kind in kinds]


def main() -> int:
    arguments = options()
    logs.configure(LogSettings(level="warning"), part="bench")
    peers, missing = contenders.available(arguments.peers)
    book = Book(RESULTS, command=" ".join(["python -m bench.compare", *sys.argv[1:]]))
    book.write("missing", missing)
    for cell in cells(arguments):
        say(f"-- {cell}")
        with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, apart(Path(folder), partitions=PARTITIONS, pack=None) as system:
            measure(system, cell, peers, arguments, book, is_base=cell[:2] == (arguments.sizes[0], arguments.violations[0]))
    sys.stdout.write(summary(book.found["cells"], cells(arguments)[0], peers) + "\n")
    return 0


class Book:
    """The results file; each figure is written as soon as it is known."""

    def __init__(self, path: Path, command: str) -> None:
        self._path, self._command = path, command
        self.found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.found = {"cells": [], **self.found, "machine": machine()}

    def write(self, name: str, value: object) -> None:
        """Note a part of the results."""
        self.found[name] = value
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(json.dumps(self.found, indent=1) + "\n")

    def cell(self, cell: Cell, contender: str, **figures: object) -> None:
        """Note figures of one contender in one cell, in place of those that an earlier run left."""
        key = {"contender": contender, **cell._asdict()}
        kept = [row for row in self.found["cells"] if {name: row[name] for name in key} != key]
        self.write("cells", [*kept, {**key, **figures, "command": self._command, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}])


def measure(system: System, cell: Cell, peers: Sequence[str], arguments: argparse.Namespace, book: Book, *, is_base: bool) -> None:
    """One cell: agreement, drains, and in the base also latency, floor."""
    if is_base and arguments.agree:
        say(f"all on the same {arguments.agree} events")
        book.write(f"agreement_{cell.processes}", agreement.check(system, peers, cell.processes, agreement.traffic(arguments.agree)))
    count = min(arguments.events, int(arguments.megabytes * 1_000 / cell.kilobytes))
    say(f"filling the topic with {count} events")
    fill(system.broker.kafka.bootstrap_servers, TOPIC, PARTITIONS, cell.events(count, "e"))
    for name in (PLUMBLINE, *peers):
        say(TITLES[name])
        try:
            figures: dict[str, Any] = {"events": count, **drained(system, name, cell, count, arguments.window_s)._asdict()}
            if is_base and arguments.latency_s:
                figures["latency_s"] = waits(system, name, cell, arguments)
        except (RuntimeError, TimeoutError) as error:
            say(f"  {error}")
            figures = {"events": count, "failed": str(error)}
        if name == PLUMBLINE:
            with system.client() as client:
                figures["bytes"] = cost.stored(client, client.rows("SELECT count() AS n FROM audit_events")[0]["n"])
            if cell.processes == 1:
                figures["floor_us"] = floor_of(system, cell)
        book.cell(cell, name, **figures)


def drained(system: System, name: str, cell: Cell, count: int, window_s: float) -> Drained:
    """One contender drains the topic."""
    before = system.count("SELECT count() FROM events") if name == PLUMBLINE else 0
    database = PLUMBLINE if name == PLUMBLINE else f"drain_{name}"
    with running(system, name, cell, topic=TOPIC, database=database) as processes:
        found = drain(system, processes, f"{database}.events", count, window_s=window_s, from_rows=before)
    say(f"  {found.per_s:,.0f} events/s, {found.cpu_us:.1f} µs CPU per event, {found.rss_mb:.0f} MB")
    return found


def waits(system: System, name: str, cell: Cell, arguments: argparse.Namespace) -> dict[str, float]:
    """Percentiles from produce to queryable, on a topic of its own."""
    topic, database = f"usage.latency.{name}", PLUMBLINE if name == PLUMBLINE else f"latency_{name}"
    ensure_topics(system.broker.kafka, [topic])
    way = latency.Way(system, topic, database, PARTITIONS)
    with running(system, name, cell, topic=topic, database=database) as processes:
        latency.wait_until_awake(way, processes.check)
        found = latency.percentiles(way, cell.events(20_000, "latency"), arguments.latency_rate, arguments.latency_s)
    say(f"  p50 {found['p50']} s, p95 {found['p95']} s, p99 {found['p99']} s")
    return found


def running(system: System, name: str, cell: Cell, *, topic: str, database: str) -> AbstractContextManager[Running]:
    """The contender's processes on a topic."""
    if name == PLUMBLINE:
        binding = json.dumps({topic: {"trusted": True}})
        return contenders.plumbline(system, cell.processes, PLUMBLINE_INTAKE__TOPICS=binding, PLUMBLINE_KAFKA__GROUP_ID=topic)
    return contenders.peer(system, name, cell.processes, topic=topic, database=database)


def floor_of(system: System, cell: Cell) -> dict[str, float]:
    """Each part alone on the worker's core, on events of this cell."""
    say("the floor: each part alone")
    with on_core(WORK_CORE):
        values = list(cell.events(min(20_000, int(10_000 / cell.kilobytes)), "floor"))
        return floor.parts(system, TOPIC, values, None)


def summary(rows: Sequence[dict[str, Any]], base: Cell, peers: Sequence[str]) -> str:
    """Plumbline's rate against the peers' in the base cell."""
    rates = {row["contender"]: row["per_s"] for row in rows if "per_s" in row and all(row[name] == value for name, value in base._asdict().items())}
    figures = {f"ratio_to_{name}": rates[PLUMBLINE] / rates[name] for name in peers if name in rates}
    return " ".join(f"{name}={value:.3g}" for name, value in {**figures, "ratio_to_best_peer": min(figures.values(), default=0)}.items())


if __name__ == "__main__":
    sys.exit(main())
