"""What happens to the parts of a running system during a soak, drawn by chance: kills, stops, and members of the group that come and go."""

import signal
import time
from collections.abc import Callable
from random import Random

from bench.rig import Command, System, Worker, wait_for

START_S = 300  # of a worker, on a machine that has much to do
SESSION_S = 10  # of the group's members: less, and a busy machine does by itself what the faults are to do
WORKER = {"PLUMBLINE_KAFKA__SESSION_TIMEOUT_S": str(SESSION_S), "PLUMBLINE_WORKER__POOL_PROCESSES": "1"}


class Parts:
    """A store and two workers. The first worker and, in the second half, the store are never killed: memory is a matter of long lives."""

    def __init__(self, running: System, seed: int, *, module: str = "") -> None:
        """`module`: a known-wrong variant of the workers."""
        self.running, self._chance, self._module = running, Random(seed), module
        self.workers = [self._worker(), self._worker()]
        for worker in self.workers:
            _ready(worker)

    def _worker(self) -> Worker:
        return self.running.worker(module=self._module, **WORKER)

    @property
    def pids(self) -> dict[str, int]:
        """The process of each part, as it is now.

        Raises:
            AssertionError: one has ended by itself.
        """
        for command in (*self.workers, self.running.store):
            assert command.process.poll() is None, f"{command.log.name} ended by itself: {command.text()[-2_000:]}"
        return {"worker 1": self.workers[0].process.pid, "worker 2": self.workers[1].process.pid, "store": self.running.store.process.pid}

    def kinds(self, *, second_half: bool) -> dict[str, Callable[[], str]]:
        """What may happen now, by name. Each returns what was done when it is over."""
        every = {
            "worker_kill": self.worker_kill, "worker_stop": self.worker_stop, "rebalance": self.rebalance,
            "store_stop": self.store_stop, "store_kill": self.store_kill,
        }  # fmt: skip
        return {name: do for name, do in every.items() if name != "store_kill" or not second_half}

    def worker_kill(self) -> str:
        self.workers[1].kill()
        away = self._pass(0, 5)
        self.workers[1] = self._worker()
        return f"worker 2 killed, a successor after {away:.1f} s"

    def store_kill(self) -> str:
        self.running.store.kill()
        away = self._pass(0, 5)
        self.running.start_store()
        return f"store killed, started again after {away:.1f} s"

    def worker_stop(self) -> str:
        """Longer than the group waits for a silent member; afterwards it goes on with what is no longer its own."""
        number = self._chance.randrange(2)
        return f"worker {number + 1} stood still for {self._still(self.workers[number], SESSION_S + 2, SESSION_S + 12):.1f} s"

    def store_stop(self) -> str:
        return f"store stood still for {self._still(self.running.store, 3, 15):.1f} s"

    def rebalance(self) -> str:
        """A third member comes, works for a while and goes."""
        guest = self._worker()
        _ready(guest)
        stayed = self._pass(5, 20)
        guest.stop()
        return f"a third worker came for {stayed:.1f} s"

    def _still(self, command: Command, least_s: float, most_s: float) -> float:
        command.process.send_signal(signal.SIGSTOP)
        try:
            return self._pass(least_s, most_s)
        finally:
            command.process.send_signal(signal.SIGCONT)

    def _pass(self, least_s: float, most_s: float) -> float:
        seconds = self._chance.uniform(least_s, most_s)
        time.sleep(seconds)
        return seconds


def _ready(worker: Worker) -> None:
    wait_for(lambda: worker.process.poll() is not None or worker.logged("worker is running"), START_S, "the worker runs")
    assert worker.process.poll() is None, worker.text()[-2_000:]
