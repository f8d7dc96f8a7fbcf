"""What a pool process does with rejected input of removed people: known from its start, or told with a chunk."""

from pathlib import Path

import numpy as np

from streams.privacy import HashKey
from streams.settings import IntakeSettings, PolicySettings, RetentionSettings
from streams.worker.packed import Packed
from streams.worker.process import NOBODY, Erased, Processor, SetUp, Task

KEY = HashKey(b"k" * 32)
ANN, BOB = (("acme", KEY.of_id("acme", user)) for user in ("ann", "bob"))
VALUES = [b'{"organization_id": "acme", "user_id": "%b", "occurred_at": "never"}' % user for user in (b"ann", b"bob", b"eve")]
NOW_MS = 1_750_000_000_000


def processor(erased: Erased) -> Processor:
    return Processor(SetUp(IntakeSettings(), RetentionSettings(), PolicySettings(), KEY, True, Path(), erased))


def contents(running: Processor, changes: Erased = NOBODY) -> list[bytes]:
    """Who of ann, bob and eve a reject still names."""
    ends = np.fromiter(map(len, VALUES), np.int64).cumsum()
    packed = Packed("usage.events", 0, b"".join(VALUES), ends, np.arange(3), np.full(3, NOW_MS), frozenset(), {})
    done = running.process(Task(packed, [], changes))
    assert [(each.offset, each.reason.value) for each in done.rejects] == [(at, "bad_timestamp") for at in range(3)]
    assert [each.message for each in done.rejects if not each.payload] == ["erased"] * sum(not each.payload for each in done.rejects)
    return [user for user in (b"ann", b"bob", b"eve") if any(b'"%b"' % user in each.payload for each in done.rejects)]


def test_a_reject_of_a_removed_person_keeps_its_place_and_reason_and_nothing_else() -> None:
    assert contents(processor({ANN: NOW_MS})) == [b"bob", b"eve"]
    assert contents(processor(NOBODY)) == [b"ann", b"bob", b"eve"]


def test_what_changed_since_the_start_holds_from_the_next_chunk_on() -> None:
    running = processor({ANN: NOW_MS})
    assert contents(running, {BOB: NOW_MS}) == [b"eve"]
    assert contents(running, {BOB: NOW_MS, ANN: NOW_MS - 1}) == [b"ann", b"eve"]


def test_what_came_after_the_removal_is_kept_whole() -> None:
    assert contents(processor({ANN: NOW_MS - 1})) == [b"ann", b"bob", b"eve"]
