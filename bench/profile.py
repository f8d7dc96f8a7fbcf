"""Where each microsecond of a worker goes, module by module, beside the floor of its parts: `python -m bench.profile`.

A worker drains a filled topic while its processes tell by sampling what they are at (bench/sampling). The figures go to bench/results/profile.json.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench import contenders, floor
from bench.environments import ROOT
from bench.events import events
from bench.rig import WORK_CORE, System, Usage, apart, fill, on_core, say, wait_for
from streams import logs
from streams.settings import LogSettings

RESULTS = Path(__file__).parent / "results" / "profile.json"
PARTITIONS, TOPIC = 6, "usage.events"
LEAST_US = 0.05  # modules below are added up


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000, help="that are drained")
    parser.add_argument("--violations", type=float, default=1, help="percent of them")
    parser.add_argument("--size", type=int, default=1_000, help="bytes of each")
    arguments = parser.parse_args()
    logs.configure(LogSettings(level="warning"), part="bench")
    kind = {"size": arguments.size, "violations": arguments.violations / 100}
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, apart(Path(folder), partitions=PARTITIONS, pack=None) as system:
        say(f"filling the topic with {arguments.events} events")
        fill(system.broker.kafka.bootstrap_servers, TOPIC, PARTITIONS, events(arguments.events, **kind))
        found = {"options": vars(arguments), **sampled(system, arguments.events)}
        say("the floor: each part alone")
        with on_core(WORK_CORE):
            found["floor_us"] = floor.parts(system, TOPIC, list(events(20_000, **kind)), None)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(told(found) + "\n")
    return 0


def sampled(system: System, count: int) -> dict[str, object]:
    """CPU µs per event by process and module, from a tenth to nine tenths of the rows."""
    samples = system.data_dir / "samples"
    samples.mkdir()
    path = os.pathsep.join([str(Path(__file__).parent / "sampling"), str(ROOT)])
    with contenders.plumbline(system, 1, BENCH_SAMPLES=str(samples), PYTHONPATH=path) as running:
        usage, rows = Usage(*running.pids), lambda: system.count("SELECT count() FROM events")
        say("a worker drains it and is sampled")
        wait_for(lambda: rows() >= count // 10, 120, "a tenth has landed")
        before, first, cpu, began = _spent(samples), rows(), usage.cpu_s(), time.monotonic()
        wait_for(lambda: rows() >= count * 9 // 10, 600, "nine tenths have landed")
        after, last, cpu, seconds = _spent(samples), rows(), usage.cpu_s() - cpu, time.monotonic() - began
        main = running.pids[0]
    landed = last - first
    by_process = {"main": Counter(), "pool": Counter()}
    for pid, spent in after.items():
        spent.subtract(before.get(pid, Counter()))
        by_process["main" if pid == main else "pool"].update(spent)
    us = {role: _by_weight({name: weight / landed * 1e6 for name, weight in spent.items()}) for role, spent in by_process.items()}
    return {"events": landed, "per_s": round(landed / seconds), "cpu_us": round(cpu / landed * 1e6, 2), "modules_us": us}


def _spent(samples: Path) -> dict[int, Counter[str]]:
    """CPU seconds by place, of each process that has told."""
    return {int(path.stem): Counter(json.loads(path.read_text())) for path in samples.glob("*.json")}


def _by_weight(us: dict[str, float]) -> dict[str, float]:
    """The heaviest first, the light ones as one."""
    heavy = {name: round(value, 2) for name, value in sorted(us.items(), key=lambda pair: -pair[1]) if value >= LEAST_US}
    return {**heavy, "the rest": round(sum(value for value in us.values() if value < LEAST_US), 2)}


def told(found: dict) -> str:
    """A line for each module."""
    seen = sum(sum(spent.values()) for spent in found["modules_us"].values())
    lines = [f"{found['per_s']:,} events/s while sampled; CPU {found['cpu_us']} µs per event, of which the samples saw {seen:.1f}"]
    lines += [f"{role:5} {us:7.2f} µs  {name}" for role, spent in found["modules_us"].items() for name, us in spent.items()]
    return "\n".join([*lines, *(f"floor {us:7.2f} µs  {part}" for part, us in found["floor_us"].items())])


if __name__ == "__main__":
    sys.exit(main())
