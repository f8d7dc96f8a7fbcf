"""What Faust's internals must look like for the chunked consumer to be right. A failure here after an upgrade: read streams/kafka/chunks.py again."""

import inspect
from importlib.metadata import version

import faust
import pytest
from faust.transport import consumer as base
from faust.transport.drivers import aiokafka as driver

from streams.kafka.chunks import ChunkConsumer


@pytest.mark.parametrize(("package", "expected"), [("faust-streaming", "0.15.3"), ("mode-streaming", "0.7.1"), ("aiokafka", "0.14.0")])
def test_the_versions_that_were_read_are_the_versions_that_run(package: str, expected: str) -> None:
    assert version(package) == expected


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("getmany", ["self", "timeout"]),
        ("ack", ["self", "message"]),
        ("_add_gap", ["self", "tp", "offset_from", "offset_to"]),
        ("_new_offset", ["self", "tp"]),
        ("on_partitions_revoked", ["self", "revoked"]),
        ("on_partitions_assigned", ["self", "assigned", "generation_id"]),
        ("perform_seek", ["self"]),
    ],
)
def test_each_overridden_method_has_the_signature_of_faust(name: str, parameters: list[str]) -> None:
    for owner in (driver.Consumer, ChunkConsumer):
        assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_commit_asks_new_offset_for_every_partition_with_acknowledgements() -> None:
    assert "self._new_offset(" in inspect.getsource(base.Consumer)
    assert "_new_offset" in inspect.getsource(base.Consumer._committable_offsets if hasattr(base.Consumer, "_committable_offsets") else base.Consumer)


def test_the_drain_loop_passes_gaps_to_add_gap_and_messages_to_the_callback() -> None:
    source = inspect.getsource(base.Consumer._drain_messages)
    assert "self._add_gap(tp, r_offset + 1, offset)" in source
    assert "callback(message)" in source


def test_the_thread_seeks_and_commits_by_the_methods_that_are_overridden() -> None:
    assert "self._thread.seek_to_committed()" in inspect.getsource(base.ThreadDelegateConsumer)
    assert "await consumer.commit(" in inspect.getsource(driver.AIOKafkaConsumerThread._commit)
    assert list(inspect.signature(driver.AIOKafkaConsumerThread.seek_to_committed).parameters) == ["self"]


def test_the_consumer_thread_is_made_by_one_method() -> None:
    assert "self._new_consumer_thread()" in inspect.getsource(base.ThreadDelegateConsumer)


def test_the_transport_of_an_app_is_made_by_one_method() -> None:
    assert "_new_transport" in inspect.getsource(faust.App)
