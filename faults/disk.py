"""A disk of its own that can be filled: a file system in memory of a few MiB, which only root may mount."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BALLAST = "ballast"


@contextmanager
def disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A disk of that size, mounted on the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "plumbline-faults", str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


def mountable() -> bool:
    """Whether this machine lets us."""
    try:
        with tempfile.TemporaryDirectory() as folder, disk(Path(folder), 1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def fill_up(folder: Path, left: int = 0) -> None:
    """Take all room but so many bytes."""
    with (folder / BALLAST).open("ab") as ballast:
        while (free := _free(folder) - left) > 0:
            with suppress(OSError):  # somebody else took some meanwhile
                os.posix_fallocate(ballast.fileno(), ballast.seek(0, os.SEEK_END), free)


def make_room(folder: Path) -> None:
    """Give it back."""
    (folder / BALLAST).unlink()


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
