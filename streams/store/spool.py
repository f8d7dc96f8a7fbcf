"""An INSERT's data as a file that the engine reads: in memory while small, then on disk, and gone with the process in any case.

chDB's own stream (`send_insert`, 4.4) reports success when the write fails (too many partitions, a constraint, a view): silent loss.
`FROM INFILE` reports every error, and costs the same.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from streams.store.bodies import Plain
from streams.store.statement import Refused

IN_MEMORY = 64 << 20


@contextmanager
def spooled(first: bytes, rest: Plain, folder: Path) -> Iterator[str]:
    """Receive all of the data, then give the path to read it from.

    Raises:
        BadBody, BodyTooLarge: the body breaks off.
        Refused: there is no room for it; the same statement may be sent again.
    """
    file = _memory_file(folder)
    try:
        size, piece = 0, first or rest.read()
        while piece:
            with _room():
                if size <= IN_MEMORY < size + len(piece):
                    file = _to_disk(file, folder)
                file.write(piece)
            size += len(piece)
            piece = rest.read()
        with _room():
            file.flush()
        yield _path(file)
    finally:
        with suppress(OSError):  # closing tries again to write what found no room
            file.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(243, "NOT_ENOUGH_SPACE", f"Not enough space for the data of an insert: {error.strerror}") from error


def _memory_file(folder: Path) -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("insert"), "w+b")
    return _disk_file(folder)


def _disk_file(folder: Path) -> BinaryIO:
    if Path("/proc/self/fd").is_dir():
        return tempfile.TemporaryFile(dir=folder)  # without a name: nothing stays after a kill
    return tempfile.NamedTemporaryFile(dir=folder)  # type: ignore[return-value]


def _to_disk(file: BinaryIO, folder: Path) -> BinaryIO:
    disk = _disk_file(folder)
    file.seek(0)
    while piece := file.read(1 << 20):
        disk.write(piece)
    file.close()
    return disk


def _path(file: BinaryIO) -> str:
    return f"/proc/self/fd/{file.fileno()}" if Path("/proc/self/fd").is_dir() else file.name
