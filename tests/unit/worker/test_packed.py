"""A packed chunk gives back the records that went in, whole or in parts."""

from types import SimpleNamespace

import hypothesis.strategies as st
from hypothesis import given

from streams.worker.packed import EMPTY, Packed

values = st.one_of(st.none(), st.binary(max_size=40))
headers = st.lists(st.tuples(st.text(max_size=5), st.one_of(st.none(), st.binary(max_size=5))), max_size=2)
polled = st.lists(st.tuples(values, headers), max_size=20)


def pack(contents: list) -> Packed:
    def record(at: int, value: bytes | None, headers: list) -> SimpleNamespace:
        return SimpleNamespace(offset=10 + 2 * at, timestamp=1_000 + at, value=value, headers=headers)

    return Packed.of("usage.events", 3, [record(at, *content) for at, content in enumerate(contents)])


@given(polled)
def test_records_come_back_as_they_were(contents: list) -> None:
    records = pack(contents).records()
    assert [(record.value, list(record.headers)) for record in records] == [
        (value, [(name, content or b"") for name, content in headers]) for value, headers in contents
    ]
    assert [(record.offset, record.timestamp_ms) for record in records] == [(10 + 2 * at, 1_000 + at) for at in range(len(contents))]


@given(polled.filter(lambda contents: len(contents) > 1), st.data())
def test_two_parts_are_the_whole(contents: list, data: st.DataObject) -> None:
    packed, middle = pack(contents), data.draw(st.integers(1, len(contents) - 1))
    assert packed.part(0, middle).records() + packed.part(middle, len(contents)).records() == packed.records()


def test_nothing_is_an_empty_chunk() -> None:
    assert (len(EMPTY), EMPTY.records()) == (0, [])
