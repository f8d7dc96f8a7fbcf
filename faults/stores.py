"""Faults of the store and of the way to it: late answers, cut connections, no memory, a full disk, a view that throws.

The worker repeats, names it in its readiness, and acknowledges nothing meanwhile.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from bench.rig import System, Worker, system, wait_for
from faults.disk import disk, fill_up, make_room
from faults.lanes import Lane, Trial, lane
from faults.outcome import Control, Found, counted
from faults.proxy import Proxy
from faults.statements import NEVER, Drawn, cut_after, cut_within, late, little_memory, no_memory
from faults.traffic import TAGGED_EACH, traffic
from faults.watching import HASTY, drained, hold_s, lasting, ledger_end, repeats, taken_for_done, trouble, watch
from streams.errors import EXIT_UNAVAILABLE
from streams.settings import Settings
from streams.store.endpoint import clickhouse_settings

PATIENCE_S, LITTLE_PATIENCE_S = 30.0, 1.0  # of a worker with an answer
COUNTING = (
    "CREATE TABLE counted (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple()",
    "CREATE MATERIALIZED VIEW counter TO counted AS SELECT count() AS n FROM events",
)
SHARE = 0.5  # of the statements that meet the fault, after a while in which all do


# -- on the way


@contextmanager
def proxied(running: System, name: str, seed: int) -> Iterator[tuple[Lane, Proxy]]:
    with lane(running, name) as one, Proxy(clickhouse_settings(Settings(data_dir=running.data_dir)).url, seed) as way:
        yield one, way


def led_by(one: Lane, way: Proxy, patience_s: float, *, module: str = "") -> Worker:
    """A worker that reaches the store by the proxy, and is ready."""
    access = clickhouse_settings(Settings(data_dir=one.system.data_dir))
    environment = {
        "PLUMBLINE_CLICKHOUSE__URL": way.url, "PLUMBLINE_CLICKHOUSE__USERNAME": access.username,
        "PLUMBLINE_CLICKHOUSE__PASSWORD": access.password.get_secret_value(), "PLUMBLINE_CLICKHOUSE__QUERY_TIMEOUT_S": str(patience_s),
    }  # fmt: skip
    return one.worker(module=module, **environment).wait_ready()


def on_the_way(
    trial: Trial, name: str, fault: Drawn, *, at_first: Drawn | None = None, landed: bool = False, patience_s: float = PATIENCE_S
) -> Iterator[Found]:
    """First nothing gets through, and nothing may be acknowledged; then every second statement meets the fault.

    `landed`: what is repeated had landed before, so that a view that counts rows is a control.
    """
    count, chance = trial.count, Random(trial.seed)
    with proxied(trial.system, name, trial.seed) as (here, way):
        here.command(*COUNTING)
        worker = led_by(here, way, patience_s)
        way.put_in((at_first or fault)(chance))
        sent = here.send(traffic(count, trial.seed))
        named = watch(here, worker, lambda: bool(trouble(worker)), timeout_s=30)
        held = watch(here, worker, lasting(hold_s(count)))
        moved = here.committed()
        trial.say(f"  nothing got through for {held.seconds:.0f} s: {moved} acknowledged, {repeats(worker)} repeats; {', '.join(held.troubles)}")
        way.put_in(fault(chance), SHARE)
        seen = watch(here, worker, drained(here))
        way.share = 0
        wait_for(lambda: worker.readiness()["status"] == "ready", 30, "the worker is ready again")
        found = counted(name, here, count)
        detail = (
            f"{way.met['inserts']} inserts and {way.met['others']} other statements met it, {repeats(worker)} were repeated; "
            f"{moved} events acknowledged in {held.seconds:.0f} s without an answer"
        )
        yield found._replace(lost=found.lost + moved + max(named.early, held.early, seen.early), detail=detail)
        if landed:
            rows = here.count("SELECT sum(n) FROM counted")
            yield Control(f"{name}: a view that counts rows", rows > sent, f"counted {rows} events of {sent}")


def hasty(trial: Trial, name: str, fault: Drawn, patience_s: float = PATIENCE_S) -> Control:
    """A worker that takes a failed insert for done, while every second statement meets the fault."""
    count = min(trial.count, 10_000)
    with proxied(trial.system, f"{name}_wrong", trial.seed) as (wrong, way):
        led_by(wrong, way, patience_s, module=HASTY)
        way.put_in(fault(Random(trial.seed)), SHARE)
        wrong.send(traffic(count, trial.seed))
        wait_for(drained(wrong), 300, "the hasty worker has acknowledged all")
        return taken_for_done(name, wrong, count)


def store_slow(trial: Trial) -> Iterator[Found]:
    """Statements are answered after the worker's time-out, reach the store after it, or never. Its controls: a view that counts rows, and a worker
    that takes a time-out for done."""
    yield from on_the_way(trial, "store_slow", late(LITTLE_PATIENCE_S), landed=True, patience_s=LITTLE_PATIENCE_S)
    yield hasty(trial, "store_slow", late(LITTLE_PATIENCE_S, [NEVER]), LITTLE_PATIENCE_S)


def store_cut_after(trial: Trial) -> Iterator[Found]:
    """The connection ends when a statement was sent and is not answered: it may be done or not. Its control: a view that counts rows."""
    yield from on_the_way(trial, "store_cut_after", cut_after, landed=True)


def store_cut_within(trial: Trial) -> Iterator[Found]:
    """The connection ends in the middle of a statement. Its control: a worker that takes a failed insert for done."""
    yield from on_the_way(trial, "store_cut_within", cut_within)
    yield hasty(trial, "store_cut_within", cut_within)


def memory_limit(trial: Trial) -> Iterator[Found]:
    """The engine is out of memory for a statement, anywhere from reading its rows to its last view. Its control: a worker that takes a failed insert
    for done."""
    yield from on_the_way(trial, "memory_limit", little_memory, at_first=no_memory)
    yield hasty(trial, "memory_limit", little_memory)


# -- in the store


def view_throws(trial: Trial) -> Iterator[Found]:
    """Somebody's view throws for one row: its batch waits and names the view, until that is gone. Its control: a worker that takes a failed insert
    for done."""
    count = trial.count
    bad = f"e{trial.seed}-{count // 2 // TAGGED_EACH * TAGGED_EACH}"  # one with a tag
    with lane(trial.system, "view_throws") as here, lane(trial.system, "view_throws_wrong") as wrong:
        for one in (here, wrong):
            one.command(
                "CREATE TABLE mine (organization_id String) ENGINE = MergeTree ORDER BY organization_id",
                f"CREATE MATERIALIZED VIEW of_mine TO mine AS SELECT organization_id FROM verdicts WHERE throwIf(event_id = '{bad}', 'not this') = 0",
            )
        worker, _ = here.worker().wait_ready(), wrong.worker(module=HASTY).wait_ready()
        for one in (here, wrong):
            one.send(traffic(count, trial.seed))
        before = watch(here, worker, lambda: "of_mine" in trouble(worker), timeout_s=300)
        stood = ledger_end(here)
        held = watch(here, worker, lasting(hold_s(count)))
        moved = ledger_end(here) - stood
        trial.say(f"  stood at {stood} of {count} for {held.seconds:.0f} s: {', '.join(held.troubles)}")
        wait_for(drained(wrong), 300, "the hasty worker has acknowledged all")
        for one in (here, wrong):
            one.command("DROP VIEW of_mine")
        after = watch(here, worker, drained(here))
        found = counted("view_throws", here, count)
        detail = f"stood at {stood} for {held.seconds:.0f} s and named the view; all of {count} landed {after.seconds:.0f} s after it was dropped"
        yield found._replace(lost=found.lost + moved + max(before.early, held.early, after.early), detail=detail)
        yield taken_for_done("view_throws", wrong, count)


@contextmanager
def on_a_small_disk() -> Iterator[tuple[System, Path]]:
    """A system whose store has a disk of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-faults-") as folder,
        disk(Path(folder) / "store", 256) as small,
        system(Path(folder), partitions=1) as running,
    ):
        yield running, small


