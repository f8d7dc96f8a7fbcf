"""What goes to topics of a real broker: alerts by a route of kind `kafka` (contract or OCSF), keyed by the alert; decisions, keyed by the case."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition
from landing import Lander, environment_of, open_run
from running import wait_for

from faults.alerts import surge
from schemas import Alert, Decision
from streams.alerts.desk import AlertDesk
from streams.cases.desk import CaseDesk
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


def records(kafka: KafkaSettings, topic: str) -> list:
    """All records of a topic."""
    consumer, found = KafkaConsumer(**client_options(kafka), group_id=None, enable_auto_commit=False), []
    places = [TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    while len(found) < sum(consumer.end_offsets(places).values()):
        found += [record for records in consumer.poll(timeout_ms=1_000).values() for record in records]
    consumer.close()
    return found


def test_the_topic_gets_the_contract_under_the_alerts_id_with_the_deliverys_id_as_header(broker):
    status, line = tried(broker, "topic")
    assert (status, line["delivered"]) == (0, True)
    (record,) = [
        each for each in records(broker.kafka, broker.kafka.alerts_topic) if dict(each.headers)["webhook-id"].decode() == line["delivery_id"]
    ]
    alert = Alert.model_validate_json(record.value)
    assert (record.key.decode(), alert.title.startswith("TEST, no alert")) == (alert.alert_id, True)


def test_a_siem_gets_a_detection_finding_under_the_same_key(broker):
    _, line = tried(broker, "siem")
    (record,) = [
        each for each in records(broker.kafka, broker.kafka.alerts_topic) if dict(each.headers)["webhook-id"].decode() == line["delivery_id"]
    ]
    finding = json.loads(record.value)
    assert (finding["class_uid"], finding["finding_info"]["uid"]) == (2004, record.key.decode())


@contextmanager
def alerts_running(broker: Broker, environment: dict[str, str]) -> Iterator[None]:
    """`plumbline alerts run`, which is killed at the end."""
    settings = {**environment, "PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS": broker.kafka.bootstrap_servers, "PLUMBLINE_EVIDENCE__SEAL_EVERY_MIN": "0"}
    running = subprocess.Popen([sys.executable, "-m", "streams", "alerts", "run"], env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.kill()
        running.wait()


def test_a_decision_and_the_one_that_replaces_it_are_read_back_under_the_cases_key_each_once_also_when_killed(broker, store, tmp_path: Path):
    open_run(store.client)
    Lander(store.client).land(surge("org-a"), landed_at=datetime.now(UTC))
    desk, environment = CaseDesk(store.client), {**environment_of(store.settings), "PLUMBLINE_DATA_DIR": str(tmp_path)}
    (event,) = store.client.rows("SELECT event_id FROM audit_events LIMIT 1")
    case = desk.open_event("org-a", event["event_id"], reason="look into it", person="ana").case_id

    def told(count: int) -> list:
        """All decisions on the topic, when so many are recorded as delivered."""
        wait_for(lambda: len(AlertDesk(store.client).deliveries(alert=case, state="delivered")) == count, 40, f"{count} decisions are delivered")
        return records(broker.kafka, broker.kafka.decisions_topic)

    with alerts_running(broker, environment):
        assert records(broker.kafka, broker.kafka.decisions_topic) == []  # an open case tells nobody anything
        desk.decide(case, "restrict", person="ana", reason="repeated after a warning")
        (first,) = told(1)
    desk.appeal(case, "bob", person="cleo", reason="the customer objects")
    desk.decide(case, "dismiss", person="bob", reason="it was a test of theirs")
    with alerts_running(broker, environment):
        again, second = told(2)
    assert (again.offset, again.value) == (first.offset, first.value)
    decisions = [Decision.model_validate_json(record.value) for record in (first, second)]
    assert [(each.case_id, each.decision, each.decided_by) for each in decisions] == [(case, "restrict", "ana"), (case, "dismiss", "bob")]
    assert (first.key, second.key) == (case.encode(), case.encode())
    assert (decisions[0].replaces, decisions[1].replaces) == (None, decisions[0].decision_id)
    assert {each.events for each in decisions} == {1} and all(each.user_hashes and each.categories for each in decisions)
    assert len({dict(record.headers)["webhook-id"] for record in (first, second)}) == 2
