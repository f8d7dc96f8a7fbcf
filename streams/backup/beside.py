"""What of the data folder goes along with the store: small files that a restored store needs beside it.

The hash key does not: whoever holds a backup and that key can tell whose the rows are.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from streams.clickhouse.erasure_file import FILE as TOMBSTONES
from streams.errors import ConfigurationError
from streams.evidence.keys import FILE as SEALING_KEY
from streams.privacy import make_secret

BESIDE = "beside"  # folder within the copy
RETAGS = "retags"  # how far each retag had come: never ahead of the store that it is restored with
KEPT = (SEALING_KEY, "demo.json")  # what a folder has of its own stays
FOUND = (*KEPT, TOMBSTONES, f"{RETAGS}/*.json")


def collect(data_dir: Path) -> dict[str, bytes]:
    """The files, by their path in the data folder. Collect before the store is copied: a checkpoint that is older than it costs time alone.

    Raises:
        ConfigurationError: one cannot be read.
    """
    try:
        return {path.relative_to(data_dir).as_posix(): path.read_bytes() for pattern in FOUND for path in sorted(data_dir.glob(pattern))}
    except OSError as error:
        raise ConfigurationError(f"{error.filename} cannot be read", cause=str(error), command="plumbline doctor") from error


def lay(files: Mapping[str, bytes], copy: Path) -> None:
    """Put the files into the copy of the store."""
    (copy / BESIDE).mkdir()
    for name, content in files.items():
        path = copy / BESIDE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def put_back(source: Path, data_dir: Path) -> str:
    """Place the files of a copy (`source` is its folder BESIDE) in the data folder.

    Returns:
        Why the sealing key was not placed; empty if it was, or if there is none.
    """
    shutil.rmtree(data_dir / RETAGS, ignore_errors=True)
    if (source / RETAGS).exists():
        shutil.copytree(source / RETAGS, data_dir / RETAGS)
    for name in KEPT:
        if (source / name).exists():
            make_secret(data_dir / name, (source / name).read_bytes())  # leaves one that is there
    mine, theirs = data_dir / SEALING_KEY, source / SEALING_KEY
    if theirs.exists() and mine.read_bytes() != theirs.read_bytes():
        return f"{mine} is another sealing key than the backup's and stays: verify with the public keys of both"
    return ""
