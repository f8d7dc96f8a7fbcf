"""`plumbline emit` and `plumbline import` as typed, against a real broker."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from streams.decode import Decoder, Record
from streams.kafka.broker import Broker
from streams.kafka.security import client_options
from streams.settings import IntakeSettings, KafkaSettings, RetentionSettings, Settings, TopicBinding

pytestmark = pytest.mark.integration

AT = "2026-03-01T12:00:00Z"


class Topics(NamedTuple):
    """A running broker's data folder and settings."""

    data_dir: Path
    kafka: KafkaSettings

    def make(self, name: str, **configs: str) -> str:
        admin = KafkaAdminClient(**client_options(self.kafka))
        admin.create_topics({name: {"num_partitions": 3, "replication_factor": 1, "configs": configs}}, wait_for_metadata=True)
        admin.close()
        return name

    def records(self, name: str) -> list[Record]:
        """All records of a topic, by partition and offset."""
        consumer = KafkaConsumer(**client_options(self.kafka), group_id=None, enable_auto_commit=False)
        places = [TopicPartition(name, partition) for partition in sorted(consumer.partitions_for_topic(name))]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        left = sum(consumer.end_offsets(places).values())
        found: list[Record] = []
        while len(found) < left:
            for records in consumer.poll(timeout_ms=1_000).values():
                found += [Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers)) for r in records]
        consumer.close()
        return sorted(found, key=lambda record: record[:3])

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-c", "from streams.cli import main; main()", *map(str, arguments)]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PLUMBLINE_DATA_DIR": str(self.data_dir), "PYTHONUNBUFFERED": "1"}

    def run(self, *arguments: str | Path, stdin: bytes = b"", code: int = 0) -> tuple[dict, str]:
        """Run a command; returns its counts and what it said on standard error."""
        done = subprocess.run(self.command(*arguments, "--json"), input=stdin, capture_output=True, env=self.environment(), timeout=60, check=False)
        assert done.returncode == code, done.stderr.decode()
        return json.loads(done.stdout or "{}"), done.stderr.decode()


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topics]:
    data_dir = tmp_path_factory.mktemp("emit") / "data"
    with Broker(Settings(data_dir=data_dir)) as broker:
        yield Topics(data_dir, broker.kafka)


def line(number: int, **fields: object) -> bytes:
    return json.dumps({"event_id": f"e-{number}", "occurred_at": AT, "organization_id": f"org-{number % 3}", "text": "Hello", **fields}).encode()


def ids(records: list[Record], topic: str) -> list[str]:
    """The event ids that the worker will see."""
    intake = IntakeSettings(topics={topic: TopicBinding(trusted=True)})
    decoded = Decoder(intake, RetentionSettings()).decode(records, datetime(2026, 3, 2, tzinfo=UTC))
    assert not decoded.rejects
    return [located.event.event_id for located in decoded.events]


def test_emit_makes_the_topic_of_the_settings_and_keys_by_organization(topics: Topics, tmp_path: Path) -> None:
    (tmp_path / "f.jsonl").write_bytes(b"\n".join([line(1), b"", line(2), b"{broken", b""]))
    counts, _ = topics.run("emit", tmp_path / "f.jsonl")
    assert counts == {"sent": 3, "skipped": 1, "blank": 1, "oversize": 0, "done_before": 0}
    assert sorted((record.key, record.value) for record in topics.records("usage.events") if record.key) == [(b"org-1", line(1)), (b"org-2", line(2))]
    assert [record.value for record in topics.records("usage.events") if record.key is None] == [b"{broken"]


def test_emit_reads_standard_input_and_says_what_the_lines_are(topics: Topics) -> None:
    topic = topics.make("stdin")
    topics.run("emit", "-", "--topic", topic, "--source", "openai.chat", "--organization", "org-z", stdin=b'{"request":{}}\n')
    (record,) = topics.records(topic)
    assert (record.key, record.value) == (b"org-z", b'{"request":{}}')
    assert dict(record.headers) == {"plumbline-source": b"openai.chat", "plumbline-organization": b"org-z"}


