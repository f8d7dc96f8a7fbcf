"""The chunked consumer's bookkeeping: what is committed, and when, without a broker."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.chunks import Chunk, ChunkApp, ChunkConsumer, is_stale

TOPIC, PLACE = "usage.events", TP("usage.events", 0)


def consumer() -> ChunkConsumer:
    app = ChunkApp("test", broker="kafka://127.0.0.1:1", web_enabled=False, topic_disable_leader=True)
    app.chunked_topics = frozenset({TOPIC})
    app.topics.acks_enabled_for = lambda topic: True
    return app.consumer


def chunk(first: int, last: int, starts: int | None = None) -> Chunk:
    return Chunk([SimpleNamespace(timestamp=0, offset=first), SimpleNamespace(timestamp=0, offset=last)], first if starts is None else starts, last)


def hand_out(reader: ChunkConsumer, *spans: tuple[int, int]) -> list:
    generation = reader.app.consumer_generation_id
    return [reader._register(PLACE, chunk(first, last), generation) for first, last in spans]


async def test_a_chunk_that_has_landed_is_committed_to_its_end() -> None:
    reader = consumer()
    (message,) = hand_out(reader, (10, 19))
    reader.ack(message)
    assert reader._new_offset(PLACE) == 20


async def test_a_chunk_behind_one_that_has_not_landed_is_not_committed() -> None:
    reader = consumer()
    _first, second = hand_out(reader, (0, 9), (10, 19))
    reader.ack(second)
    assert reader._new_offset(PLACE) is None


async def test_the_head_of_a_fresh_group_is_guarded_too() -> None:
    reader = consumer()
    messages = hand_out(reader, *((n, n) for n in range(40)))
    for message in messages[1:]:
        reader.ack(message)
    assert reader._new_offset(PLACE) is None
    reader.ack(messages[0])
    assert reader._new_offset(PLACE) == 40


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30), st.randoms(use_true_random=False), st.data())
def test_a_commit_never_passes_a_chunk_that_has_not_landed(sizes: list[int], random, data) -> None:
    async def scenario() -> None:
        reader, spans, at = consumer(), [], 0
        for size in sizes:
            gap = data.draw(st.integers(0, 3))
            spans.append((at + gap, at + gap + size - 1))
            at += gap + size
        messages = hand_out(reader, *spans)
        order, landed, committed = list(range(len(messages))), set(), 0
        random.shuffle(order)
        for index in order:
            reader.ack(messages[index])
            landed.add(index)
            committed = reader._new_offset(PLACE) or committed
            expected = next((i for i in range(len(spans)) if i not in landed), len(spans))
            assert committed == (spans[expected - 1][1] + 1 if expected else 0)

    asyncio.run(scenario())


async def test_a_gap_of_a_hundred_million_offsets_costs_no_memory() -> None:
    reader = consumer()
    await reader._add_gap(PLACE, 0, 100_000_000)
    assert not reader._gap[PLACE]


async def test_an_acknowledgement_from_an_earlier_generation_commits_nothing() -> None:
    reader = consumer()
    (stale,) = hand_out(reader, (0, 9))
    reader.app.consumer_generation_id += 1
    reader._forget({PLACE})
    hand_out(reader, (0, 9))
    reader.ack(stale)
    assert reader._new_offset(PLACE) is None


async def test_forgetting_a_partition_clears_what_was_in_flight() -> None:
    reader = consumer()
    hand_out(reader, (0, 9), (10, 19))
    assert reader.chunks_in_flight == 2
    reader._forget({PLACE})
    assert reader.chunks_in_flight == 0


async def test_a_legal_gap_between_chunks_is_covered_by_the_later_one() -> None:
    reader = consumer()
    hand_out(reader, (0, 9))
    assert await reader._first_offset(PLACE, 15) == 10


async def test_records_that_retention_took_unread_are_not_covered() -> None:
    reader = consumer()
    hand_out(reader, (0, 9))

    async def earliest(*places: TP) -> dict[TP, int]:
        return dict.fromkeys(places, 2_000_000)

    reader.earliest_offsets = earliest
    assert await reader._first_offset(PLACE, 2_000_000) == 2_000_000


async def test_a_large_gap_by_compaction_is_covered() -> None:
    reader = consumer()
    hand_out(reader, (0, 9))

    async def earliest(*places: TP) -> dict[TP, int]:
        return dict.fromkeys(places, 0)

    reader.earliest_offsets = earliest
    assert await reader._first_offset(PLACE, 2_000_000) == 10


async def test_a_topic_that_is_not_chunked_keeps_the_bookkeeping_of_faust() -> None:
    reader, place = consumer(), TP("changelog", 0)
    await reader._add_gap(place, 5, 9)
    assert reader._gap[place]
    reader._acked[place].extend([1, 2, 3])
    assert reader._new_offset(place) == 4


@pytest.mark.parametrize("held", [True, False])
async def test_a_held_partition_does_not_count_against_the_limit_and_another_does(held: bool) -> None:
    reader = consumer()
    hand_out(reader, (0, 9))
    if held:
        reader._held.add(PLACE)
    assert reader.chunks_in_flight == (0 if held else 1)


@pytest.mark.parametrize(
    ("metadata", "topic_id", "stale"), [("old", "new", True), ("new", "new", False), ("", "new", False), (None, "new", False), ("old", "", False)]
)
def test_a_commit_counts_unless_it_names_another_topic_than_the_one_that_is_there(metadata: str | None, topic_id: str, stale: bool) -> None:
    assert is_stale(metadata, topic_id) == stale


async def test_a_seek_that_a_rebalance_overtakes_is_left_to_the_next_one(monkeypatch) -> None:
    reader = consumer()

    async def overtaken(_self: object) -> None:
        reader.app.consumer_generation_id += 1
        raise IllegalStateError("No current assignment for partition")

    monkeypatch.setattr(driver.Consumer, "perform_seek", overtaken)
    await reader.perform_seek()


async def test_a_seek_that_fails_without_a_rebalance_is_told(monkeypatch) -> None:
    async def broken(_self: object) -> None:
        raise IllegalStateError("No current assignment for partition")

    monkeypatch.setattr(driver.Consumer, "perform_seek", broken)
    with pytest.raises(IllegalStateError):
        await consumer().perform_seek()
