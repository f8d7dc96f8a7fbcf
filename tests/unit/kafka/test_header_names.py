"""A record whose header name is not UTF-8 is read like its neighbours, compressed or not; aiokafka's own reader would raise."""

import inspect
from collections.abc import Iterator

import pytest
from aiokafka.consumer import fetcher
from aiokafka.structs import TopicPartition
from kafka.record.default_records import DefaultRecordBatchBuilder

from streams.kafka import headers
from streams.kafka.headers import KeptRecords, TolerantPartition

GOOD = [("ce_id", b"1"), ("empty", None)]


class Raw(str):
    """A header name that is written as bytes that are no UTF-8."""

    def encode(self, *_: object) -> bytes:
        return b"a\xff\xfe"


def batch(first: int, bad: int | None, codec: int) -> bytes:
    """A batch of five records from offset `first`; the record at `bad` has such a name."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=False, producer_id=-1, producer_epoch=-1, base_sequence=-1, batch_size=1 << 20
    )
    for number in range(5):
        extra = [(Raw("x"), b"y")] if first + number == bad else []
        builder.append(number, 1_000 + number, b"k%d" % number, b"v%d" % (first + number), [*GOOD, *extra])
    built = bytearray(builder.build())
    built[:8] = first.to_bytes(8, "big")  # the base offset is not part of the checksum
    return bytes(built)


def partition(data: bytes, start: int = 0) -> TolerantPartition:
    return TolerantPartition(TopicPartition("t", 0), KeptRecords(data), [], start, None, None, True, "read_committed")


@pytest.fixture
def installed() -> Iterator[None]:
    before = fetcher.MemoryRecords, fetcher.PartitionRecords
    headers.install()
    yield
    fetcher.MemoryRecords, fetcher.PartitionRecords = before


@pytest.mark.parametrize("codec", [0, 1, 3, 4], ids=["none", "gzip", "lz4", "zstd"])
@pytest.mark.parametrize("bad", [None, 0, 2, 4, 7, 9])
def test_every_record_comes_once_and_in_order(codec: int, bad: int | None) -> None:
    found = list(partition(batch(0, bad, codec) + batch(5, bad, codec)))
    assert [(record.offset, record.value) for record in found] == [(offset, b"v%d" % offset) for offset in range(10)]
    assert [record.headers for record in found if record.offset != bad] == [tuple(GOOD)] * (9 if bad is not None else 10)
    assert bad is None or found[bad].headers[-1] == ("a\\xff\\xfe", b"y")


def test_a_poll_that_has_enough_leaves_the_rest_for_the_next() -> None:
    records, found = partition(batch(0, 3, 3) + batch(5, 6, 0)), []
    while polled := [record.offset for record, _ in zip(records, range(4), strict=False)]:
        found.append(polled)
    assert [offset for polled in found for offset in polled] == sorted({offset for polled in found for offset in polled})


def test_one_by_one_is_the_same() -> None:
    records = partition(batch(0, 3, 3))
    assert [next(records, None) and offset for offset in range(5)] == [0, 1, 2, 3, 4]
    assert next(records, None) is None


def test_reading_goes_on_from_the_middle_of_a_batch() -> None:
    assert [record.offset for record in partition(batch(0, 3, 3), start=2)] == [2, 3, 4]


def test_the_position_is_behind_the_last_record() -> None:
    records = partition(batch(0, 3, 3))
    list(records)
    assert records.next_fetch_offset == 5


def test_the_driver_alone_would_raise() -> None:
    alone = TolerantPartition.__mro__[1](TopicPartition("t", 0), KeptRecords(batch(0, 1, 0)), [], 0, None, None, True, "read_committed")
    with pytest.raises(UnicodeDecodeError):
        list(alone)


def test_the_driver_makes_what_we_replace(installed: None) -> None:
    source = inspect.getsource(fetcher.Fetcher)
    assert "MemoryRecords(part_data[-1])" in source
    assert "PartitionRecords(" in source
    assert list(inspect.signature(TolerantPartition.__mro__[1].__init__).parameters)[1:5] == [
        "tp",
        "records",
        "aborted_transactions",
        "fetch_offset",
    ]
    assert fetcher.PartitionRecords is TolerantPartition
