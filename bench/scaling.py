"""Twice the cores and workers against one of each: `python -m bench.scaling`.

The load of broker and store belongs to a drain as much as the worker's, so two comparisons are told: everything on one core against everything on
two, and, the harder one, a worker that has a core for itself, broker and store on the other, against two workers that share both cores with them.

What two cores of this machine can do at most is told beside them: auditors that share nothing, one on one core against two on two. Cores that are
two threads of one are far from doing twice as much.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench.events import events, texts
from bench.rig import SERVERS_CORE, WORK_CORE, System, apart, fill, on_cores, pin, say, wait_for
from streams.policy import Auditor, Pack

PARTITIONS = 6
SETTLE_S = 8  # the group has given each worker its partitions
AUDIT_S = 10
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="drained by one worker, and again by two")
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, apart(Path(folder), partitions=PARTITIONS, pack=None) as system:
        both = {WORK_CORE, SERVERS_CORE}
        one = rate(system, count, "all on one core", workers=1, cores={WORK_CORE}, servers={WORK_CORE})
        own = rate(system, count, "a worker with a core of its own", workers=1, cores={WORK_CORE}, servers={SERVERS_CORE})
        two = rate(system, count, "two workers, all on two cores", workers=2, cores=both, servers=both)
    cores = audited([WORK_CORE, SERVERS_CORE]) / audited([WORK_CORE])
    found = {
        "events": count, "one_core_per_s": round(one), "own_core_per_s": round(own), "two_cores_per_s": round(two),
        "ratio_to_one_core": round(two / one, 3), "ratio_to_own_core": round(two / own, 3),
        "ratio_of_cores": round(cores, 3),
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scaling.json").write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in found.items()) + "\n")


def rate(system: System, count: int, what: str, *, workers: int, cores: set[int], servers: set[int]) -> float:
    """Events per second from the end of a fill until nearly all have landed: neither start, rebalance nor the last partition counts."""
    before = landed(system)
    for process in (system.broker.process, system.store.process):
        pin(process.pid, servers)
    with on_cores(cores):
        running = [system.worker(PLUMBLINE_WORKER__POOL_PROCESSES="1") for _ in range(workers)]
    time.sleep(SETTLE_S)
    say(f"{what}: {count} events")
    fill(system.broker.kafka.bootstrap_servers, "usage.events", PARTITIONS, events(count, prefix=what, seed=workers))
    first, began = landed(system), time.monotonic()
    wait_for(lambda: landed(system) >= before + count * 19 // 20, 600, "nearly all have landed")
    last, ended = landed(system), time.monotonic()
    wait_for(lambda: system.waiting() == 0, 120, "all is committed")
    for worker in running:
        worker.stop()
    say(f"  {last - first} events after the fill: {(last - first) / (ended - began):,.0f} events/s")
    return (last - first) / (ended - began)


def audited(cores: Sequence[int]) -> float:
    """Real prompts audited per second by one process on each core, which share nothing."""
    say(f"auditors that share nothing, on {len(cores)} of the cores")
    with ProcessPoolExecutor(len(cores), get_context("spawn")) as pool:
        return sum(pool.map(_audited, cores))


def _audited(core: int) -> float:
    pin(os.getpid(), {core})
    auditor, content = Auditor(Pack.load(None)), [(("text", text),) for text in texts()]
    auditor.detect_batch(content)
    began, rounds = time.monotonic(), 0
    while time.monotonic() - began < AUDIT_S:
        auditor.detect_batch(content)
        rounds += 1
    return rounds * len(content) / (time.monotonic() - began)


def landed(system: System) -> int:
    with system.client() as client:
        return client.rows("SELECT count() AS n FROM events")[0]["n"]


if __name__ == "__main__":
    main()
