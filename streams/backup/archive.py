"""The file of a backup: a plain tar of the engine's own copy, and last in it `manifest.json`, which names every file with its SHA-256.

It gets its name when all of it is on the disk; whatever is cut short has no manifest.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from streams.errors import ConfigurationError, UsageError

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1 << 20

Advance = Callable[[float], None]  # takes the bytes so far


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. Times are RFC 3339."""

    format: int
    made_at: str
    plumbline: str  # version
    engine: str  # version of ClickHouse
    database: str
    migrations: list[str]  # names of those that the database has
    pack_hash: str  # the pack of the live run; empty before the first worker
    key: str  # fingerprint of the hash key
    landed: list[dict[str, Any]]  # topic, partition, next: the first offset that had not landed
    tables: dict[str, dict[str, Any]]  # rows (copies included), bytes, sha256 (of the table's files)
    files: dict[str, dict[str, Any]]  # bytes, sha256


class NotWhole(ConfigurationError):
    """The file is no backup, or not all of one."""


def pack(folder: Path, target: Path, manifest: Callable[[dict[str, dict[str, Any]]], Manifest], advance: Advance) -> Manifest:
    """Write all files of `folder` and the manifest, which is made from their sizes and hashes, to `target` in one step.

    Raises:
        ConfigurationError: it cannot be written.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as output:
            with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as tar:
                made = manifest(dict(_added(tar, folder, advance)))
                text = json.dumps(asdict(made), indent=1).encode()
                tar.addfile(_header(MANIFEST, len(text)), io.BytesIO(text))
            output.flush()
            os.fsync(output.fileno())
        part.rename(target)
        _sync(target.parent)
    except OSError as error:
        raise ConfigurationError(f"the backup {target} cannot be written", cause=str(error), command="choose another place") from error
    finally:
        part.unlink(missing_ok=True)
    return made


def _added(tar: tarfile.TarFile, folder: Path, advance: Advance) -> Iterator[tuple[str, dict[str, Any]]]:
    done = 0
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name, size = path.relative_to(folder).as_posix(), path.stat().st_size
        with path.open("rb") as file:
            hashing = _Hashing(file)
            tar.addfile(_header(name, size), hashing)
        done += size
        advance(done)
        yield name, {"bytes": size, "sha256": hashing.digest.hexdigest()}


def read_manifest(file: Path) -> Manifest:
    """What the file says of itself.

    Raises:
        NotWhole: it is no backup, or one that was cut short.
        ConfigurationError: a newer Plumbline made it.
    """
    with _opened(file) as tar:
        last = tar.getmembers()[-1:]
        if not last or last[0].name != MANIFEST:
            raise _not_whole(file, f"it has no {MANIFEST} at its end")
        found = json.loads(tar.extractfile(last[0]).read())
    if found.get("format") != FORMAT:
        raise ConfigurationError(
            f"{file} is a backup of format {found.get('format')}",
            cause=f"this Plumbline reads format {FORMAT}",
            command="install the version that made it",
        )
    return Manifest(**{each.name: found[each.name] for each in fields(Manifest)})


def unpack(file: Path, manifest: Manifest, folder: Path | None, advance: Advance) -> None:
    """Check every file against the manifest, and write them to `folder` unless it is None.

    Raises:
        NotWhole: a file is missing, too many, or not as it was.
    """
    left, done = dict(manifest.files), 0
    with _opened(file) as tar:
        for member in tar:
            if member.name == MANIFEST:
                continue
            wanted = left.pop(member.name, None)
            if wanted is None or not member.isfile():
                raise _not_whole(file, f"it holds {member.name}, which its manifest does not name")
            if _copied(tar.extractfile(member), folder / member.name if folder else None) != wanted["sha256"]:
                raise _not_whole(file, f"{member.name} is not as it was written")
            done += wanted["bytes"]
            advance(done)
    if left:
        raise _not_whole(file, f"{len(left)} files are missing, among them {min(left)}")


def _copied(source: BinaryIO, target: Path | None) -> str:
    """Write the file and return its SHA-256."""
    hashing = _Hashing(source)
    if target is None:
        while hashing.read(PIECE):
            pass
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as output:
            while piece := hashing.read(PIECE):
                output.write(piece)
    return hashing.digest.hexdigest()


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as tar:
            yield tar
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {file}", command="plumbline backup FILE makes one") from error
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError) as error:
        raise _not_whole(file, str(error) or type(error).__name__) from error


def _not_whole(file: Path, why: str) -> NotWhole:
    return NotWhole(f"{file} is not a whole backup", cause=why, command="take another: plumbline restore FILE --check tells whether one is whole")


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o600
    return header


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece
