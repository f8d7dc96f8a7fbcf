"""`make bench`: Plumbline, a stock Faust agent, its peers and the floor of the parts, side by side in one run.

Progress on standard error, the figures as JSON in bench/results/, the summary as the last line on standard output. `python -m bench.compare` measures
the peers at more sizes, shares and processes.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import contenders, floor, latency
from bench.drain import Drained, drain
from bench.events import events
from bench.machine import machine
from bench.rig import WORK_CORE, System, Usage, apart, fill, on_core, say, wait_for
from streams import logs
from streams.kafka.admin import ensure_topics
from streams.settings import LogSettings

PARTITIONS = 6
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    arguments = options()
    logs.configure(LogSettings(level="warning"), part="bench")
    found: dict[str, Any] = {"machine": machine(), "command": "make bench", "options": vars(arguments)}
    pack = Path(arguments.pack) if arguments.pack else None
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, apart(Path(folder), partitions=PARTITIONS, pack=pack) as system:
        values = list(events(20_000, violations=arguments.violations))
        found["plumbline"] = plumbline(system, arguments, found)._asdict()
        with on_core(WORK_CORE):
            say("the floor: each part alone")
            found["floor_us"] = floor.parts(system, "usage.events", values, pack)
            found["pydantic_batch_per_s"] = floor.pydantic_batch_per_s(values)
        for scanner, count in (("compiled", arguments.stock_compiled), ("re", arguments.stock_re)):
            found[f"stock_{scanner}"] = stock(system, scanner, count, arguments)._asdict()
        found["peers"], found["missing_peers"] = peers(system, arguments)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "bench.json").write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(summary(found) + "\n")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--events", type=int, default=400_000, help="drained by Plumbline for the rate")
    parser.add_argument("--soak", type=int, default=5_000_000, help="further events, over which memory is watched; 0 for none")
    parser.add_argument("--stock-compiled", type=int, default=60_000, help="drained by the stock agent with the compiled scanner")
    parser.add_argument("--stock-re", type=int, default=3_000, help="drained by the stock agent with re")
    parser.add_argument("--peers", type=int, default=100_000, help="drained by each peer; 0 for none")
    parser.add_argument("--violations", type=float, default=0.01, help="share of events that a detector fires on")
    parser.add_argument("--latency-s", type=float, default=20, help="seconds of the latency run")
    parser.add_argument("--pack", default="", help="another policy pack than the shipped one")
    return parser.parse_args()


def plumbline(system: System, arguments: argparse.Namespace, found: dict[str, Any]) -> Drained:
    """Rate, two workers against one, latency at a quarter of the rate, and memory over many more events."""
    say(f"filling the topic with {arguments.events} events")
    servers = system.broker.kafka.bootstrap_servers
    fill(servers, "usage.events", PARTITIONS, events(arguments.events, violations=arguments.violations))
    say("Plumbline drains it, one worker on one core")
    with contenders.plumbline(system, 1) as worker:
        drained = drain(system, worker, "events", arguments.events)
        told(drained)
        say("latency at a quarter of the rate")
        wait_for(lambda: system.waiting() == 0, 60, "all is committed")
        way = latency.Way(system, partitions=PARTITIONS)
        found["latency_s"] = latency.percentiles(way, events(50_000, prefix="latency"), drained.per_s / 4, arguments.latency_s)
        if arguments.soak:
            found["memory"] = soak(system, worker.pids[0], arguments.soak)
    return drained


def soak(system: System, pid: int, total: int) -> dict[str, float]:
    """Resident memory of the worker with its pool and of the store while `total` events pass, half a million at a time.

    `worker_mb` counts what the worker and its pool share twice, `worker_charged_mb` once, as a container does.
    """
    say(f"memory over {total} events")
    step, samples = 500_000, []
    worker, store = Usage(pid), Usage(system.store.process.pid)
    for at in range(max(1, total // step)):
        fill(system.broker.kafka.bootstrap_servers, "usage.events", PARTITIONS, events(step, seed=100 + at, prefix=f"soak{at}"))
        wait_for(lambda: system.waiting() == 0, 300, "all is landed and committed")
        samples.append((worker.rss_mb(), store.rss_mb(), worker.charged_mb()))
        say(f"  {(at + 1) * step:,} events: worker {samples[-1][0]:.0f} MB ({samples[-1][2]:.0f} charged), store {samples[-1][1]:.0f} MB")
    middle = len(samples) // 2
    return {
        "worker_mb": max(each[0] for each in samples),
        "store_mb": max(each[1] for each in samples),
        "worker_charged_mb": max(each[2] for each in samples),
        "worker_growth_mb": samples[-1][0] - samples[middle][0],
    }


def stock(system: System, scanner: str, count: int, arguments: argparse.Namespace) -> Drained:
    """The stock agent on a topic and in a database of its own."""
    say(f"a stock Faust agent, scanner {scanner}, drains {count} events")
    return peer(system, "faust", f"stock.{scanner}", f"stock_{scanner}", count, arguments, scanner=scanner)


def peers(system: System, arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, str]]:
    """The other peers that can run here, with our scanner, and why the rest cannot."""
    able, missing = contenders.available([name for name in contenders.PEERS if name != "faust"]) if arguments.peers else ([], {})
    found = {}
    for name in able:
        say(f"{contenders.TITLES[name]} drains {arguments.peers} events")
        found[name] = peer(system, name, "peers.events", f"drain_{name}", arguments.peers, arguments)._asdict()
    return found, missing


def peer(system: System, name: str, topic: str, database: str, count: int, arguments: argparse.Namespace, **options: str) -> Drained:
    """One peer drains a topic, which is filled when it is new."""
    if topic in ensure_topics(system.broker.kafka, [topic]):
        fill(system.broker.kafka.bootstrap_servers, topic, PARTITIONS, events(count, violations=arguments.violations))
    with contenders.peer(system, name, 1, topic=topic, database=database, **options) as running:
        drained = drain(system, running, f"{database}.events", count)
    told(drained)
    return drained


def told(drained: Drained) -> None:
    say(f"  {drained.per_s:,.0f} events/s, {drained.cpu_us:.1f} µs CPU per event, {drained.rss_mb:.0f} MB")


def summary(found: dict[str, Any]) -> str:
    rate, floor_us = found["plumbline"]["per_s"], sum(found["floor_us"].values())
    memory = found.get("memory", {"worker_mb": found["plumbline"]["rss_mb"], "store_mb": found["plumbline"]["store_rss_mb"]})
    figures = {
        "ratio_to_stock": rate / found["stock_re"]["per_s"],
        "ratio_to_stock_same_scanner": rate / found["stock_compiled"]["per_s"],
        "share_of_floor": rate * floor_us / 1e6,
        "ratio_to_decode": rate / found["pydantic_batch_per_s"],
        "worker_rss_mb": memory["worker_mb"],
        "store_rss_mb": memory["store_mb"],
        "p99_s": found["latency_s"]["p99"],
    }
    if "worker_charged_mb" in memory:
        figures["worker_charged_mb"] = memory["worker_charged_mb"]
    if found["peers"]:
        best = max(found["stock_compiled"]["per_s"], *(one["per_s"] for one in found["peers"].values()))
        figures["ratio_to_best_peer"] = rate / best
    found["figures"] = {name: round(value, 3) for name, value in figures.items()}
    return " ".join(f"{name}={value:g}" for name, value in found["figures"].items())


if __name__ == "__main__":
    main()