def test_a_line_beyond_the_topics_limit_is_named_and_the_others_arrive(topics: Topics, tmp_path: Path) -> None:
    topic = topics.make("narrow", **{"max.message.bytes": "2000"})
    (tmp_path / "f.jsonl").write_bytes(b"\n".join([line(1), line(2, text="x" * 3_000), line(3)]))
    counts, said = topics.run("emit", tmp_path / "f.jsonl", "--topic", topic, code=1)
    assert (counts["sent"], counts["oversize"]) == (2, 1)
    assert f"{tmp_path}/f.jsonl:2: " in said
    assert len(topics.records(topic)) == 2


def test_a_topic_that_does_not_exist_is_not_made_by_a_typing_mistake(topics: Topics, tmp_path: Path) -> None:
    (tmp_path / "f.jsonl").write_bytes(line(1))
    _, said = topics.run("emit", tmp_path / "f.jsonl", "--topic", "usage.evnets", code=4)
    assert "there is no topic usage.evnets" in said


def test_a_file_that_does_not_exist_is_wrong_usage(topics: Topics, tmp_path: Path) -> None:
    for command in ("emit", "import"):
        _, said = topics.run(command, tmp_path / "none", code=2)
        assert "cannot be read" in said


def test_importing_again_sends_nothing(topics: Topics, tmp_path: Path) -> None:
    topic = topics.make("again")
    (tmp_path / "f.jsonl").write_bytes(b"\n".join([line(1), b"", line(2)]))
    first, _ = topics.run("import", tmp_path / "f.jsonl", "--topic", topic)
    second, said = topics.run("import", tmp_path / "f.jsonl", "--topic", topic)
    assert (first["sent"], second["sent"], second["skipped"]) == (2, 0, 3)
    assert "3 rows were done before" in said
    assert len(topics.records(topic)) == 2


def test_rows_without_an_id_keep_theirs_when_sent_again(topics: Topics, tmp_path: Path) -> None:
    topic = topics.make("derived")
    (tmp_path / "f.jsonl").write_bytes(
        b"".join(json.dumps({"occurred_at": AT, "organization_id": "o", "text": str(n)}).encode() + b"\n" for n in range(5))
    )
    topics.run("import", tmp_path / "f.jsonl", "--topic", topic)
    topics.run("import", tmp_path / "f.jsonl", "--topic", topic, "--restart")
    found = ids(topics.records(topic), topic)
    assert (len(found), len(set(found))) == (10, 5)


def test_an_import_that_was_killed_goes_on_after_what_the_broker_had_acknowledged(topics: Topics, tmp_path: Path) -> None:
    topic, count = topics.make("killed"), 120_000
    (tmp_path / "f.jsonl").write_bytes(b"".join(line(number) + b"\n" for number in range(count)))
    running = subprocess.Popen(topics.command("import", tmp_path / "f.jsonl", "--topic", topic), env=topics.environment(), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while sum(done_rows(topics, topic)) < 20_000 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.kill()
    running.wait()
    (before,) = done_rows(topics, topic)
    assert 20_000 <= before < count
    counts, _ = topics.run("import", tmp_path / "f.jsonl", "--topic", topic)
    assert (counts["sent"], counts["done_before"]) == (count - before, before)
    found = ids(topics.records(topic), topic)
    assert set(found) == {f"e-{number}" for number in range(count)}
    assert len(found) < count + 30_000  # what was under way at the kill came twice, no more


def done_rows(topics: Topics, topic: str) -> list[int]:
    stored = [json.loads(path.read_text()) for path in (topics.data_dir / "imports").glob("*.json")]
    return [each["rows"] for each in stored if each["topic"] == topic]


def test_parquet_rows_arrive_as_events(topics: Topics, tmp_path: Path) -> None:
    topic, count = topics.make("parquet"), 2_500
    columns = {
        "event_id": [f"p-{number}" for number in range(count)],
        "occurred_at": pa.array([datetime.fromisoformat(AT)] * count, pa.timestamp("us", "UTC")),
        "organization_id": ["org-p"] * count,
        "context.audience": ["consumer"] * count,
    }
    pq.write_table(pa.table(columns), tmp_path / "f.parquet", row_group_size=1_000)
    counts, _ = topics.run("import", tmp_path / "f.parquet", "--topic", topic)
    assert counts["sent"] == count
    records = topics.records(topic)
    assert set(ids(records, topic)) == set(columns["event_id"])
    assert json.loads(records[0].value)["context"] == {"audience": "consumer"}
    again, _ = topics.run("import", tmp_path / "f.parquet", "--topic", topic)
    assert again["sent"] == 0
