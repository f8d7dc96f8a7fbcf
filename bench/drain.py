"""How fast a consumer drains a filled topic into ClickHouse: rows per second of its steady middle, so that neither its start nor a partition that is
left alone at the end counts."""

import time
from typing import NamedTuple

from bench.contenders import Running
from bench.rig import System, Usage

POLL_S, TIMEOUT_S = 0.2, 900
FROM, UNTIL, SETTLED_S = 0.1, 0.9, 5.0  # measured from a tenth of the rows, or so many seconds after the first one
LEAST_STEPS = 5  # growths of the table that are seen at least: a consumer that inserts rarely is watched longer


class Drained(NamedTuple):
    """A measured drain. `cpu_us` is the consumer's CPU per event, `own_cpu_us` of it that of the processes without their children, `store_cpu_us`
    the store's. Memory is the peak of all that was seen."""

    events: int
    per_s: float
    cpu_us: float
    own_cpu_us: float
    store_cpu_us: float
    rss_mb: float
    store_rss_mb: float


class _Seen(NamedTuple):
    rows: int
    at: float
    cpu_s: float
    own_cpu_s: float
    store_cpu_s: float


def drain(system: System, running: Running, table: str, total: int, *, window_s: float = TIMEOUT_S, from_rows: int = 0) -> Drained:
    """Watch `table` grow from `from_rows` by `total` rows, for about `window_s` seconds of measured time at most.

    Raises:
        RuntimeError: the consumer ended, or its rows came at one moment, so that there is no rate.
        TimeoutError: nothing, or too little, came in time.
    """
    consumer, store = Usage(*running.pids), Usage(system.store.process.pid)
    seen: list[_Seen] = []
    first_at, deadline = None, time.monotonic() + TIMEOUT_S
    with system.client() as client:
        while True:
            rows, now = client.rows(f"SELECT count() AS n FROM {table}")[0]["n"] - from_rows, time.monotonic()
            running.check()
            consumer.rss_mb(), store.rss_mb()
            first_at = first_at or (now if rows else None)
            begun = first_at is not None and (rows >= total * FROM or now - first_at > SETTLED_S)
            if begun and (not seen or rows > seen[-1].rows):
                seen.append(_Seen(rows, now, consumer.cpu_s(), consumer.own_cpu_s(), store.cpu_s()))
            if seen and (rows >= total * UNTIL or (now - seen[0].at > window_s and len(seen) >= LEAST_STEPS)):
                break
            if now > deadline:
                raise TimeoutError(f"{rows} of {total} rows after {TIMEOUT_S} s")
            time.sleep(POLL_S)
    first, last = seen[0], seen[-1]
    count = last.rows - first.rows
    if not count:
        raise RuntimeError(f"all {last.rows} rows came at one moment: too few events for a rate")
    per_event = [(after - before) / count * 1e6 for before, after in zip(first[2:], last[2:], strict=True)]
    return Drained(last.rows, count / (last.at - first.at), *per_event, consumer.peak_mb, store.peak_mb)
