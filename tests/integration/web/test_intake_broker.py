"""The intake on a real broker: 202 means that the topic has it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from kafka import KafkaConsumer, TopicPartition
from starlette.testclient import TestClient

from streams.kafka.admin import ensure_topics
from streams.kafka.broker import Broker
from streams.kafka.security import client_options
from streams.settings import Settings
from streams.web.application import build

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC).isoformat()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, Settings]]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("intake"))
    running = Broker(settings).start()
    ensure_topics(running.kafka)
    yield running, settings
    running.stop()


def on_topic(broker: Broker) -> list:
    """Every record of the events topic."""
    consumer = KafkaConsumer(**client_options(broker.kafka), group_id=None, consumer_timeout_ms=1_000)
    topic = broker.kafka.events_topic
    places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    records = list(consumer)
    consumer.close()
    return records


def post(client: TestClient, *events: dict, **headers: str):
    body = "\n".join(map(json.dumps, events))
    return client.post("/v1/events", content=body, headers={"Content-Type": "application/x-ndjson", **headers})


def event(number: int, **fields: object) -> dict:
    return {"event_id": f"e{number}", "occurred_at": NOW, "text": "hello", **fields}


def test_what_was_answered_with_202_is_on_the_topic_in_order(broker):
    running, settings = broker
    settings = settings.model_copy(update={"intake": settings.intake.model_copy(update={"tokens": {"acme": _secret("acme-secret")}})})
    with TestClient(build(settings), base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        answer = post(client, *(event(number) for number in range(500)), Authorization="Bearer acme-secret")
        assert (answer.status_code, answer.json()["accepted"]) == (202, 500)
        refused = post(client, event(500), event(501, occurred_at="never"), Authorization="Bearer acme-secret")
        assert refused.status_code == 422
        assert client.get("/readyz").json()["problems"].keys() == {"clickhouse"}
    records = on_topic(running)
    assert [json.loads(record.value)["event_id"] for record in records] == [f"e{number}" for number in range(500)]
    assert {record.key for record in records} == {b"acme"}
    assert all(("plumbline-organization", b"acme") in record.headers for record in records)


def test_after_the_broker_comes_back_elsewhere_the_next_request_succeeds(broker):
    running, settings = broker
    with TestClient(build(settings), base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        assert post(client, event(1, organization_id="one")).status_code == 202
        running.stop()
        away = post(client, event(2, organization_id="two"))
        assert (away.status_code, away.headers["Retry-After"]) == (503, "2")
        running.start()
        assert post(client, event(3, organization_id="three")).status_code == 202
    assert {"one", "three"} <= {record.key.decode() for record in on_topic(running)}


def _secret(text: str):
    from pydantic import SecretStr

    return SecretStr(text)
