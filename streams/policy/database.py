"""Hyperscan databases: compiled once per pack, kept on disk under the hash of what they hold."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

try:
    import hyperscan
except ImportError:  # no wheel for this machine: the result is the same without it, slower
    hyperscan = None

log = structlog.get_logger(__name__)

_FORM = "2"  # of the files: raised when the same sources are compiled otherwise
KEPT = 8  # databases in the cache folder


def cache_folder() -> Path:
    """Where compiled patterns are kept when no setting says so: the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plumbline"


def kept_at(sources: Sequence[str], cache: Path) -> Path:
    """The file in the cache folder that the compiled sources are kept in."""
    return cache / f"patterns-{_digest(sources)}.hs"


def database_of(sources: Sequence[str], cache: Path | None, *, literal: bool) -> Any:
    """The database of `sources`, numbered in their order; None without Hyperscan. `literal`: plain bytes; otherwise caseless expressions for UTF-8.

    Every match is reported, with its end. The scratch space belongs to it: one per process or thread.
    """
    if hyperscan is None or not sources:
        return None
    path = kept_at(sources, cache) if cache else None
    database = _read(path) if path else None
    if database is None:
        database = _compile(sources, literal=literal)
        if path:
            _write(path, hyperscan.dumpb(database))
    return database


def _digest(sources: Sequence[str]) -> str:
    content = "\0".join((_FORM, getattr(hyperscan, "__version__", ""), *sources))
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def _compile(sources: Sequence[str], *, literal: bool) -> Any:
    database = hyperscan.Database()
    flags = 0 if literal else hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_UTF8
    numbers = list(range(len(sources)))
    database.compile(expressions=[source.encode() for source in sources], ids=numbers, flags=[flags] * len(sources), literal=literal)
    return database


def _read(path: Path) -> Any:
    """A kept database, or None if there is none or it was made by another version or processor."""
    try:
        database = hyperscan.loadb(path.read_bytes(), hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except FileNotFoundError:
        return None
    except (OSError, hyperscan.HyperscanError, hyperscan.error) as error:
        log.warning("compiled patterns cannot be read; compiling again", path=str(path), error=type(error).__name__)
        return None
    return database


def _write(path: Path, content: bytes) -> None:
    """Keep a database in one step. A folder that cannot be written costs a compile per start, nothing else."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.write_bytes(content)
        temporary.replace(path)
        for old in sorted(path.parent.glob("patterns-*.hs"), key=lambda each: each.stat().st_mtime)[:-KEPT]:
            old.unlink()
    except OSError as error:
        log.warning("compiled patterns are not kept", path=str(path), error=error.strerror)
        with suppress(OSError):
            temporary.unlink()
