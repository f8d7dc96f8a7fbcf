"""What a fault did: lost, counted twice, drifted; and whether its known-wrong variant was caught."""

from typing import NamedTuple

from bench.rig import System, wait_for
from faults.lanes import Lane
from faults.traffic import tagged


class Outcome(NamedTuple):
    """One fault, survived or not. All three must be 0."""

    name: str
    lost: int
    extra: int
    drift: int
    detail: str = ""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.extra or self.drift)


class Control(NamedTuple):
    """A known-wrong variant. `caught` says that the same count found it wrong."""

    name: str
    caught: bool
    detail: str = ""


Found = Outcome | Control


def counted(name: str, system: System | Lane, count: int, detail: str = "") -> Outcome:
    """Compare what landed with what was sent."""
    events = system.count("SELECT count() FROM events FINAL")
    distinct = system.count("SELECT uniqExact(event_key) FROM events")
    signals = [system.count(f"SELECT sum(events) FROM audit_signals_{grain}") for grain in ("minute", "hour", "day")]
    wanted = tagged(count)
    lost = max(0, count - distinct) + sum(max(0, wanted - found) for found in signals)
    extra = max(0, events - count) + sum(max(0, found - wanted) for found in signals)
    drift = len(differences(system))
    return Outcome(name, lost, extra, drift, detail)


def differences(system: System | Lane) -> list:
    """What `plumbline verify` still finds after a while."""
    try:
        wait_for(lambda: not system.verify(), 60, "verify finds no difference")
    except AssertionError:
        return system.verify()
    return []


def finish(system: System | Lane, *, timeout_s: float = 600, **environment: str) -> None:
    """One healthy worker lands what is left."""
    worker = system.worker(**environment).wait_ready()
    wait_for(lambda: system.waiting() == 0, timeout_s, "all is landed and committed")
    worker.stop()
