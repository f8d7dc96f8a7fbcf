"""Faults of the broker, and of a worker's standing with it: killed, out of its session, commits refused, records gone, a topic made anew."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

from kafka import KafkaProducer, TopicPartition

from bench.rig import System, wait_for
from faults.inputs import settle
from faults.kafka_admin import OFFSETS, admin_of, refusing
from faults.lanes import COUNTER, Lane, Trial, lane
from faults.outcome import Control, Found, Outcome, counted
from faults.traffic import tagged, traffic
from streams.errors import Retry
from streams.kafka.admin import ensure_topics
from streams.kafka.broker import Broker
from streams.kafka.producer import EventProducer
from streams.processes import end_with_parent

HELD, LATEST = "faults.held_worker", "faults.latest_worker"


def zombie(trial: Trial) -> Iterator[Found]:
    """A worker is stopped (SIGSTOP) with decided chunks in its hands; another lands them; it wakes and lands them too. Its control: a view that counts rows."""
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
    """The broker refuses every commit; the worker lands, is killed, and its successor reads all again. Its control: a view that counts rows."""
    with lane(trial.system, "commit_failures") as here:
        here.command(*COUNTER)
        worker = here.worker().wait_ready()
        with refusing(here.kafka, OFFSETS):
            here.send(traffic(trial.count, trial.seed))
            wait_for(lambda: here.count("SELECT count() FROM events FINAL") == trial.count, 300, "all is landed")
            time.sleep(2)  # some commit intervals
            committed, ended = here.committed(), worker.process.poll() is not None
            worker.kill()
        again = here.waiting()
        here.worker()
        settle(here)
        detail = f"{committed} of {trial.count} committed, the worker {'ended' if ended else 'stayed'}; {again} records read again"
        yield counted("commit_failures", here, trial.count, detail)
        yield _counter(here, trial.count, "commit_failures")


def retention(trial: Trial) -> Iterator[Found]:
    """Retention takes records that no worker has read: the rest lands, and the gap is reported exactly. Its control: a worker that goes on at the end."""
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
    """A topic is removed and made anew while the worker runs, and gets more records than the old one had. Its control: offsets carried over by hand."""
    half = trial.count // 2
    with lane(trial.system, "recreated") as here:
        worker = here.worker()
        here.send(traffic(half, trial.seed))
        settle(here)
        with admin_of(here.kafka) as admin:
            admin.delete_topics([here.topic])
        ensure_topics(here.kafka, [here.topic])
        here.send(traffic(trial.count - half, trial.seed + 1))
        wait_for(lambda: here.waiting() == 0 or worker.process.poll() is not None, 60, "read on, or ended")
        yield counted("recreated", here, trial.count, "")


class Restarting:
    """The broker of a system, that comes back after a kill on the same ports and folder."""

    def __init__(self, system: System) -> None:
        self._broker: Broker = system.broker

    def kill(self) -> None:
        self._broker.process.kill()
        self._broker.process.wait()

    def start(self) -> None:
        with (self._broker._folder / "server.log").open("ab") as output:
            command = self._broker.process.args
            self._broker.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, preexec_fn=end_with_parent)
        self._broker.announce(self._broker.process.pid)
        self._broker.wait_ready()


def broker_kills(trial: Trial) -> Iterator[Found]:
    """`kill -9` of the broker while events are sent and read; sender and worker stay. Its control: a sender that does not wait for acknowledgements."""
    kills = max(2, trial.count // 5_000)
    with lane(trial.system, "broker_kills") as here, lane(trial.system, "broker_kills_wrong") as wrong:
        broker, stop = Restarting(trial.system), threading.Event()
        worker = here.worker().wait_ready()
        senders = [_Sender(here, trial, careful=True), _Sender(wrong, trial, careful=False)]
        for each in senders:
            each.start()
        for number in range(kills):
            wait_for(lambda number=number: senders[0].sent >= trial.count * (number + 1) // (kills + 1), 120, "some are sent")
            broker.kill()
            time.sleep(1)
            broker.start()
            trial.say(f"  broker kill {number + 1} of {kills}: {senders[0].sent} sent")
        for each in senders:
            each.join(300)
        stop.set()
        settle(here)
        ended = worker.process.poll() is not None
        detail = f"{kills} kills while {trial.count} events were sent; the worker {'ended' if ended else 'stayed'}"
        yield counted("broker_kills", here, trial.count, detail)
        kept = sum(row["end"] - row["begin"] for row in wrong.offsets())
        lost = sum(1 for _ in traffic(trial.count, trial.seed)) - kept
        yield Control("broker_kills: a sender that does not wait", lost > 0, f"{lost} of {trial.count} events never arrived")


class _Sender(threading.Thread):
    """Sends a trial's events in small batches; the careful one repeats a batch until it is acknowledged."""

    def __init__(self, one: Lane, trial: Trial, *, careful: bool) -> None:
        super().__init__(daemon=True)
        self._lane, self._values, self._careful = one, list(traffic(trial.count, trial.seed)), careful
        self.sent = 0

    def run(self) -> None:
        batches = [self._values[at : at + 200] for at in range(0, len(self._values), 200)]
        if not self._careful:
            self._without_waiting(batches)
            return
        for batch in batches:
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

    def _without_waiting(self, batches: list[list[bytes]]) -> None:
        producer = KafkaProducer(bootstrap_servers=self._lane.kafka.bootstrap_servers, acks=0, retries=0, enable_idempotence=False, max_block_ms=200)
        for batch in batches:
            for value in batch:
                try:
                    producer.send(self._lane.topic, value)
                except Exception:  # noqa: BLE001, S112  that is what is wrong with it
                    continue
            self.sent += len(batch)
            time.sleep(0.1)
        producer.close(5)
