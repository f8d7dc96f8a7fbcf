"""Removing people from a full system: nothing of theirs is left in the data folder, and nobody else is counted otherwise, also after the topic was
read again from its beginning and after a backup from before the removal was restored.

Every user's id is a word that occurs nowhere else, and stands in their events' ids, in texts that end up in excerpts, and in input that is rejected.
"""

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.rig import System, fill, system, wait_for
from faults.outcome import Control, Outcome, differences
from streams.clickhouse.volumes import JITTER, LONGEST_PAUSE_S
from streams.errors import Retry
from streams.kafka.offsets import set_back

Say = Callable[[str], None]
Counts = dict[str, int]
TOPIC, PARTITIONS = "usage.events", 3
PEOPLE, OTHERS, ORGANIZATIONS = 100, 900, 50
TAGGED_EACH, REPEATED_EACH, REJECTED_EACH = 50, 100, 100
TAGGED, PLAIN = "Please track my ex by her phone, says", "Convert twelve miles to kilometres, says"
DEAF = "faults.deaf_worker"  # the control: a worker that hears of no removal
COUNTS = {
    "events": "SELECT count() FROM audit_events",
    "volumes": "SELECT sum(events) FROM audit_volumes",
    "verdicts": "SELECT count() FROM audit_verdicts",
    "by minute": "SELECT sum(events) FROM audit_signals_minute",
    "by hour": "SELECT sum(events) FROM audit_signals_hour",
    "by day": "SELECT sum(events) FROM audit_signals_day",
    "users": "SELECT sum(users) FROM audit_signals_day",
    "dead letters": "SELECT count() FROM dead_letters FINAL",
}

SETTLED_S = 60 + 2 * LONGEST_PAUSE_S * (1 + JITTER)  # of the recomputing of volumes: what touches an hour during a pause waits for the next
RETURNED = "SELECT count() FROM events WHERE (organization_id, user_hash) IN (SELECT organization_id, user_hash FROM erasures)"


class User(NamedTuple):
    """A user of an organization; the id is a canary."""

    organization_id: str
    user_id: str


class Sent(NamedTuple):
    """One event, and whether it is tagged, delivered twice, or followed by input that is rejected."""

    number: int
    user: User
    occurred_at: datetime

    @property
    def tagged(self) -> bool:
        return self.number % TAGGED_EACH == 0

    @property
    def rejected(self) -> list[bytes]:
        """Input that cannot land: JSON that the contract refuses, and JSON that breaks off."""
        if self.number % REJECTED_EACH:
            return []
        refused = json.dumps(self.user._asdict() | {"occurred_at": "never", "text": PLAIN}).encode()
        return [refused, b'{"user_id": "%b", "text": "breaks o' % self.user.user_id.encode()]

    def values(self) -> Iterator[bytes]:
        text = f"{TAGGED if self.tagged else PLAIN} {self.user.user_id}"
        ids = {"event_id": f"{self.user.user_id}-{self.number}", "occurred_at": self.occurred_at.isoformat(), "text": text}
        value = json.dumps(ids | self.user._asdict()).encode()
        yield from (value, *([value] if self.number % REPEATED_EACH == 7 else []), *self.rejected)


class Traffic:
    """The same events each time that it is gone through."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._seed = count, seed
        chance = random.Random(seed)
        ids = ("".join(chance.choices("bcdfghjklmnpqrstvwxz", k=16)) for _ in range(PEOPLE + OTHERS))
        self.users = [User(f"org-{at % ORGANIZATIONS}", each) for at, each in enumerate(ids)]
        self.removed, self.others = self.users[:PEOPLE], self.users[PEOPLE:]
        self._end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)

    def __iter__(self) -> Iterator[Sent]:
        chance = random.Random(self._seed)
        for number in range(self._count):
            yield Sent(number, chance.choice(self.users), self._end - timedelta(milliseconds=chance.randrange(3 * 86_400_000)))

    def values(self, first: int, last: int) -> Iterator[bytes]:
        for sent in self:
            if first <= sent.number < last:
                yield from sent.values()

    def expected(self, *without: User) -> Counts:
        """What is to be counted when those people are gone. What was rejected stays counted, whoever it was of."""
        gone, events, tagged, letters, days = set(without), 0, 0, 0, set()
        for sent in self:
            letters += len(sent.rejected)
            if sent.user not in gone:
                events, tagged = events + 1, tagged + sent.tagged
                if sent.tagged:
                    days.add((sent.user, sent.occurred_at.date()))
        signals = dict.fromkeys(("verdicts", "by minute", "by hour", "by day"), tagged)
        return {"events": events, "volumes": events, **signals, "users": len(days), "dead letters": letters}


class Removal:
    """A system full of traffic, and what is found wrong while people are removed from it."""

    def __init__(self, running: System, traffic: Traffic, say: Say) -> None:
        self._running, self._traffic, self._say = running, traffic, say
        self._people = running.data_dir.parent / "people.jsonl"  # what is searched must not hold it
        self._people.write_text("".join(json.dumps(each._asdict()) + "\n" for each in traffic.removed))
        self._expected = traffic.expected(*traffic.removed)
        self.lost = self.extra = 0
        self.notes: list[str] = []

    def land(self, first: int, last: int) -> None:
        fill(self._running.broker.kafka.bootstrap_servers, TOPIC, PARTITIONS, self._traffic.values(first, last))
        self.settle(60 + (last - first) / 1_000)

    def settle(self, timeout_s: float) -> None:
        wait_for(self._all_landed, timeout_s, "all is landed and committed")

    def _all_landed(self) -> bool:
        try:
            return self._running.waiting() == 0
        except Retry:  # on a machine that is busy with others, a broker may not answer for a while
            return False

    def came_back(self) -> bool:
        """Whether an event of somebody who was removed has landed since."""
        return self._running.count(RETURNED) > 0

    def erase(self, *options: str) -> None:
        self.succeed("erase", *options, "--json")

    def succeed(self, *arguments: str) -> str:
        done = self._running.run(*arguments, timeout_s=3_600)
        assert done.returncode == 0, f"{arguments}: {done.stderr[-2_000:]}"
        return done.stdout

    def remove(self) -> None:
        self.erase("--file", str(self._people), "--reason", "asked for")

    def traces(self, *who: str) -> set[str]:
        """Places where something of the people is found."""
        done = self._running.run("erase", "--verify", *(who or ("--file", str(self._people))), "--json", timeout_s=3_600)
        assert done.returncode in (0, 1), done.stderr[-2_000:]
        self._say("  " + done.stderr.strip().splitlines()[-1])
        for line in done.stdout.splitlines()[:40]:
            self._say("    " + line)
        return {json.loads(line)["place"] for line in done.stdout.splitlines()}

    def check(self, when: str, *, log_is_cut: bool = False) -> None:
        """Count everybody else, and search for the people: until the log is cut it may hold what was sent, and nothing else may hold anything."""
        found = self._settled()
        self.lost += sum(max(0, self._expected[name] - found[name]) for name in COUNTS)
        self.extra += sum(max(0, found[name] - self._expected[name]) for name in COUNTS)
        places = {place for place in self.traces() if log_is_cut or not place.startswith(f"broker/log/{TOPIC}-")}
        self.extra += len(places)
        wrong = {name: (self._expected[name], found[name]) for name in COUNTS if self._expected[name] != found[name]}
        self._say(f"  {when}: {wrong or 'all counts as expected'}, {len(places)} places with traces {sorted(places)[:5] or ''}")
        self.notes.append(when)

    def _settled(self) -> Counts:
        """Counts, once they are as expected, or after a while as they are: where hours are large, volumes follow what landed within minutes."""
        try:
            wait_for(lambda: self.counted() == self._expected, SETTLED_S, "counts are as expected")
        except AssertionError:
            self._say("  counts differ")
        return self.counted()

    def counted(self) -> Counts:
        return {name: self._running.count(sql) for name, sql in COUNTS.items()}


def erasure(count: int, seed: int, say: Say) -> Iterator[Outcome | Control]:
    """`PEOPLE` of 1,000 users among `count` events."""
    traffic = Traffic(count, seed)
    with tempfile.TemporaryDirectory() as folder, system(Path(folder) / "data", partitions=PARTITIONS) as running:
        yield from removed(running, traffic, count, Path(folder) / "before.tar", say)


def removed(running: System, traffic: Traffic, count: int, backup: Path, say: Say) -> Iterator[Outcome | Control]:
    """Land, back up, remove; then whatever could bring them back."""
    removal, patience_s = Removal(running, traffic, say), 60 + count / 1_000
    worker = running.worker().wait_ready()
    say(f"  {count} events, a backup after four fifths of them")
    removal.land(0, count * 4 // 5)
    removal.succeed("backup", str(backup))
    removal.land(count * 4 // 5, count)
    before = removal.traces()
    kinds = [any(kind in place for place in before) for kind in (".events.", ".verdicts.", ".excerpts.", ".signals_day.", TOPIC, "dead_letters")]
    yield Control("search_before_removal", all(kinds), f"found in {len(before)} places")
    removal.remove()
    removal.check("after the removal")
    worker.stop()

    replay(running)
    deaf = running.worker(module=DEAF).wait_ready()
    wait_for(removal.came_back, patience_s, "somebody who was removed is back")
    deaf.stop(120)
    yield Control("deaf_worker", any(each["check"] == "erased" for each in running.verify()), "a replay by a worker that hears of no removal")
    removal.erase("--resume")
    replay(running)
    worker = running.worker().wait_ready()
    removal.settle(patience_s)
    removal.check("after a replay of the topic")
    worker.stop()

    running.store.stop()
    removal.succeed("restore", str(backup), "--replace")
    running.start_store()
    running.worker().wait_ready()
    removal.settle(patience_s)
    removal.check("after a restore of the older backup")

    removal.erase("--resume", "--cut-log")
    wait_for(lambda: not removal.traces(), 40, "the broker has deleted what was cut")
    removal.check("after the log was cut", log_is_cut=True)
    other = traffic.others[0]
    still = removal.traces("--organization", other.organization_id, "--user", other.user_id)
    yield Control("search_for_others", any(".events." in place for place in still), f"somebody who was not removed is found in {len(still)} places")
    drift = len(differences(running))
    yield Outcome("erasure", removal.lost, removal.extra, drift, f"{PEOPLE} people among {count} events; {', '.join(removal.notes)}")


def replay(running: System) -> None:
    """Have the group begin anew; no worker runs."""
    set_back(running.broker.kafka, [TOPIC], {})
