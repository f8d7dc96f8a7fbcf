"""The campaign: every fault by name, what is done, and what runs it in its short and its long form."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.rig import say, system
from faults import alerts, brokers, inputs, members, stores, versions, workers
from faults.disk import mountable
from faults.erasure import erasure
from faults.identity import identity
from faults.lanes import Trial
from faults.outcome import Control, Found, Outcome
from faults.sweep import sweep


class Form(NamedTuple):
    """How much is done, and from which seed."""

    short: bool
    seed: int
    events: int = 0  # of a fault that takes any number; 0: as the form says

    def of(self, short: int, long: int) -> int:
        return short if self.short else long

    @property
    def name(self) -> str:
        return "short" if self.short else "long"


class Fault(NamedTuple):
    """A fault by name. `what` is done, in a sentence for the report."""

    name: str
    what: str
    run: Callable[[Form], Iterator[Found]]


def worker_kills(form: Form) -> Iterator[Found]:
    """`kill -9` of the worker while it lands, and what reads on afterwards. Its controls: a view that counts rows, and an early acknowledgement."""
    yield from workers.worker_kills(form.of(40_000, 1_000_000), form.of(5, 50), form.seed, say)
    yield workers.early_acknowledgement(40_000, 5, form.seed + 1, say)


def store_kills(form: Form) -> Iterator[Found]:
    """`kill -9` of the store while a worker inserts; the worker stays and repeats."""
    yield workers.store_kills(form.of(40_000, 1_000_000), form.of(3, 20), form.seed + 2, say)


def rebalances(form: Form) -> Iterator[Found]:
    """Up to three workers come and go every few seconds, some of them by `kill -9`, while events come in. Its control: a view that counts rows."""
    yield from workers.rebalances(form.of(40_000, 1_000_000), form.of(20, 300), form.seed + 3, say)


def store_away(form: Form) -> Iterator[Found]:
    """The store is down for a while in the middle; nothing is acknowledged meanwhile."""
    yield workers.store_away(form.of(40_000, 1_000_000), form.of(5, 60), form.seed + 4, say)


def alert_kills(form: Form) -> Iterator[Found]:
    """`kill -9` of what evaluates and sends alerts. Its controls: an id for each attempt, and a delivery on record before it is made."""
    with alerts.own_ground() as ground:
        yield alerts.alert_kills(ground, form.of(20, 1_000), form.seed + 5, say)
    with alerts.own_ground() as ground:
        yield from alerts.controls(ground, form.seed + 6, say)


def system_calls(form: Form) -> Iterator[Found]:
    """An insert is killed at each of its system calls and repeated. Its control: insert tokens instead of keys."""
    points = sweep("keys", each=form.of(8, 1), say=say)
    wrong = [f"{point.call} {point.k}: {point.found}" for point in points if not point.right]
    yield Outcome("system_calls", len(wrong), 0, 0, f"{len(points)} kill points{'; ' + '; '.join(wrong) if wrong else ''}")
    points = sweep("tokens", each=form.of(2, 1), say=say)
    wrong = [f"{point.call} {point.k}" for point in points if not point.right]
    yield Control("insert_tokens", bool(wrong), f"{len(wrong)} of {len(points)} kill points lose or repeat a batch: {', '.join(wrong)}")


def same_everywhere(form: Form) -> Iterator[Found]:
    """The pack changes and history is decided again under load; stream, retag, tag and library are compared. Its control: detection by chance."""
    yield from identity(form.of(5_000, 100_000), form.seed + 7, say)


def removal(form: Form) -> Iterator[Found]:
    """100 of 1,000 people are removed, then the topic is read again and an older backup restored; everything is searched for them. Its controls: the
    search before the removal and for somebody else, and a worker that hears of no removal."""
    yield from erasure(form.events or form.of(5_000, 200_000), form.seed + 8, say)


def disk_full(form: Form) -> Iterator[Found]:
    """The store's disk fills up and stays full for a while, in which the store is killed and cannot start, and another worker starts. Its control: a
    worker that takes a failed insert for done."""
    yield from stores.disk_full(form.of(20_000, 100_000), form.seed + 9, say)


def on_a_system(trial: Callable[[Trial], Iterator[Found]], short: int, long: int, *, number: int) -> Callable[[Form], Iterator[Found]]:
    """A trial on a broker and a store of its own."""

    def run(form: Form) -> Iterator[Found]:
        with tempfile.TemporaryDirectory(prefix="plumbline-faults-") as folder, system(Path(folder), partitions=1) as running:
            yield from trial(Trial(running, form.of(short, long), form.seed + number, say))

    run.__doc__ = trial.__doc__
    return run


# name -> what runs it; for trials with the number of events in the short and the long form
WHOLE = {
    "worker_kills": worker_kills, "store_kills": store_kills, "rebalances": rebalances, "store_away": store_away, "alert_kills": alert_kills,
    "system_calls": system_calls, "identity": same_everywhere, "erasure": removal,
    "disk_full": disk_full,
}  # fmt: skip
TRIALS = {
    "duplicates": (inputs.duplicates, 3_000, 200_000), "changed_content": (inputs.changed_content, 2_000, 50_000),
    "clock_jumps": (inputs.clock_jumps, 3_000, 100_000), "poison": (inputs.poison, 2_000, 20_000),
    "all_invalid": (inputs.all_invalid, 3_000, 50_000), "letters_unavailable": (inputs.letters_unavailable, 3_000, 50_000),
    "replays": (inputs.replays, 3_000, 100_000),
    "store_slow": (stores.store_slow, 3_000, 10_000), "store_cut_after": (stores.store_cut_after, 6_000, 150_000),
    "store_cut_within": (stores.store_cut_within, 6_000, 150_000), "memory_limit": (stores.memory_limit, 6_000, 100_000),
    "view_throws": (stores.view_throws, 6_000, 60_000),
    "zombie": (members.zombie, 3_000, 100_000),
    "commit_failures": (members.commit_failures, 3_000, 100_000), "retention": (brokers.retention, 4_000, 100_000),
    "recreated": (brokers.recreated, 3_000, 90_000), "broker_kills": (brokers.broker_kills, 6_000, 60_000),
    "mixed_versions": (versions.mixed_versions, 4_000, 100_000),
}  # fmt: skip


def campaign() -> list[Fault]:
    """All faults, in the order in which they run."""
    trials = {name: on_a_system(*trial, number=number) for number, (name, trial) in enumerate(TRIALS.items(), 10)}
    found = [Fault(name, " ".join((run.__doc__ or "").split()), run) for name, run in {**WHOLE, **trials}.items()]
    lacking = {"system_calls"} if not shutil.which("strace") else set[str]()
    lacking |= {"disk_full"} if not mountable() else set()
    return [fault for fault in found if fault.name not in lacking]
