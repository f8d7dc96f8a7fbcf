"""JSON lines, one by one and in bounded memory, each with the place that a message about it names."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_PIECE = 1 << 16


class Row(NamedTuple):
    """One line or row of a file.

    `number` counts from 1. `value` is its JSON text without the line's end; None for one over the limit, of which only the `size` is known.
    `position` is where the next row begins, in the unit of the file's length: bytes of JSON lines, rows of Parquet.
    """

    number: int
    value: bytes | None
    size: int
    position: int


def json_lines(stream: BinaryIO, *, limit: int, number: int = 0, position: int = 0) -> Iterator[Row]:
    """The lines of a stream, blank ones included.

    Args:
        stream: opened in binary mode, standing at `position`.
        limit: a line of more bytes is read past, not held.
        number: rows that come before `position`.
    """
    while piece := stream.readline(limit + 2):  # room for "\r\n"
        number += 1
        size = len(piece)
        whole = piece.endswith(b"\n") or size < limit + 2
        if not whole:
            size += _rest_of_line(stream)
        position += size
        text = piece.rstrip(b"\r\n")
        fits = whole and len(text) <= limit
        yield Row(number, text if fits else None, len(text) if whole else size, position)


def _rest_of_line(stream: BinaryIO) -> int:
    """Read to the end of the line and return its bytes' count."""
    size = 0
    while piece := stream.readline(_PIECE):
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size
