"""One policy, one answer: the stream, `plumbline tag`, a retag and the library give the same verdicts, whatever arrives while the pack changes and
while history is decided again. Excerpts aside, which expire."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.rig import System, fill, system, wait_for
from faults import varied
from faults.outcome import Control, Outcome, differences
from faults.varied import Event, written
from schemas import Tag, UsageEvent
from streams.policy import Auditor, Pack
from streams.policy.pack import SHIPPED, read_files

Say = Callable[[str], None]
Rows = set[tuple]
TOPIC, PARTITIONS = "usage.events", 3
DICE = "faults.dice_worker"  # the control: a worker that detects by chance
PIECES = 20  # in which events are sent while something else happens
CHANGE = ("revisions/2025-09-15.toml", 'severity = "medium"', 'severity = "low"')
LIVE_RUNS = "SELECT count() FROM audit_runs WHERE kind = 'live'"
COLUMNS = "event_id, category, outcome, toString(severity) AS severity, round(toFloat64(score), 3) AS score, revision, clause, rule, rule_version, "
COLUMNS += "missing_safeguards, excused_by, field, start, end"


# -- the four ways to a verdict


def by_library(pack: Pack, events: Iterable[Event]) -> Rows:
    """What the library says."""
    checked = [UsageEvent.model_validate_json(json.dumps(event)) for event in events]
    return {row_of(verdict.event_id, verdict.revision, tag) for verdict in Auditor(pack).audit_batch(checked) for tag in verdict.tags}


def by_tag(live: System, pack: Path, events: Iterable[Event]) -> Rows:
    """What `plumbline tag` says."""
    file = live.data_dir / "events.jsonl"
    file.write_bytes(b"\n".join(lines(events)))
    done = live.run("tag", str(file), "--json", "--pack", str(pack), timeout_s=900)
    assert done.returncode == 0, done.stderr[-2_000:]
    tagged = map(json.loads, done.stdout.splitlines())
    return {row_of(one["event_id"], one["revision"], Tag(**tag)) for one in tagged for tag in one["tags"]}


def by_stream(live: System, where: str = "1") -> Rows:
    """What views show: the verdicts of the stream, and of a retag where one is current."""
    with live.client() as client:
        rows = client.rows(f"SELECT {COLUMNS} FROM audit_verdicts WHERE {where}")
    return {tuple(tuple(value) if isinstance(value, list) else value for value in row.values()) for row in rows}


def row_of(event_id: str, revision: str, tag: Tag) -> tuple:
    """A verdict in the order of COLUMNS."""
    place = tag.evidence[0] if tag.evidence else None
    return (
        event_id, tag.category, tag.outcome.value, tag.severity.value, tag.score, revision, tag.clause, tag.rule, tag.rule_version,
        tuple(each.value for each in tag.missing_safeguards), tag.excused_by or "",
        place.field if place else "", place.start if place else 0, place.end if place else 0,
    )  # fmt: skip


def lines(events: Iterable[Event]) -> Iterator[bytes]:
    """As JSON lines."""
    return (json.dumps(event).encode() for event in events)


# -- the comparison


class Judged(NamedTuple):
    """Which events are to be judged by which pack."""

    pack: Pack
    events: Sequence[Event]


class Difference(NamedTuple):
    """What one way says otherwise than the library."""

    way: str
    missing: Rows
    extra: Rows


class Comparison:
    """A system with a worker on a pack's folder, and the differences that were found on it."""

    def __init__(self, live: System, folder: Path, say: Say) -> None:
        self._live, self._folder, self._say = live, folder, say
        self.found: list[Difference] = []
        self.verdicts = 0

    def send(self, events: Sequence[Event]) -> None:
        fill(self._live.broker.kafka.bootstrap_servers, TOPIC, PARTITIONS, lines(events))

    def land(self, count: int) -> None:
        """Wait for everything that was sent."""
        wait_for(lambda: self._live.waiting() == 0, 120 + count / 100, "all is landed and committed")

    def compare(self, when: str, *judged: Judged, live_where: str = "1") -> None:
        """All ways, on the same events."""
        kept = self._live.data_dir / "packs"
        with ThreadPoolExecutor(1) as pool:
            tagging = [pool.submit(by_tag, self._live, kept / pack.hash, events) for pack, events in judged]
            expected = set().union(*(by_library(pack, events) for pack, events in judged))
            tag = set().union(*(each.result() for each in tagging))
        stream = by_stream(self._live, live_where)
        self.verdicts = len(expected)
        for way, rows in (("stream", stream), ("tag", tag)):
            self.found.append(Difference(f"{way} {when}", expected - rows, rows - expected))
            self._say(f"  {way} {when}: {len(rows)} verdicts, {len(expected - rows)} missing, {len(rows - expected)} extra")

    def change_pack(self, events: Sequence[Event], chance: Random) -> tuple[datetime, list[Event]]:
        """Send while the pack changes, much of it from right now. Returns when the new pack begins, and what was sent."""
        name, old, new = CHANGE
        path, sent, runs = self._folder / name, [], self._live.count(LIVE_RUNS)
        before = path.read_text()
        path.with_suffix(".new").write_text(before.replace(old, new))
        path.with_suffix(".new").replace(path)
        meanwhile, rest = events[: len(events) * 2 // 3], events[len(events) * 2 // 3 :]
        for piece in cut(meanwhile, PIECES):
            sent += [_now(event, chance) if chance.random() < 0.3 else event for event in piece]
            self.send(sent[-len(piece) :])
            time.sleep(0.5)
        wait_for(lambda: self._live.count(LIVE_RUNS) > runs, 120, "the changed pack has a run")
        with self._live.client() as client:
            starts = client.rows("SELECT max(valid_from) AS starts FROM audit_runs WHERE kind = 'live'")[0]["starts"]
        wait_for(lambda: datetime.now(UTC) > starts + timedelta(seconds=1), 60, "the changed pack is in force")
        after = [event | {"occurred_at": written(starts + timedelta(milliseconds=chance.choice([-1, 0, 1, 900])))} for event in rest]
        self.send(after)
        return starts, [*sent, *after]

    def retag(self, events: Sequence[Event], since: datetime, until: datetime) -> int:
        """Send while history is decided again. Returns how much landed while the command ran."""
        began = datetime.now(UTC)
        with ThreadPoolExecutor(1) as pool:
            span = ("--since", since.isoformat(), "--until", until.isoformat())
            running = pool.submit(self._live.run, "policy", "retag", *span, "--json", timeout_s=900)
            for piece in cut(events, PIECES):
                self.send(piece)
            done = running.result()
        ended = datetime.now(UTC)
        assert done.returncode == 0 and done.stdout, done.stderr[-2_000:]
        return self._live.count(f"SELECT count() FROM events WHERE landed_at BETWEEN '{_sql(began)}' AND '{_sql(ended)}'")


def compared(live: System, folder: Path, count: int, seed: int, say: Say) -> Outcome:
    """`count` events by all ways: before anything changes, while the pack changes, and while history is decided again by the changed pack."""
    old, chance, comparison = Pack.load(folder), Random(seed), Comparison(live, folder, say)
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    since = until - timedelta(days=1_080)
    events = list(varied.events(old, count, seed, prefix="e", since=since, until=until))
    first, meanwhile, late = events[: count * 6 // 10], events[count * 6 // 10 : count * 3 // 4], events[count * 3 // 4 :]
    say(f"  {len(first)} events")
    comparison.send([*first, *chance.sample(first, len(first) // 10)])  # some are delivered twice
    comparison.land(len(first))
    say(f"  {len(meanwhile)} events while the pack changes")
    starts, meanwhile = comparison.change_pack(meanwhile, chance)
    comparison.land(len(meanwhile))
    new, sent = Pack.load(folder), [*first, *meanwhile]
    by_old = [event for event in sent if datetime.fromisoformat(event["occurred_at"]) < starts]
    by_new = [event for event in sent if datetime.fromisoformat(event["occurred_at"]) >= starts]
    assert by_new and new.hash != old.hash
    comparison.compare("when the pack has changed", Judged(old, by_old), Judged(new, by_new))
    say(f"  {len(late)} events while history is decided again")
    again = chance.sample(sent, len(late) // 5)
    landed = comparison.retag(chance.sample([*late, *again], len(late) + len(again)), since, until)
    assert landed, "nothing landed while history was decided again"
    comparison.land(len(late))
    between = [event for event in by_old if datetime.fromisoformat(event["occurred_at"]) >= until]
    ours = {event["event_id"] for event in between}
    comparison.compare(
        "when history is decided again", Judged(old, between), Judged(new, [each for each in [*sent, *late] if each["event_id"] not in ours])
    )
    missing, extra = (sum(len(getattr(each, name)) for each in comparison.found) for name in ("missing", "extra"))
    detail = f"{count} events, {comparison.verdicts} verdicts; {len(by_new)} by the changed pack, {landed} landed during the retag"
    return Outcome("identity", missing, extra, len(differences(live)), f"{detail}{_examples(comparison.found)}")


def by_chance(live: System, folder: Path, count: int, seed: int, say: Say) -> Control:
    """The control: the same comparison finds a worker whose detection is not deterministic."""
    now, pack, comparison = datetime.now(UTC), Pack.load(folder), Comparison(live, folder, say)
    events = list(varied.events(pack, count, seed, prefix="dice-", since=now - timedelta(seconds=1), until=now))
    worker = live.worker(module=DICE).wait_ready()
    comparison.send(events)
    comparison.land(count)
    worker.stop()
    comparison.compare("by a worker that detects by chance", Judged(pack, events), live_where="startsWith(event_id, 'dice-')")
    stream, tag = comparison.found
    caught = bool(stream.missing) and not (tag.missing or tag.extra)
    return Control("not_deterministic", caught, f"{len(stream.missing)} missing and {len(stream.extra)} other verdicts of {comparison.verdicts}")


def identity(count: int, seed: int, say: Say) -> Iterator[Outcome | Control]:
    """Both, on a system of their own."""
    with tempfile.TemporaryDirectory(prefix="plumbline-faults-") as root, ground(Path(root)) as (live, folder):
        worker = live.worker().wait_ready()
        yield compared(live, folder, count, seed, say)
        worker.stop()
        yield by_chance(live, folder, 2_000, seed + 1, say)


@contextmanager
def ground(root: Path) -> Iterator[tuple[System, Path]]:
    """A system, and a copy of the shipped pack to change."""
    folder = root / "pack"
    for name, text in read_files(SHIPPED).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with system(root / "data", partitions=PARTITIONS, pack=folder) as live:
        yield live, folder


def cut(events: Sequence[Event], pieces: int) -> list[Sequence[Event]]:
    """In order, in pieces of about the same size."""
    size = -(-len(events) // pieces)
    return [events[at : at + size] for at in range(0, len(events), size)]


def _now(event: Event, chance: Random) -> Event:
    """As if it happened now, by a clock that is some seconds off."""
    return event | {"occurred_at": written(datetime.now(UTC) + timedelta(seconds=chance.uniform(-4, 9)))}


def _sql(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _examples(found: Sequence[Difference]) -> str:
    shown = [
        f"; {each.way}: {name} {sorted(rows)[:2]}" for each in found for name, rows in (("missing", each.missing), ("extra", each.extra)) if rows
    ]
    return "".join(shown)
