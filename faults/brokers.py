"""Faults of the broker and its logs: killed, records gone that nobody has read, a topic made anew under its name."""

import json
import logging
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from bench.rig import System, wait_for
from faults.inputs import settle
from faults.kafka_admin import admin_of, set_offset
from faults.lanes import Lane, Trial, lane
from faults.outcome import Control, Found, Outcome, counted
from faults.traffic import traffic
from streams.errors import Retry
from streams.kafka.admin import ensure_topics, topic_ids
from streams.kafka.broker import Broker
from streams.kafka.producer import EventProducer
from streams.processes import end_with_parent

LATEST, PLACED = "faults.latest_worker", "faults.placed_worker"


def retention(trial: Trial) -> Iterator[Found]:
    """Retention takes records that no worker has read, so that the group's offset is out of range: the rest lands, and the gap is reported exactly.
    Its control: a worker that goes on at the end."""
    unread, rest = trial.count // 4, trial.count // 4
    with lane(trial.system, "retention") as here, lane(trial.system, "retention_wrong") as wrong:
        for one in (here, wrong):
            one.send(traffic(trial.count - unread - rest, trial.seed))
        first = [here.worker(), wrong.worker()]
        for one, worker in zip((here, wrong), first, strict=True):
            settle(one)
            worker.stop()
            begin = _offset(one)
            one.send(b'{"event_id": "u%d"}' % number for number in range(unread))
            with admin_of(one.kafka) as admin:
                admin.delete_records({TopicPartition(one.topic, 0): begin + unread})
            one.send(traffic(rest, trial.seed + 1))
        second = [here.worker(), wrong.worker(module=LATEST)]
        settle(here)
        wait_for(lambda: second[1].logged("worker is running"), 60, "the control runs")
        time.sleep(3)
        kept = trial.count - unread
        found = here.verify()
        gaps = [each for line in found for each in line["differences"] if line["check"] == "ledger_gaps"]
        exact = [each for each in gaps if (each["expected"], each["found"]) == (begin, begin + unread)]
        landed = here.count("SELECT count() FROM events FINAL")
        detail = f"{unread} of {trial.count} records gone unread; reported: {gaps[0]['difference'] if gaps else 'nothing'}"
        drift = len(found) - len(exact) + (not exact)
        yield Outcome("retention", max(0, kept - landed), max(0, landed - kept), drift, detail)
        lost = kept - wrong.count("SELECT count() FROM events FINAL")
        yield Control("retention: a worker that goes on at the end", lost > 0, f"lost {lost} of the {rest} that were still there")


def _offset(one: Lane) -> int:
    return one.offsets()[0]["end"]


def recreated(trial: Trial) -> Iterator[Found]:
    """A topic whose events have no ids is deleted and made anew, while a worker reads it, and while none does but the group's offsets are those of
    the old one. Its controls: ids made of the place alone, and commits that do not name their topic."""
    third = trial.count // 150 * 50
    turns = [list(unnamed(third, trial.seed + turn)) for turn in range(3)]
    for turn, at in ((0, 0), (1, 3)):  # rejects, of which two have the same places in both topics
        turns[turn][at:at] = [b"{bad"] * 5
    with lane(trial.system, "recreated") as here, lane(trial.system, "recreated_ids") as placed, lane(trial.system, "recreated_commits") as nameless:
        took = _while_read(here, turns)
        _while_read(placed, turns, module=PLACED)
        _while_committed(here, turns[2], named=True)
        _while_committed(nameless, turns[2], named=False)
        detail = f"{3 * third} events without ids and 10 rejects in three topics of one name; the worker noticed within {took:.0f} s"
        yield counted("recreated", here, 3 * third, detail)
        same = 2 * third - placed.count("SELECT uniqExact(event_key) FROM events")
        yield Control("recreated: ids made of the place alone", same > 0, f"{same} of {2 * third} events taken for others")
        lost = third - nameless.count("SELECT count() FROM events FINAL")
        yield Control("recreated: commits that do not name their topic", lost > 0, f"lost {lost} of {third}")


def _while_read(one: Lane, turns: Sequence[Sequence[bytes]], *, module: str = "") -> float:
    """The first turn, the topic anew, the second turn. Returns after how many seconds the worker ended."""
    worker = one.worker(module=module)
    one.send(turns[0])
    settle(one)
    began = time.monotonic()
    anew(one)
    one.send(turns[1])
    wait_for(lambda: worker.process.poll() is not None, 60, "the worker ends, to read the new topic from its beginning")
    took = time.monotonic() - began
    worker = one.worker(module=module)
    settle(one)
    worker.stop()
    return took


