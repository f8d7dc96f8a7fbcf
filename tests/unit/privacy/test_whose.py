"""Whose an input is that could not be read."""

import json

import pytest

from streams.erasure.whose import Whose, ids_in
from streams.privacy import HashKey
from streams.settings import IntakeSettings, TopicBinding

KEY, UNTIL, TOPIC = HashKey(b"k" * 32), 1_000, "usage.events"
INTAKE = IntakeSettings(topics={TOPIC: TopicBinding(trusted=True), "of-other": TopicBinding(organization_id="other")})
ANN = Whose(KEY, INTAKE, {("acme", KEY.of_id("acme", "ann")): UNTIL, ("acme", KEY.of_id("acme", "ann smith")): UNTIL})


def removed(payload: bytes, *headers: tuple[str, bytes], topic: str = TOPIC, at: int = UNTIL) -> bool:
    return ANN.removed(topic, at, payload, headers)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"organization_id": "acme", "user_id": "ann", "occurred_at": "never"}',
        b'{"metadata": {"user_id": "{\\"user\\": \\"ann\\"}"}}',
        b'{"user_id": "ann", "text": "cut he',
        b'{"user_id": "ann smith", "text": "cut he',
        b"user=ann&text=hello",
        b'{"user_id": "bob"}\n{"user_id": "ann"}',
        b'"ann"',
        '{"user_id": "ann"}'.encode("utf-16-le"),
        b'\xff{"user_id": "ann"}',
    ],
)
def test_an_input_that_names_a_removed_person_is_theirs(payload: bytes) -> None:
    assert removed(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"organization_id": "acme", "user_id": "bob", "text": "call ann tomorrow"}',
        b'{"organization_id": "other", "user_id": "ann"}',
        b'{"user_id": "ann-2"}',
        b"user=anna&text=hello",
        b"",
        b"\xff\xfe\x00",
        b"[" * 10_000,
    ],
)
def test_an_input_of_somebody_else_is_not(payload: bytes) -> None:
    assert not removed(payload)


def test_header_and_topic_tell_the_organization() -> None:
    payload = json.dumps({"user_id": "ann"}).encode()
    assert removed(payload, ("plumbline-organization", b"acme"))
    assert not removed(payload, ("plumbline-organization", b"other"))
    assert not removed(payload, topic="of-other")


def test_what_came_after_the_removal_is_a_new_relation() -> None:
    assert not removed(b'{"user_id": "ann"}', at=UNTIL + 1)


def test_texts_within_texts_count_as_ids_and_long_ones_do_not() -> None:
    assert ids_in(json.dumps({"a": ["b", {"c": json.dumps(["d"])}], "long": "x" * 300}).encode()) == {"a", "b", "c", "d", '["d"]', "long"}
