"""Faults of what comes in: copies, other content under a known id, wrong clocks, what nobody can read, replays, a topic for rejects that is gone."""

import json
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bench.rig import wait_for
from faults.kafka_admin import set_offset, without
from faults.lanes import COUNTER, Lane, Trial, lane
from faults.outcome import Control, Found, Outcome, counted, differences
from faults.traffic import PLAIN, TAGGED, tagged, traffic
from streams.kafka.admin import lag

CARELESS, DROPPING, POISONED = "faults.careless_worker", "faults.dropping_worker", "faults.poison_worker"
FLOOD_LIMIT = 500  # rejects: 5 % of a window of 10,000


def event(name: str, text: str = PLAIN, *, at: datetime | None = None, organization: str = "org") -> bytes:
    """One event, a minute ago unless told otherwise."""
    moment = (at or datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="milliseconds")
    return json.dumps({"event_id": name, "occurred_at": moment, "organization_id": organization, "user_id": "u", "text": text}).encode()


def settle(one: Lane, timeout_s: float = 300) -> None:
    wait_for(lambda: one.waiting() == 0, timeout_s, f"everything of {one.name} is landed and committed")


def duplicates(trial: Trial) -> Iterator[Found]:
    """One event by the hundred thousand, and as many of which every second is a copy. Its control: a view that counts rows."""
    count = trial.count
    moment, chance = datetime.now(UTC) - timedelta(hours=1), random.Random(trial.seed)
    with lane(trial.system, "duplicates") as here:
        here.command(*COUNTER)
        here.worker().wait_ready()
        here.send([event("the-one", TAGGED, at=moment)] * count)
        pairs = [event(f"e{number // 2}", TAGGED, at=moment) for number in range(count)]
        chance.shuffle(pairs)
        here.send(pairs)
        settle(here)
        wanted, rows = 1 + (count + 1) // 2, here.count("SELECT count() FROM events FINAL")
        signals = here.count("SELECT sum(events) FROM audit_signals_hour")
        lost, extra = max(0, wanted - rows) + max(0, wanted - signals), max(0, rows - wanted) + max(0, signals - wanted)
        yield Outcome("duplicates", lost, extra, len(differences(here)), f"{2 * count} deliveries of {wanted} events")
        counter = here.count("SELECT sum(n) FROM counted")
        yield Control("duplicates: a view that counts rows", counter > wanted, f"counted {counter} of {wanted}")


def changed_content(trial: Trial) -> Iterator[Found]:
    """Each id comes with a violation and with a harmless text, in any order. Its control: a table whose key lacks the content."""
    count = trial.count
    moment, chance = datetime.now(UTC) - timedelta(hours=1), random.Random(trial.seed)
    with lane(trial.system, "changed_content") as here:
        here.command(
            "CREATE TABLE narrow AS events ENGINE = ReplacingMergeTree(landed_at) ORDER BY (organization_id, toStartOfHour(occurred_at), event_id)",
            "CREATE MATERIALIZED VIEW narrowed TO narrow AS SELECT * FROM events",
        )
        here.worker().wait_ready()
        both = [event(f"e{number}", text, at=moment) for number in range(count) for text in (TAGGED, PLAIN)]
        chance.shuffle(both)
        here.send(both)
        settle(here)
        tags = here.count("SELECT sum(events) FROM audit_signals_hour")
        flagged = here.count("SELECT count() FROM audit_conflicts")
        rows = here.count("SELECT count() FROM audit_events")
        lost = max(0, count - tags) + max(0, count - flagged) + max(0, 2 * count - rows)
        extra = max(0, tags - count) + max(0, rows - 2 * count)
        yield Outcome("changed_content", lost, extra, len(differences(here)), f"{count} ids with two contents, {flagged} flagged, {tags} tagged")
        seen = here.count("SELECT count() FROM narrow FINAL WHERE notEmpty(`detections.category`)")
        yield Control("changed_content: a key without the content", seen < count, f"{count - seen} of {count} violations hidden")


JUMPS = {"year 2200": timedelta(days=64_000), "an hour ahead": timedelta(hours=1), "ten years ago": -timedelta(days=3_652), "1971": None}