def _while_committed(one: Lane, values: Sequence[bytes], *, named: bool) -> None:
    """The topic anew, and a commit in the middle of it by a worker that takes it for the old one."""
    old = topic_ids(one.kafka, [one.topic])[one.topic]
    anew(one)
    one.send(values)
    set_offset(one, len(values) // 2, old if named else "")
    one.worker()
    settle(one)


def unnamed(count: int, seed: int) -> Iterator[bytes]:
    """Traffic whose source gives no ids: each record once."""
    before = None
    for value in traffic(count, seed, late_share=0):
        if value != before:
            yield json.dumps({name: field for name, field in json.loads(value).items() if name != "event_id"}).encode()
        before = value


def anew(one: Lane) -> None:
    """Delete the lane's topic and make it again."""
    with admin_of(one.kafka) as admin:
        admin.delete_topics([one.topic])
    wait_for(lambda: ensure_topics(one.kafka, [one.topic]), 30, "the topic is made again")


class Restarting:
    """The broker of a system, that comes back after a kill on the same ports and folder."""

    def __init__(self, system: System) -> None:
        self._broker: Broker = system.broker

    def kill(self) -> None:
        self._broker.process.kill()
        self._broker.process.wait()

    def start(self) -> None:
        command, nowhere = self._broker.process.args, subprocess.DEVNULL
        options = {"stdout": nowhere, "stderr": nowhere, "start_new_session": True}
        self._broker.process = subprocess.Popen(command, **options, preexec_fn=end_with_parent)  # noqa: PLW1509
        self._broker.announce(self._broker.process.pid)
        self._broker.wait_ready()


def broker_kills(trial: Trial) -> Iterator[Found]:
    """`kill -9` of the broker while events are sent and read; sender and worker stay. Its control: a sender that asks for no answers."""
    kills = max(2, trial.count // 5_000)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it tells each of hundreds of refused connections
    with lane(trial.system, "broker_kills") as here, lane(trial.system, "broker_kills_wrong") as wrong:
        broker, worker = Restarting(trial.system), here.worker().wait_ready()
        senders = [Sender(here, trial), CarelessSender(wrong, trial)]
        for each in senders:
            each.start()
        for number in range(kills):
            wait_for(lambda number=number: senders[0].sent >= trial.count * (number + 1) // (kills + 1), 120, "some are sent")
            broker.kill()
            time.sleep(1)
            broker.start()
            trial.say(f"  broker kill {number + 1} of {kills}: {senders[0].sent} sent, {here.waiting()} records wait")
        for each in senders:
            each.join(300)
        settle(here)
        ended = worker.process.poll() is not None
        detail = f"{kills} kills while {trial.count} events were sent; the worker {'ended' if ended else 'stayed'}"
        yield counted("broker_kills", here, trial.count, detail)
        lost = len(senders[1].values) - sum(row["end"] - row["begin"] for row in wrong.offsets())
        yield Control("broker_kills: a sender that asks for no answers", lost > 0, f"{lost} of {trial.count} events never arrived")


class Sender(threading.Thread):
    """Sends a trial's events in small batches, each until it is acknowledged. `sent`: how many are."""

    def __init__(self, one: Lane, trial: Trial) -> None:
        super().__init__(daemon=True)
        self._lane, self.values, self.sent = one, list(traffic(trial.count, trial.seed)), 0

    def _batches(self) -> Iterator[list[bytes]]:
        return (self.values[at : at + 200] for at in range(0, len(self.values), 200))

    def run(self) -> None:
        for batch in self._batches():
            while not self._acknowledged(batch):
                time.sleep(0.5)
            self.sent += len(batch)
            time.sleep(0.05)

    def _acknowledged(self, batch: list[bytes]) -> bool:
        try:
            producer = EventProducer(self._lane.kafka)
            for value in batch:
                producer.send(self._lane.topic, key=None, value=value)
            producer.close(10)
        except Retry:
            return False
        return True


class CarelessSender(Sender):
    """The known-wrong one: it gives each record half a second, and asks for no answers."""

    def run(self) -> None:
        options = {"delivery_timeout_ms": 500, "request_timeout_ms": 400, "enable_idempotence": False, "max_block_ms": 200}
        producer = KafkaProducer(bootstrap_servers=self._lane.kafka.bootstrap_servers, acks=0, **options)
        for batch in self._batches():
            for value in batch:
                with suppress(KafkaError):
                    producer.send(self._lane.topic, value)
            self.sent += len(batch)
            time.sleep(0.3)
        with suppress(KafkaError):
            producer.close(5)
