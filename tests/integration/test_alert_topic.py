"""A route of kind `kafka` on a real broker: the topic holds the contract, or OCSF, keyed by the alert."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, TopicPartition

from schemas import Alert
from streams.kafka.admin import ensure_topics
from streams.kafka.broker import Broker
from streams.kafka.security import client_options
from streams.settings import KafkaSettings, Settings

pytestmark = pytest.mark.integration
ROUTES = {"topic": {"kind": "kafka"}, "siem": {"kind": "kafka", "format": "ocsf"}}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(Settings(data_dir=tmp_path_factory.mktemp("topic") / "data")) as running:
        ensure_topics(running.kafka)
        yield running


def tried(broker: Broker, route: str) -> tuple[int, dict]:
    """Exit status and line of `plumbline alerts test`."""
    settings = {"PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS": broker.kafka.bootstrap_servers, "PLUMBLINE_ALERTS__ROUTES": json.dumps(ROUTES)}
    command = [sys.executable, "-m", "streams", "alerts", "test", route, "--json"]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


def last(kafka: KafkaSettings) -> list:
    """All records of the topic."""
    consumer, found = KafkaConsumer(**client_options(kafka), group_id=None, enable_auto_commit=False), []
    places = [TopicPartition(kafka.alerts_topic, each) for each in consumer.partitions_for_topic(kafka.alerts_topic)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    while len(found) < sum(consumer.end_offsets(places).values()):
        found += [record for records in consumer.poll(timeout_ms=1_000).values() for record in records]
    consumer.close()
    return found


def test_the_topic_gets_the_contract_under_the_alerts_id_with_the_deliverys_id_as_header(broker):
    status, line = tried(broker, "topic")
    assert (status, line["delivered"]) == (0, True)
    (record,) = [each for each in last(broker.kafka) if dict(each.headers)["webhook-id"].decode() == line["delivery_id"]]
    alert = Alert.model_validate_json(record.value)
    assert (record.key.decode(), alert.title.startswith("TEST, no alert")) == (alert.alert_id, True)


def test_a_siem_gets_a_detection_finding_under_the_same_key(broker):
    _, line = tried(broker, "siem")
    (record,) = [each for each in last(broker.kafka) if dict(each.headers)["webhook-id"].decode() == line["delivery_id"]]
    finding = json.loads(record.value)
    assert (finding["class_uid"], finding["finding_info"]["uid"]) == (2004, record.key.decode())
