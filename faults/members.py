"""Faults of a worker's standing in its group: stopped beyond its session, its commits refused."""

import os
import signal
import time
from collections.abc import Iterator

from bench.rig import wait_for
from faults.inputs import settle
from faults.kafka_admin import OFFSETS, refusing
from faults.lanes import COUNTER, Lane, Trial, lane
from faults.outcome import Control, Found, counted
from faults.traffic import tagged, traffic

HELD = "faults.held_worker"


def zombie(trial: Trial) -> Iterator[Found]:
    """A worker is stopped (SIGSTOP) with decided chunks in its hands, beyond its session; another lands them; it wakes and lands them too. Its
    control: a view that counts rows."""
    hold = trial.system.data_dir / "hold"
    with lane(trial.system, "zombie") as here:
        here.command(*COUNTER)
        hold.touch()
        try:
            stopped = here.worker(module=HELD).wait_ready()
            here.send(traffic(trial.count, trial.seed))
            wait_for((trial.system.data_dir / "held").exists, 60, "the worker holds decided chunks")
            os.kill(stopped.process.pid, signal.SIGSTOP)
            began = time.monotonic()
            here.worker()
            settle(here)
            took, counter = time.monotonic() - began, here.count("SELECT sum(n) FROM counted")
        finally:
            hold.unlink()
        os.kill(stopped.process.pid, signal.SIGCONT)
        wait_for(lambda: here.count("SELECT sum(n) FROM counted") > counter, 60, "the zombie lands what it held")
        settle(here)
        detail = f"{trial.count} events; all landed by the other {took:.0f} s after the stop (session 6 s), then again by the zombie"
        yield counted("zombie", here, trial.count, detail)
        yield _counter(here, trial.count, "zombie")


def _counter(here: Lane, count: int, name: str) -> Control:
    counter, wanted = here.count("SELECT sum(n) FROM counted"), tagged(count)
    return Control(f"{name}: a view that counts rows", counter > wanted, f"counted {counter} tags of {wanted}")


def commit_failures(trial: Trial) -> Iterator[Found]:
    """The broker refuses every commit; the worker lands and ends; its successor reads all again. Its control: a view that counts rows."""
    with lane(trial.system, "commit_failures") as here:
        here.command(*COUNTER)
        worker = here.worker().wait_ready()
        with refusing(here.kafka, OFFSETS):
            here.send(traffic(trial.count, trial.seed))
            done = lambda: worker.process.poll() is not None or here.count("SELECT count() FROM events FINAL") == trial.count  # noqa: E731
            wait_for(done, 300, "all is landed, or the worker ends because nothing is committed")
            time.sleep(2)  # some commit intervals
            committed, ended = here.committed(), worker.process.poll() is not None
            worker.kill()
        again = here.waiting()
        here.worker()
        settle(here)
        detail = f"{committed} of {trial.count} committed, the worker {'ended' if ended else 'stayed'}; {again} records read again"
        yield counted("commit_failures", here, trial.count, detail)
        yield _counter(here, trial.count, "commit_failures")
