"""`plumbline demo backfill` and `plumbline demo live` as typed, against a real broker and without ClickHouse."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka import KafkaConsumer, TopicPartition

from streams.decode import Decoder, Record
from streams.kafka.broker import Broker
from streams.kafka.security import client_options
from streams.settings import IntakeSettings, KafkaSettings, RetentionSettings, Settings, TopicBinding

pytestmark = pytest.mark.integration

COMMAND = [sys.executable, "-c", "from streams.cli import main; main()", "demo"]
DAYS, PER_DAY = 5, 400


class Demo(NamedTuple):
    """A broker, a data folder, and small settings for the demonstration in the environment. `place`: what names a broker outside the folder."""

    data_dir: Path
    kafka: KafkaSettings
    place: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        demo = {"BACKFILL_DAYS": str(DAYS), "EVENTS_PER_DAY": str(PER_DAY), "LIVE_EVENTS_PER_S": "40"}
        settings = {f"PLUMBLINE_DEMO__{name}": value for name, value in demo.items()}
        return {**os.environ, "PLUMBLINE_DATA_DIR": str(self.data_dir), **settings, **self.place}

    def run(self, *arguments: str) -> tuple[dict, str]:
        done = subprocess.run([*COMMAND, *arguments, "--json"], capture_output=True, text=True, env=self.environment(), timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen([*COMMAND, *arguments], env=self.environment(), stderr=subprocess.PIPE, text=True)

    def records(self) -> list[Record]:
        """The whole topic."""
        consumer = KafkaConsumer(**client_options(self.kafka), group_id=None, enable_auto_commit=False)
        places = [TopicPartition(self.kafka.events_topic, partition) for partition in consumer.partitions_for_topic(self.kafka.events_topic) or ()]
        found: list[Record] = []
        if not places:  # nobody has made the topic yet
            consumer.close()
            return found
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        count = sum(consumer.end_offsets(places).values())
        while len(found) < count:
            for records in consumer.poll(timeout_ms=1_000).values():
                found += [Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in records]
        consumer.close()
        return found

    def wait_for_more(self, than: int) -> list[Record]:
        deadline = time.monotonic() + 30
        while len(found := self.records()) <= than:
            assert time.monotonic() < deadline, "nothing arrives"
            time.sleep(0.2)
        return found


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaSettings]:
    with Broker(Settings(data_dir=tmp_path_factory.mktemp("broker"))) as running:
        yield running.kafka


@pytest.fixture
def demo(broker: KafkaSettings, tmp_path: Path) -> Demo:
    """A data folder and a topic of the test's own."""
    kafka = broker.model_copy(update={"events_topic": tmp_path.name})
    place = {"PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "PLUMBLINE_KAFKA__EVENTS_TOPIC": kafka.events_topic}
    return Demo(tmp_path / "data", kafka, place)


def test_the_history_arrives_once_and_a_second_start_skips_it(demo: Demo) -> None:
    first, _ = demo.run("backfill")
    records = demo.records()
    assert first["sent"] == len(records) > DAYS * PER_DAY
    assert all(record.key for record in records)
    intake = IntakeSettings(topics={demo.kafka.events_topic: TopicBinding(trusted=True)})
    decoded = Decoder(intake, RetentionSettings()).decode(records, datetime.now(UTC))
    assert 0 < len(decoded.rejects) < len(records) * 0.01
    newest = max(located.event.occurred_at for located in decoded.events)
    assert datetime.now(UTC) - newest < timedelta(hours=2)
    second, said = demo.run("backfill")
    assert (second["sent"], second["skipped"], second["until"]) == (0, first["sent"], first["until"])
    assert "was sent before" in said
    assert len(demo.records()) == len(records)


def test_a_killed_backfill_goes_on_and_loses_nothing(demo: Demo) -> None:
    environment = {**demo.environment(), "PLUMBLINE_DEMO__EVENTS_PER_DAY": "8000"}
    running = subprocess.Popen([*COMMAND, "backfill"], env=environment, stderr=subprocess.DEVNULL)
    marker, deadline = demo.data_dir / "demo.json", time.monotonic() + 60
    while not marker.exists() or json.loads(marker.read_text())["sent"] < 5_000:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    running.kill()
    running.wait()
    before = json.loads(marker.read_text())
    assert not before["done"]
    rest = subprocess.run([*COMMAND, "backfill", "--json"], env=environment, capture_output=True, text=True, timeout=120, check=True)
    counts = json.loads(rest.stdout)
    assert counts["skipped"] == before["sent"]
    assert counts["until"] == before["now"]
    values = [record.value for record in demo.records()]
    assert len(values) >= counts["sent"] + counts["skipped"]
    again = subprocess.run([*COMMAND, "backfill", "--json"], env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(again.stdout)["sent"] == 0


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_live_traffic_flows_until_it_is_stopped_and_ends_within_a_second(demo: Demo, asked: signal.Signals) -> None:
    running = demo.start("live")
    demo.wait_for_more(than=60)
    began = time.monotonic()
    running.send_signal(asked)
    _, said = running.communicate(timeout=10)
    assert time.monotonic() - began < 6  # a second, and what a busy machine adds
    assert running.returncode == 0
    assert "stopped after" in said


def test_live_traffic_outlives_a_broker_that_goes_and_comes_back(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with Broker(settings) as first:
        there = Demo(settings.data_dir, first.kafka)
        running = there.start("live")
        there.wait_for_more(than=10)
    with Broker(settings) as second:
        back = Demo(settings.data_dir, second.kafka)
        back.wait_for_more(than=len(back.records()) + 20)
        running.terminate()
        running.communicate(timeout=10)
        assert running.returncode == 0
