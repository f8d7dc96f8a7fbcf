"""A chunk as it crosses to the pool: a few blocks of bytes instead of thousands of objects; the keys are not needed.

Packing, crossing and unpacking cost 1 µs per record; a list of records costs 2.5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from streams.decode import Record
from streams.decode.records import Headers


@dataclass(frozen=True, slots=True)
class Packed:
    """The records of one chunk: all of one partition, in order of offset."""

    topic: str
    partition: int
    values: bytes  # all values, one after another
    ends: np.ndarray  # int64: where each value ends; a tombstone is as long as an empty value
    offsets: np.ndarray  # int64
    timestamps: np.ndarray  # int64, milliseconds since 1970
    tombstones: frozenset[int]  # by index
    headers: Mapping[int, Headers]  # by index, of those that have any

    @classmethod
    def of(cls, topic: str, partition: int, polled: list[Any]) -> Self:
        """Pack records as aiokafka polled them."""
        count, values = len(polled), [record.value for record in polled]
        tombstones = frozenset(index for index, value in enumerate(values) if value is None) if None in values else frozenset()
        if tombstones:
            values = [value or b"" for value in values]
        return cls(
            topic, partition, b"".join(values), np.fromiter(map(len, values), np.int64, count).cumsum(),
            np.fromiter((record.offset for record in polled), np.int64, count), np.fromiter((record.timestamp for record in polled), np.int64, count),
            tombstones, {index: _plain(record.headers) for index, record in enumerate(polled) if record.headers},
        )  # fmt: skip

    def __len__(self) -> int:
        return self.offsets.size

    def records(self) -> list[Record]:
        """Unpack."""
        topic, partition, values, headers = self.topic, self.partition, self.values, self.headers
        ends = self.ends.tolist()
        cut = [values[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        for index in self.tombstones:
            cut[index] = None
        places = zip(self.offsets.tolist(), self.timestamps.tolist(), cut, strict=True)
        if headers:
            return [Record(topic, partition, offset, moment, None, value, headers.get(at, ())) for at, (offset, moment, value) in enumerate(places)]
        return [Record(topic, partition, offset, moment, None, value, ()) for offset, moment, value in places]

    def part(self, first: int, last: int) -> Self:
        """The records [first, last)."""
        begin = int(self.ends[first - 1]) if first else 0
        return replace(
            self,
            values=self.values[begin : int(self.ends[last - 1])],
            ends=self.ends[first:last] - begin,
            offsets=self.offsets[first:last],
            timestamps=self.timestamps[first:last],
            tombstones=frozenset(index - first for index in self.tombstones if first <= index < last),
            headers={index - first: headers for index, headers in self.headers.items() if first <= index < last},
        )


EMPTY = Packed("", 0, b"", *(np.zeros(0, np.int64) for _ in range(3)), frozenset(), {})


def _plain(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    return tuple((name, value or b"") for name, value in headers)
