"""Request bodies as one stream of plain bytes, whatever their transfer and content encoding; answers compressed as the client asked.

Nothing is ever read whole: decompression is bounded by the size of each read, so a small body cannot unfold in memory.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO

import lz4.frame
import zstandard

PIECE = 1 << 20
LINE_LIMIT = 1024


class BadBody(ValueError):
    """The body breaks its own framing or encoding."""


class BodyTooLarge(ValueError):
    """The body is over the limit."""


class Body(io.RawIOBase):
    """The bytes on the wire of one request, by Content-Length or chunks. `ended` says whether the next request can follow."""

    def __init__(self, source: BinaryIO, headers: Mapping[str, str]) -> None:
        self._source = source
        self._chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        try:
            self._left = 0 if self._chunked else int(headers.get("Content-Length") or 0)
        except ValueError as error:
            raise BadBody("Content-Length is not a number") from error
        if self._left < 0:
            raise BadBody("Content-Length is less than nothing")
        self.ended = not self._chunked and self._left == 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        if self._chunked and self._left == 0 and not self.ended:
            self._next_chunk()
        if self.ended:
            return 0
        got = self._source.readinto(view[: min(len(view), self._left)])  # type: ignore[attr-defined]
        if not got:
            raise BadBody("the body ends early")
        self._left -= got
        if self._left == 0:
            self._end_of_part()
        return got

    def _next_chunk(self) -> None:
        try:
            self._left = int(self._source.readline(LINE_LIMIT).split(b";")[0], 16)
        except ValueError as error:
            raise BadBody("a chunk has no size") from error
        if self._left < 0:
            raise BadBody("a chunk is smaller than nothing")
        if self._left == 0:
            while self._source.readline(LINE_LIMIT).strip():
                pass  # trailers say nothing to us
            self.ended = True

    def _end_of_part(self) -> None:
        if self._chunked:
            self._source.readline(LINE_LIMIT)
        else:
            self.ended = True


class Plain:
    """The decoded body. `read(n)` gives up to n bytes, b"" at the end, and counts against the limit."""

    def __init__(self, body: Body, encoding: str, limit: int) -> None:
        try:
            self._stream = DECODERS[encoding.strip().lower()](body)
        except KeyError as error:
            raise BadBody(f"Content-Encoding {encoding!r} is not known") from error
        self._left = limit

    def read(self, size: int = PIECE) -> bytes:
        try:
            piece = self._stream.read(size) or b""
        except (OSError, EOFError, RuntimeError, zlib.error, zstandard.ZstdError) as error:
            raise BadBody(f"the body cannot be decompressed: {error}") from error
        self._left -= len(piece)
        if self._left < 0:
            raise BodyTooLarge("the body is too large")
        return piece


DECODERS: dict[str, Callable[[Body], BinaryIO]] = {
    "": lambda body: body,
    "identity": lambda body: body,
    "gzip": lambda body: gzip.GzipFile(fileobj=io.BufferedReader(body, PIECE)),
    "lz4": lambda body: lz4.frame.LZ4FrameFile(io.BufferedReader(body, PIECE)),
    "zstd": lambda body: zstandard.ZstdDecompressor().stream_reader(body, read_size=PIECE, read_across_frames=True),
}

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda plain: zstandard.ZstdCompressor(level=1).compress(plain),  # one each: a compressor is not thread-safe
    "lz4": lz4.frame.compress,
    "gzip": lambda plain: gzip.compress(plain, 1),
    "deflate": lambda plain: zlib.compress(plain, 1),
}


def accepted_encoding(header: str) -> str:
    """The first encoding in our order that the client accepts, or an empty string."""
    accepted = {part.split(";")[0].strip().lower() for part in header.split(",")}
    return next((name for name in ENCODERS if name in accepted), "")