def clock_jumps(trial: Trial) -> Iterator[Found]:
    """One sender in thirty has a wrong clock, the others are up to three days late. Its control: hours of arrival."""
    count = trial.count
    chance, now = random.Random(trial.seed), datetime.now(UTC).replace(microsecond=0)
    with lane(trial.system, "clock_jumps") as here:
        here.command(
            "CREATE TABLE arrived (hour DateTime('UTC'), n UInt64) ENGINE = SummingMergeTree ORDER BY hour",
            "CREATE MATERIALIZED VIEW arrivals TO arrived AS SELECT toStartOfHour(received_at) AS hour, count() AS n FROM events GROUP BY hour",
        )
        here.worker().wait_ready()
        wanted: dict[datetime, int] = {}
        values, wrong = [], 0
        for number in range(count):
            if number % 30 == 29:
                off = chance.choice(list(JUMPS.values()))
                values.append(event(f"e{number}", TAGGED, at=now + off if off else datetime(1971, 1, 1, tzinfo=UTC)))
                wrong += 1
                continue
            at = now - timedelta(seconds=chance.randrange(3 * 86_400))
            hour = at.replace(minute=0, second=0)
            wanted[hour] = wanted.get(hour, 0) + 1
            values.append(event(f"e{number}", TAGGED, at=at))
        here.send(values)
        settle(here)
        found = {row["hour"]: row["n"] for row in here.rows("SELECT bucket AS hour, sum(events) AS n FROM audit_signals_hour GROUP BY bucket")}
        refused = here.count("SELECT count() FROM audit_dead_letters WHERE reason IN ('too_old', 'too_far_ahead')")
        lost = sum(max(0, wanted[hour] - found.get(hour, 0)) for hour in wanted) + max(0, wrong - refused)
        extra = sum(max(0, found[hour] - wanted.get(hour, 0)) for hour in found) + max(0, refused - wrong)
        detail = f"{count - wrong} events in {len(wanted)} hours, none misplaced; {refused} of {wrong} with a wrong clock refused by name"
        yield Outcome("clock_jumps", lost, extra, len(differences(here)), detail)
        arrived = {row["hour"]: row["n"] for row in here.rows("SELECT hour, sum(n) AS n FROM arrived GROUP BY hour")}
        misplaced = sum(max(0, arrived[hour] - wanted.get(hour, 0)) for hour in arrived)
        yield Control("clock_jumps: hours of arrival", misplaced > 0, f"{misplaced} events in a wrong hour")


def poison(trial: Trial) -> Iterator[Found]:
    """Records that kill the process which reads them. Its control: a worker that gives up the chunk."""
    count = trial.count
    text = "This record kills its process."
    places = random.Random(trial.seed).sample(range(count), 3)
    values = [event(f"e{number}", text if number in places else PLAIN) for number in range(count)]
    with lane(trial.system, "poison") as here, lane(trial.system, "poison_wrong") as wrong:
        for one, module in ((here, POISONED), (wrong, DROPPING)):
            one.send(values)
            one.worker(module=module)
        settle(here)
        settle(wrong)
        landed, letters = here.count("SELECT count() FROM audit_events"), here.count("SELECT count() FROM audit_dead_letters")
        kept = count - len(places)
        lost, extra = max(0, kept - landed) + max(0, len(places) - letters), max(0, landed - kept) + max(0, letters - len(places))
        yield Outcome("poison", lost, extra, len(differences(here)), f"{len(places)} of {count} records: {letters} dead letters, {landed} landed")
        gone = kept - wrong.count("SELECT count() FROM audit_events")
        yield Control("poison: a worker that gives up the chunk", gone > 0, f"{gone} neighbours lost")


