"""Two workers on two cores against one: `python -m bench.scaling`. Broker and store share the second core with the second worker."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from bench.events import events
from bench.rig import SERVERS_CORE, WORK_CORE, System, Worker, apart, fill, on_core, say, wait_for

PARTITIONS = 6
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="drained by one worker, and again by two")
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, apart(Path(folder), partitions=PARTITIONS, pack=None) as system:
        one = rate(system, count, 1)
        two = rate(system, count, 2)
    found = {"events": count, "one_per_s": round(one), "two_per_s": round(two), "ratio": round(two / one, 3)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scaling.json").write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in found.items()) + "\n")


def rate(system: System, count: int, workers: int) -> float:
    """Events per second between a tenth and nine tenths of a filled topic: neither the start nor a partition that is left alone at the end counts."""
    before = landed(system)
    fill(system.broker.kafka.bootstrap_servers, "usage.events", PARTITIONS, events(count, prefix=f"w{workers}", seed=workers))
    running = [on_own_core(system, core) for core in (WORK_CORE, SERVERS_CORE)[:workers]]
    say(f"{workers} of {count} events")
    wait_for(lambda: landed(system) >= before + count // 10, 120, "a tenth has landed")
    first, began = landed(system), time.monotonic()
    wait_for(lambda: landed(system) >= before + count * 9 // 10, 600, "nine tenths have landed")
    last, ended = landed(system), time.monotonic()
    wait_for(lambda: system.waiting() == 0, 120, "all is committed")
    for worker in running:
        worker.stop()
    say(f"  {(last - first) / (ended - began):,.0f} events/s")
    return (last - first) / (ended - began)


def on_own_core(system: System, core: int) -> Worker:
    with on_core(core):
        return system.worker(PLUMBLINE_WORKER__POOL_PROCESSES="1")


def landed(system: System) -> int:
    with system.client() as client:
        return client.rows("SELECT count() AS n FROM events")[0]["n"]


if __name__ == "__main__":
    main()
