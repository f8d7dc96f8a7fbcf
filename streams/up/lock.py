"""One supervisor per data folder."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from streams.errors import ConfigurationError


def lock_file(data_dir: Path) -> Path:
    """The file whose lock a running supervisor holds. It says who that is: `{"pid": …, "page": …}`."""
    return data_dir / "up.lock"


@contextmanager
def sole_supervisor(data_dir: Path) -> Iterator[IO[str]]:
    """Hold the folder's lock: the kernel frees it with the process, however that ends.

    Raises:
        ConfigurationError: another supervisor holds it, or the folder cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # the broker's log holds prompts
        lock = lock_file(data_dir).open("a+")
    except OSError as error:
        raise ConfigurationError(f"the data folder {data_dir} cannot be written", cause=str(error), command="choose another data_dir") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _already_runs(data_dir, lock) from error
        describe(lock)
        yield lock
        lock.truncate(0)


def describe(lock: IO[str], page: str = "") -> None:
    """Say in the lock's file who holds it and where its page is."""
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "page": page}))
    lock.flush()


def is_free(path: Path) -> bool:
    """Whether nothing holds the lock of this file."""
    try:
        with path.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _already_runs(data_dir: Path, lock: IO[str]) -> ConfigurationError:
    lock.seek(0)
    try:
        holder = json.loads(lock.read())
    except ValueError:
        holder = {}
    page = f"; its page is {holder['page']}" if holder.get("page") else ""
    return ConfigurationError(
        f"plumbline up already runs on {data_dir}",
        cause=f"process {holder.get('pid', 'unknown')} holds its lock{page}",
        command=f"kill {holder['pid']}, or choose another folder with PLUMBLINE_DATA_DIR" if "pid" in holder else "choose another data_dir",
    )
