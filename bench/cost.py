"""What one event costs: bytes in Kafka and ClickHouse, CPU of each part, and the recomputing of volumes: `python -m bench.cost`.

Bytes are those of the parts as they lie on the disk once everything is merged. CPU is that of each process from the first event to the last commit,
reading and merging included, so it does not ask for a machine to itself as rates do.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.events import events
from bench.rig import WORK_CORE, System, apart, fill, on_core, say, usage, wait_for
from streams import logs
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.volumes import VolumeRefresher
from streams.settings import LogSettings

PARTITIONS, TOPIC, IDLE_S = 6, "usage.events", 5
EVENT_ID = re.compile(rb'"event_id": "[^"]*"')
RESULTS = Path(__file__).parent / "results"
PER_EVENT = ("events", "ledger", "volumes_hour")  # all other tables grow with violations
PARTS = "SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="that pass through")
    parser.add_argument("--violations", type=float, default=0.01, help="share of events that a detector fires on")
    options = parser.parse_args()
    logs.configure(LogSettings(level="warning"), part="bench")
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder, apart(Path(folder), partitions=PARTITIONS, pack=None) as system:
        found = {"options": vars(options), **passed(system, options.events, options.violations)}
        with system.client() as client:
            found |= {"bytes": stored(client, options.events), "volumes": recomputed(client)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cost.json").write_text(json.dumps(found, indent=1) + "\n")
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def passed(system: System, count: int, violations: float) -> dict[str, Any]:
    """Send all and wait until all is committed. Kafka's bytes, each part's CPU µs per event (the broker's with receiving), and what it uses idle."""
    with on_core(WORK_CORE):
        worker = system.worker(PLUMBLINE_WORKER__POOL_PROCESSES="1")
    wait_for(lambda: worker.logged("worker is running"), 300, "the worker has compiled its patterns and runs")
    parts = {"worker": worker.process.pid, "store": system.store.process.pid, "broker": system.broker.process.pid}
    with cpu_us(parts, 1) as idle:
        time.sleep(IDLE_S)
    say(f"{count:,} events of one hour")
    with cpu_us(parts, count) as spent:
        values = with_real_ids(events(count, violations=violations, spread=timedelta(hours=1)))
        sent = fill(system.broker.kafka.bootstrap_servers, TOPIC, PARTITIONS, values)
        wait_for(lambda: settled(system, sent), 900, "all is landed and committed")
    worker.stop()
    segments = sum(path.stat().st_size for path in system.data_dir.rglob(f"{TOPIC}-*/*.log"))
    return {"kafka_bytes": round(segments / sent, 1), "cpu_us": spent, "idle_cores": {name: round(us / 1e6 / IDLE_S, 3) for name, us in idle.items()}}


def with_real_ids(values: Iterator[bytes]) -> Iterator[bytes]:
    """Ids as random as gateways make them: numbered ones would compress to nothing."""
    chance = random.Random(1)
    for value in values:
        yield EVENT_ID.sub(b'"event_id": "%032x"' % chance.getrandbits(128), value, count=1)


def settled(system: System, sent: int) -> bool:
    """Whether all has landed. Asked once in a second: asking costs broker and store CPU that would count."""
    time.sleep(1)
    return system.waiting() == 0 and system.count("SELECT count() FROM events") >= sent


@contextmanager
def cpu_us(parts: Mapping[str, int], count: int) -> Iterator[dict[str, float]]:
    """CPU µs per event of each process (name -> pid) and its children, filled in when the context ends."""
    watched, spent = {name: usage(pid) for name, pid in parts.items()}, {}
    before = {name: each.cpu_s() for name, each in watched.items()}
    yield spent
    spent |= {name: round((each.cpu_s() - before[name]) / count * 1e6, 1) for name, each in watched.items()}


def stored(client: ClickHouse, count: int) -> dict[str, Any]:
    """Bytes on the disk per event, and per violation (a row of `verdicts`), by table."""
    say("all parts are merged")
    for row in client.rows(PARTS):
        client.command(f"OPTIMIZE TABLE {row['table']} FINAL")
    tables = {row["table"]: row for row in client.rows(PARTS)}
    violations = tables["verdicts"]["rows"]
    per_event = {name: round(tables[name]["bytes"] / count, 2) for name in PER_EVENT}
    rest = {name: round(row["bytes"] / violations, 1) for name, row in tables.items() if name not in PER_EVENT and row["rows"] > 100}
    return {"violations": violations, "per_event": per_event, "per_violation": rest}


def recomputed(client: ClickHouse) -> dict[str, float]:
    """Seconds of recomputing the hours that the events are in, as a worker does while they fill."""
    hours = [int(row["hour"].timestamp()) * 1_000 for row in client.rows("SELECT DISTINCT toStartOfHour(occurred_at) AS hour FROM events")]
    volumes = VolumeRefresher(client)
    best = min(_refresh_s(volumes, hours) for _ in range(3))
    return {"events": client.rows("SELECT count() AS n FROM events")[0]["n"], "seconds": round(best, 3)}


def _refresh_s(volumes: VolumeRefresher, hours: list[int]) -> float:
    volumes.touch(hours)
    began = time.perf_counter()
    volumes.refresh()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