def disk_full(count: int, seed: int, say: Callable[[str], None]) -> Iterator[Found]:
    """The fault of that name in faults/campaign.py."""
    with on_a_small_disk() as (running, small), lane(running, "disk_full") as here, lane(running, "disk_full_wrong") as wrong:
        worker, _ = here.worker().wait_ready(), wrong.worker(module=HASTY).wait_ready()
        for one in (here, wrong):
            one.send(traffic(count, seed))
        wait_for(lambda: here.committed() > 0, 60, "the first acknowledgement")
        fill_up(small, left=1_200_000)
        almost = lasting(10)
        filling = watch(here, worker, lambda: bool(trouble(worker)) or almost())
        fill_up(small)
        wait_for(lambda: trouble(worker), 30, "the worker names the trouble")
        stood = here.committed()
        held = watch(here, worker, lasting(hold_s(count)))
        said = _killed_and_started(running, small)
        say(f"  stood at {stood} of {count} for {held.seconds:.0f} s: {', '.join(held.troubles)}; a store that is started then: {said}")
        make_room(small)
        fill_up(small, left=500_000)  # enough to start, too little for an insert
        running.start_store()
        second = here.worker()
        wait_for(lambda: second.logged("the start waits for ClickHouse"), 60, "a worker that is started then says that it waits")
        make_room(small)
        second.wait_ready()
        after = watch(here, worker, drained(here))
        wait_for(drained(wrong), 300, "the hasty worker has acknowledged all")
        found = counted("disk_full", here, count)
        detail = f"stood at {stood} of {count} for {held.seconds:.0f} s; all landed {after.seconds:.0f} s after there was room"
        yield found._replace(lost=found.lost + max(filling.early, held.early, after.early), detail=detail)
        yield taken_for_done("disk_full", wrong, count)


def _killed_and_started(running: System, small: Path) -> str:
    """What a store says that is started on a full disk."""
    running.store.kill()
    fill_up(small)  # with what it had not linked
    ended = running.run("store", timeout_s=60)
    assert ended.returncode == EXIT_UNAVAILABLE, ended.stderr[-2_000:]
    return ended.stderr.strip().splitlines()[0]
