"""Looking on while a fault lasts: what a worker acknowledges and what it says of its trouble."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from bench.rig import Worker
from faults.lanes import Lane
from faults.outcome import Control
from faults.traffic import tagged
from streams.errors import Retry

HASTY = "faults.hasty_worker"  # the control: takes what failed for done
NO_ANSWER = (Retry, OSError)  # a look in vain, on a machine that is busy: the next one sees it
Reached = Callable[[], bool]


class Seen(NamedTuple):
    """What was seen while a fault lasted: most that was acknowledged before the ledger had it, what readiness said, how long it took."""

    early: int
    troubles: frozenset[str]
    seconds: float


def watch(one: Lane, worker: Worker, until: Reached, *, timeout_s: float = 600) -> Seen:
    """Look on until something is reached. The worker must not end meanwhile."""
    began, early, troubles = time.monotonic(), 0, set[str]()
    while not _seen(until):
        assert worker.process.poll() is None, f"the worker ended: {worker.text()[-2_000:]}"
        assert time.monotonic() - began < timeout_s, f"not within {timeout_s} s: {worker.text()[-500:]}"
        with suppress(*NO_ANSWER):
            committed = one.committed()  # first: what is acknowledged now must have been landed before
            early = max(early, committed - ledger_end(one))
            troubles.add(trouble(worker))
        time.sleep(0.25)
    return Seen(early, frozenset(troubles - {""}), time.monotonic() - began)


def _seen(until: Reached) -> bool:
    try:
        return until()
    except NO_ANSWER:
        return False


def trouble(worker: Worker) -> str:
    """What readiness says of ClickHouse."""
    return worker.readiness()["problems"].get("clickhouse", "")


def ledger_end(one: Lane) -> int:
    """The offset up to which the only partition has landed."""
    return one.count("SELECT if(count() = 0, 0, max(last_offset) + 1) FROM ledger")


def lasting(seconds: float) -> Reached:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def drained(one: Lane) -> Reached:
    return lambda: one.waiting() == 0


def repeats(worker: Worker) -> int:
    found = re.search(r"^plumbline_insert_retries_total ([0-9.e+]+)", worker.metrics(), re.MULTILINE)
    return int(float(found[1])) if found else 0


def hold_s(count: int) -> float:
    """How long nothing gets through: a moment in a test, 4 s in a short form, half a minute in a long one."""
    return 1 if count < 2_000 else 4 if count < 30_000 else 30


def taken_for_done(name: str, wrong: Lane, count: int) -> Control:
    """What such a worker has lost: events, or tags in the signals."""
    events = count - wrong.count("SELECT uniqExact(event_key) FROM events")
    tags = tagged(count) - wrong.count("SELECT sum(events) FROM audit_signals_hour")
    return Control(f"{name}: a worker that takes a failed insert for done", events + tags > 0, f"lost {events} events of {count} and {tags} tags")
