"""The store's folder: who owns it, where the engine's files and copies in the making are, and how a restored engine takes the place of another."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.errors import ConfigurationError, Retry

ENGINE, BACKUPS, REPLACED = "engine", "backups", "engine.replaced"


@contextmanager
def room_to_start(folder: Path) -> Iterator[None]:
    """Say it in words when the disk is full.

    Raises:
        Retry: it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Retry(f"the store cannot start on a full disk: {folder}", cause=str(error), command=f"df -h {folder}; df -i {folder}") from error


@contextmanager
def sole_owner(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: the kernel frees it with the process, however that ends.

    Raises:
        ConfigurationError: another process holds it.
    """
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise ConfigurationError(
                f"another store already runs on {folder}",
                cause=f"process {lock.read().strip() or 'unknown'} holds its lock",
                command="stop it, or choose another data_dir",
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def settle(folder: Path) -> None:
    """Bring the folder in order after whoever was killed on it: copies in the making go, of an interrupted replacement one engine stays."""
    shutil.rmtree(folder / BACKUPS, ignore_errors=True)
    (folder / BACKUPS).mkdir(mode=0o700)
    if (folder / REPLACED).exists():
        if (folder / ENGINE).exists():
            shutil.rmtree(folder / REPLACED)
        else:
            (folder / REPLACED).rename(folder / ENGINE)


def replace_engine(folder: Path, fresh: Path) -> None:
    """Put the engine's files in `fresh` in the place of the present ones, which go. Killed anywhere, one of the two is left whole."""
    settle(folder)
    if (folder / ENGINE).exists():
        (folder / ENGINE).rename(folder / REPLACED)
    fresh.rename(folder / ENGINE)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    settle(folder)
