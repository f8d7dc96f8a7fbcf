"""Lines of a stream: numbered, placed, bounded."""

import io
import tracemalloc
from typing import BinaryIO

from streams.imports.rows import Row, json_lines


def test_lines_are_numbered_from_one_and_say_where_the_next_one_begins() -> None:
    rows = list(json_lines(io.BytesIO(b'{"a":1}\n\n{"b":2}\r\n'), limit=100))
    assert rows == [Row(1, b'{"a":1}', 7, 8), Row(2, b"", 0, 9), Row(3, b'{"b":2}', 7, 18)]


def test_a_last_line_without_its_end_is_a_line() -> None:
    assert [row.value for row in json_lines(io.BytesIO(b"{}\n[]"), limit=100)] == [b"{}", b"[]"]


def test_reading_goes_on_after_a_position() -> None:
    whole = b'{"a":1}\n{"b":2}\n{"c":3}\n'
    first = next(json_lines(io.BytesIO(whole), limit=100))
    stream = io.BytesIO(whole)
    stream.seek(first.position)
    assert [(row.number, row.value) for row in json_lines(stream, limit=100, number=1, position=first.position)] == [
        (2, b'{"b":2}'),
        (3, b'{"c":3}'),
    ]


def test_a_line_of_the_limit_is_held_and_one_byte_more_is_not() -> None:
    rows = list(json_lines(io.BytesIO(b"x" * 10 + b"\n" + b"x" * 11 + b"\r\n" + b"x" * 99 + b"\nok"), limit=10))
    assert [(row.number, row.value is not None, row.position) for row in rows] == [(1, True, 11), (2, False, 24), (3, False, 124), (4, True, 126)]
    assert rows[1].size == 13


class Endless:
    """A line of `length` bytes that is made while it is read."""

    def __init__(self, length: int) -> None:
        self.left = length

    def readline(self, size: int) -> bytes:
        piece = b"x" * min(size, self.left)
        self.left -= len(piece)
        return piece


def test_a_line_of_any_length_costs_no_memory() -> None:
    stream: BinaryIO = Endless(64 << 20)  # type: ignore[assignment]
    tracemalloc.start()
    (row,) = json_lines(stream, limit=1 << 16)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert row.value is None
    assert row.size == 64 << 20
    assert peak < 1 << 20