def all_invalid(trial: Trial) -> Iterator[Found]:
    """Nothing can be read: the partition pauses, and when the limit is raised every record becomes a letter. Its control: no limit."""
    count = trial.count
    open_gates = {"PLUMBLINE_INTAKE__FLOOD_RATIO": "1", "PLUMBLINE_INTAKE__FLOOD_CONSECUTIVE": str(10 * count)}
    with lane(trial.system, "all_invalid") as here, lane(trial.system, "all_invalid_wrong") as wrong:
        for one in (here, wrong):
            one.send(b"{bad %d" % number for number in range(count))
        paused, flooded = here.worker(), wrong.worker(**open_gates)
        began = time.monotonic()
        wait_for(lambda: paused.logged("partition paused: too many dead letters"), 60, "the partition pauses")
        took = time.monotonic() - began
        settle(wrong)
        letters = here.count("SELECT count() FROM audit_dead_letters")
        over = max(0, letters - FLOOD_LIMIT)
        acknowledged_unwritten = max(0, here.committed() - letters)
        paused.stop()
        flooded.stop()
        here.worker(**open_gates)
        settle(here)
        every = here.count("SELECT count() FROM audit_dead_letters")
        lost, extra = acknowledged_unwritten + max(0, count - every), over + max(0, every - count)
        detail = f"paused {took:.0f} s after the start with {letters} letters (limit {FLOOD_LIMIT}); {every} of {count} when it was raised"
        yield Outcome("all_invalid", lost, extra, len(differences(here)), detail)
        written = wrong.count("SELECT count() FROM audit_dead_letters")
        yield Control("all_invalid: a worker without a limit", written > FLOOD_LIMIT, f"wrote {written} letters")


def letters_unavailable(trial: Trial) -> Iterator[Found]:
    """The dead-letter topic is gone for a while: what is rejected meanwhile is not acknowledged. Its control: a worker that does not wait."""
    count = trial.count
    values = [b"{bad %d" % number if number % 50 == 49 else event(f"e{number}") for number in range(count)]
    bad = count // 50
    with lane(trial.system, "letters_away") as here, lane(trial.system, "letters_away_wrong") as wrong:
        right, other = here.worker().wait_ready(), wrong.worker(module=CARELESS).wait_ready()
        with without(here.kafka, here.letters), without(wrong.kafka, wrong.letters):
            for one in (here, wrong):
                one.send(values)
            settle(wrong)
            other.kill()
            time.sleep(3)
            committed, on_record = here.committed(), here.count("SELECT count() FROM audit_dead_letters")
        if ended := right.process.poll() is not None:
            here.worker()
        settle(here)
        letters, landed = here.count("SELECT count() FROM audit_dead_letters"), here.count("SELECT count() FROM audit_events")
        lost = max(0, bad - letters) + max(0, count - bad - landed) + on_record + _unread(values, committed)
        extra = max(0, letters - bad) + max(0, landed - count + bad)
        detail = f"{committed} of {count} acknowledged meanwhile; then {letters} of {bad} letters; the worker {'ended' if ended else 'stayed'}"
        yield Outcome("letters_unavailable", lost, extra, len(differences(here)), detail)
        written = sum(row["end"] for row in lag(wrong.kafka, [wrong.letters]))
        yield Control("letters_unavailable: a worker that does not wait", written < bad, f"{bad - written} of {bad} rejects are nowhere")


def _unread(values: Sequence[bytes], committed: int) -> int:
    """Rejects among what was acknowledged (of one partition, in order)."""
    return sum(value.startswith(b"{bad") for value in values[:committed])


def replays(trial: Trial) -> Iterator[Found]:
    """Dead letters are replayed twice, then the group is set back to the beginning twice. Its control: a view that counts rows."""
    count = trial.count
    bad = 40
    with lane(trial.system, "replays") as here:
        here.command(*COUNTER)
        here.send(traffic(count, trial.seed))
        here.send(b"{bad %d" % number for number in range(bad))
        worker = here.worker()
        settle(here)
        for _ in range(2):
            done = here.run("dead-letters", "replay", "--reason", "bad_json", "--json")
            assert done.returncode == 0, done.stderr[-1_000:]
            settle(here)
        for turn in range(2):
            worker.stop()
            set_offset(here, 0)
            trial.say(f"  set back to the beginning, {turn + 1} of 2: {here.waiting()} records wait")
            worker = here.worker()
            settle(here)
        found = counted("replays", here, count)
        letters = here.count("SELECT count() FROM audit_dead_letters")
        detail = f"{count} events and {bad} letters; letters replayed twice, everything read three times: {letters} letters"
        yield found._replace(lost=found.lost + max(0, bad - letters), extra=found.extra + max(0, letters - bad), detail=detail)
        counter, wanted = here.count("SELECT sum(n) FROM counted"), tagged(count)
        yield Control("replays: a view that counts rows", counter > wanted, f"counted {counter} tags of {wanted}")
