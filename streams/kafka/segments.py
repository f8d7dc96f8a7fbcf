"""The broker's log as files: what compressed batches hold, without a broker. Format: record batches, version 2."""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode

HEADER = struct.Struct(">qiibIh")  # base offset, length from here, leader epoch, magic, crc, attributes
RECORDS_AT, LENGTH_AT, VERSION = 61, 12, 2
DECODERS = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}


def is_segment(path: Path) -> bool:
    """Whether a file is a segment of a partition's log, also one that is being cleaned or deleted."""
    return ".log" in path.name and path.name[:20].isdigit()


def compressed_batches(path: Path) -> Iterator[bytes]:
    """The records of each compressed batch, decompressed; of others nothing, as their bytes are in the file as they are."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            at = 0
            while at + RECORDS_AT <= len(view):
                _, length, _, magic, _, attributes = HEADER.unpack_from(view, at)
                end = at + LENGTH_AT + length
                if magic != VERSION or length <= 0 or end > len(view):  # the end of what was written
                    return
                if decode := DECODERS.get(attributes & 7):
                    yield decode(view[at + RECORDS_AT : end])
                at = end
