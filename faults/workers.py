"""Faults of workers and of the store: kills at random moments, rebalances, the store away. Each runs on a system of its own."""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.rig import System, Worker, fill, system, wait_for
from faults.outcome import Control, Outcome, counted, finish
from faults.traffic import tagged, traffic

PARTITIONS = 3
SMALL = {"PLUMBLINE_WORKER__CHUNK_RECORDS": "500", "PLUMBLINE_WORKER__BATCH_ROWS": "1000"}
STOP_S = 90  # a machine that is busy with others takes its time
SHORT_SESSION = {"PLUMBLINE_KAFKA__SESSION_TIMEOUT_S": "6"}
STATIC = {"PLUMBLINE_KAFKA__GROUP_INSTANCE_ID": "w1"}  # a static member's successor takes over at once
EARLY = "faults.early_worker"  # the control: acknowledges before it inserts
Say = Callable[[str], None]


@contextmanager
def loaded(count: int, seed: int) -> Iterator[System]:
    """A system with `count` events on its topic."""
    with tempfile.TemporaryDirectory(prefix="plumbline-faults-") as folder, system(Path(folder), partitions=PARTITIONS) as running:
        fill(running.broker.kafka.bootstrap_servers, "usage.events", PARTITIONS, traffic(count, seed))
        yield running


COUNTER = (
    "CREATE TABLE counted (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple()",
    "CREATE MATERIALIZED VIEW counter TO counted AS SELECT count() AS n FROM verdicts",
)


def worker_kills(count: int, kills: int, seed: int, say: Say) -> tuple[Outcome, Control]:
    """`kill -9` of the worker while it lands. Its control is a view that counts rows instead of keyed states, beside ours."""
    with loaded(count, seed) as running:
        with running.client() as client:
            for statement in COUNTER:
                client.command(statement)
        _kill(running, kills, seed, say)
        finish(running, **STATIC)
        counter, wanted = running.count("SELECT sum(n) FROM counted"), tagged(count)
        control = Control("counters_instead_of_states", counter != wanted, f"counted {counter} tags of {wanted}")
        return counted("worker_kills", running, count, f"{kills} kills over {count} events"), control


def early_acknowledgement(count: int, kills: int, seed: int, say: Say) -> Control:
    """The control of worker_kills: a worker that acknowledges before it inserts loses what was in flight."""
    with loaded(count, seed) as running:
        _kill(running, kills, seed, say, module=EARLY)
        finish(running, **STATIC)
        lost = count - running.count("SELECT uniqExact(event_key) FROM events")
        return Control("early_acknowledgement", lost > 0, f"lost {lost} of {count}")


def _kill(running: System, kills: int, seed: int, say: Say, *, module: str = "") -> None:
    """Kill each worker a moment after it has landed something; the known-wrong one a moment after it has acknowledged something."""
    chance = random.Random(seed)
    progress = running.committed if module else lambda: running.count("SELECT count() FROM ledger")
    for number in range(kills):
        before = progress()
        worker = running.worker(module=module, **SMALL, **STATIC)
        deadline = time.monotonic() + 30
        while progress() == before and time.monotonic() < deadline and running.waiting():
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 0.4))
        worker.kill()
        say(f"  kill {number + 1} of {kills}: {running.waiting()} records wait")


def store_kills(count: int, kills: int, seed: int, say: Say) -> Outcome:
    """`kill -9` of the store while a worker inserts; the worker stays and repeats."""
    chance = random.Random(seed)
    with loaded(count, seed) as running:
        worker = running.worker(**SMALL).wait_ready()
        for number in range(kills):
            time.sleep(chance.uniform(0.2, 1.5))
            running.store.kill()
            time.sleep(chance.uniform(0, 0.5))
            running.start_store()
            say(f"  store kill {number + 1} of {kills}: {running.waiting()} records wait")
        wait_for(lambda: running.waiting() == 0, 600, "all is landed and committed")
        worker.stop()
        return counted("store_kills", running, count, f"{kills} kills over {count} events")


def rebalances(count: int, seconds: float, seed: int, say: Say) -> tuple[Outcome, Control]:
    """Three workers that come and go every few seconds while events come in. Its control is a view that counts rows."""
    chance = random.Random(seed)
    with loaded(0, seed) as running:
        with running.client() as client:
            for statement in COUNTER:
                client.command(statement)
        feeder = threading.Thread(target=_feed, args=(running, list(traffic(count, seed)), seconds), daemon=True)
        feeder.start()
        workers, turns, until = [running.worker(**SMALL, **SHORT_SESSION)], 0, time.monotonic() + 3 * seconds + 60
        while (feeder.is_alive() or running.waiting()) and time.monotonic() < until:
            _more_lands(running)
            _come_or_go(running, workers, chance)
            turns += 1
            say(f"  rebalance {turns}: {len(workers)} workers, {running.waiting()} records wait")
        feeder.join()
        for worker in workers:
            worker.stop(STOP_S)
        began = time.monotonic()
        finish(running)
        detail = f"{turns} rebalances while {count} events came in; all landed {time.monotonic() - began:.0f} s after the last"
        counter, wanted = running.count("SELECT sum(n) FROM counted"), tagged(count)
        control = Control("rebalances: a view that counts rows", counter != wanted, f"counted {counter} tags of {wanted}")
        return counted("rebalances", running, count, detail), control


def _feed(running: System, values: Sequence[bytes], seconds: float) -> None:
    """Send evenly over a time, to all partitions."""
    began, parts = time.monotonic(), max(1, int(seconds))
    for number in range(parts):
        running.send(iter(values[number * len(values) // parts : (number + 1) * len(values) // parts]))
        time.sleep(max(0.0, began + (number + 1) * seconds / parts - time.monotonic()))


def _more_lands(running: System) -> None:
    """Wait until something more has landed, for some time."""
    before, deadline = running.count("SELECT count() FROM ledger"), time.monotonic() + 20
    while running.count("SELECT count() FROM ledger") == before and time.monotonic() < deadline:
        time.sleep(0.05)


def _come_or_go(running: System, workers: list[Worker], chance: random.Random) -> None:
    """One more worker, or one less, by stop or kill."""
    if len(workers) < 3 and (len(workers) < 2 or chance.random() < 0.5):
        workers.append(running.worker(**SMALL, **SHORT_SESSION))
    else:
        leaving = workers.pop(chance.randrange(len(workers)))
        leaving.kill() if chance.random() < 0.7 else leaving.stop(STOP_S)


def store_away(count: int, seconds: float, seed: int, say: Say) -> Outcome:
    """The store is down for a while in the middle; nothing is acknowledged meanwhile, and the worker goes on by itself."""
    with loaded(count, seed) as running:
        worker = running.worker(**SMALL).wait_ready()
        wait_for(lambda: running.count("SELECT count() FROM events") > 0, 60, "the first rows")
        running.store.kill()
        time.sleep(1)
        held = running.waiting()
        time.sleep(seconds)
        say(f"  the store was away for {seconds:.0f} s; {held} records waited before, {running.waiting()} after")
        moved = held - running.waiting()
        running.start_store()
        wait_for(lambda: running.waiting() == 0, 600, "all is landed and committed")
        worker.stop()
        found = counted("store_away", running, count, f"{seconds:.0f} s")
        return found._replace(lost=found.lost + max(0, moved))
