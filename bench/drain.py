"""How fast a consumer drains a filled topic into ClickHouse: rows per second between a tenth and the whole, so that its start does not count."""

import time
from collections.abc import Callable
from typing import NamedTuple

from bench.rig import System, Usage

POLL_S, TIMEOUT_S = 0.25, 900


class Drained(NamedTuple):
    """A measured drain. `cpu_us` is the consumer's CPU per event, `store_cpu_us` the store's."""

    events: int
    per_s: float
    cpu_us: float
    store_cpu_us: float
    rss_mb: float
    store_rss_mb: float


def drain(system: System, pid: int, table: str, total: int, *, progress: Callable[[int], None] = lambda _rows: None) -> Drained:
    """Watch `table` grow to `total` rows."""
    consumer, store = Usage(pid), Usage(system.store.process.pid)
    began = None
    deadline = time.monotonic() + TIMEOUT_S
    with system.client() as client:
        while True:
            rows, now = client.rows(f"SELECT count() AS n FROM {table}")[0]["n"], time.monotonic()
            progress(rows)
            consumer.rss_mb(), store.rss_mb()
            if began is None and rows >= total // 10:
                began = (rows, now, consumer.cpu_s(), store.cpu_s())
            if rows >= total:
                break
            if now > deadline:
                raise TimeoutError(f"{rows} of {total} rows after {TIMEOUT_S} s")
            time.sleep(POLL_S)
    first, start, cpu, store_cpu = began
    count, seconds = rows - first, now - start
    return Drained(
        rows, count / seconds, (consumer.cpu_s() - cpu) / count * 1e6, (store.cpu_s() - store_cpu) / count * 1e6, consumer.peak_mb, store.peak_mb
    )
