"""What the store says where there is no room."""

import errno
from pathlib import Path

import pytest

from streams.errors import Retry
from streams.store import spool
from streams.store.folder import room_to_start
from streams.store.statement import Refused

FULL = Path("/dev/full")


class Rest:
    """The pieces of a body."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def test_small_data_stays_in_memory_and_large_data_is_read_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 20)
    for pieces in ((b"small",), (b"in several ", b"pieces, and more than fits")):
        with spool.spooled(b"first ", Rest(*pieces), tmp_path) as path:
            assert Path(path).read_bytes() == b"first " + b"".join(pieces)


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full on this system")
def test_an_insert_that_finds_no_room_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_memory_file", lambda _folder: FULL.open("w+b"))
    with pytest.raises(Refused, match="No space left") as refused, spool.spooled(b"data", Rest(), tmp_path):
        pass
    assert (refused.value.code, refused.value.name) == (243, "NOT_ENOUGH_SPACE")


def test_a_start_on_a_full_disk_says_so_and_other_failures_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(Retry, match="full disk") as full, room_to_start(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(tmp_path) in full.value.command
    with pytest.raises(PermissionError), room_to_start(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied")
