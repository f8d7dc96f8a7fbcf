"""Records whose header names are not UTF-8, which some producers let pass: read with escapes (`\\xff`) in their names.

aiokafka raises on such a name while it reads a batch, and the consumer that it feeds stands still for good: one record would stop its partition. Its
fetcher makes our subclass of what it hands out instead, which costs nothing until it raises, and then reads the batch anew with tolerance. What is
overridden is under a contract test.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


class KeptRecords(MemoryRecords):
    """The fetched bytes of a partition, which stay at hand."""

    def __init__(self, bytes_data: bytes) -> None:
        super().__init__(bytes_data)
        self.bytes_data = bytes_data


class TolerantPartition(fetcher.PartitionRecords):
    """The records of one fetch of a partition."""

    def __iter__(self) -> Iterator[Any]:
        while True:
            try:
                # Not `yield from`: it would close the iterator when a poll has enough.
                for record in self._records_iterator or ():  # noqa: UP028
                    yield record
            except UnicodeDecodeError:
                self._go_on()
            else:
                return

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except UnicodeDecodeError:
            self._go_on()
            return super().__next__()

    def _go_on(self) -> None:
        """From the batch in whose middle the iterator has ended."""
        self._records = _TolerantRecords(self._records.bytes_data, self.next_fetch_offset)
        self._records_iterator = self._unpack_records()


class _TolerantRecords(_MemoryRecordsPy):
    """The batches from the one that holds an offset."""

    def __init__(self, bytes_data: bytes, offset: int) -> None:
        super().__init__(bytes_data)
        self.bytes_data = bytes_data
        while self.has_next() and self._batch().next_offset <= offset:
            self._cache_next()

    def next_batch(self) -> Any:
        batch = self._batch()
        self._cache_next()
        return batch

    def _batch(self) -> Any:
        return _TolerantBatch(self._next_slice)


class _TolerantBatch(_DefaultRecordBatchPy):
    def __iter__(self) -> Any:
        self._maybe_uncompress()
        self._buffer = _Escaping(self._buffer)
        return self


class _Escaping(bytearray):
    """Bytes whose text is made with escapes where it is not UTF-8."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Escaping(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


def install() -> None:
    """Let aiokafka's fetcher make ours, in this process."""
    fetcher.MemoryRecords, fetcher.PartitionRecords = KeptRecords, TolerantPartition
