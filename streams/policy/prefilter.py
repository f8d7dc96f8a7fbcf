"""Which patterns may match a text: the anchors of all patterns in one Hyperscan database; without Hyperscan, every pattern may.

Too much is let through, never too little; RE2 confirms. The database is compiled once per pack and kept on disk under the hash of what it holds.
"""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import structlog

try:
    import hyperscan
except ImportError:  # no wheel for this machine: RE2 alone gives the same result, slower
    hyperscan = None

log = structlog.get_logger(__name__)

# One or two sets of anchors; a text must hold one of each for the pattern to match.
Needs = tuple[tuple[str, ...], ...]

KEPT = 8  # databases in the cache folder


class Prefilter(Protocol):
    """Says which patterns may match a text."""

    def candidates(self, text: bytes) -> Sequence[int]:
        """Numbers of the patterns that may match UTF-8 `text`, in ascending order."""


class EveryPattern:
    """The prefilter that excludes nothing."""

    def __init__(self, patterns: Sequence[Needs]) -> None:
        self._all = range(len(patterns))

    def candidates(self, text: bytes) -> Sequence[int]:  # noqa: ARG002
        return self._all


class Anchored:
    """The prefilter on Hyperscan. One per process: the scratch space is not shared between threads."""

    def __init__(self, database: Any, plan: "Plan") -> None:
        self._database, self._scan, self._first, self._second = database, database.scan, plan.first, plan.second
        self._hits = hits = []

        def note(number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            hits.append(number)

        self._note = note

    def candidates(self, text: bytes) -> Sequence[int]:
        self._scan(text, match_event_handler=self._note)
        hits = self._hits
        if not hits:
            return ()
        first, second = self._first, self._second
        named = {number for hit in hits for number in first[hit]}
        found = [number for number in named if (also := second[number]) is None or not also.isdisjoint(hits)]
        hits.clear()
        return sorted(found) if len(found) > 1 else found


class Plan:
    """What the database looks for, and what its hits say.

    `first`: anchor -> patterns that may match if it is there. `second`: pattern -> anchors of which one must have been hit, too.
    """

    def __init__(self, patterns: Sequence[Needs]) -> None:
        self.sources = sorted({anchor for needs in patterns for each in needs for anchor in each})
        numbers = {source: number for number, source in enumerate(self.sources)}
        self.first: list[list[int]] = [[] for _ in self.sources]
        self.second: list[frozenset[int] | None] = []
        for pattern, needs in enumerate(patterns):
            self.second.append(frozenset(numbers[anchor] for anchor in needs[1]) if len(needs) > 1 else None)
            for anchor in sorted(numbers[anchor] for anchor in needs[0]):
                self.first[anchor].append(pattern)


def cache_folder() -> Path:
    """Where compiled patterns are kept when no setting says so: the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plumbline"


def prefilter_for(patterns: Sequence[Needs], *, cache: Path | None, with_hyperscan: bool = True) -> Prefilter:
    """The best prefilter that this machine has. Compiled databases are kept in the folder `cache`."""
    if hyperscan is None or not with_hyperscan or not patterns:
        return EveryPattern(patterns)
    plan = Plan(patterns)
    return Anchored(_database(plan.sources, cache), plan)


def kept_at(patterns: Sequence[Needs], cache: Path) -> Path:
    """The file in the cache folder that the compiled patterns are kept in."""
    return cache / f"patterns-{_digest(Plan(patterns).sources)}.hs"


def _database(sources: Sequence[str], cache: Path | None) -> Any:
    path = cache / f"patterns-{_digest(sources)}.hs" if cache else None
    database = _read(path) if path else None
    if database is None:
        database = _compile(sources)
        if path:
            _write(path, hyperscan.dumpb(database))
    return database


def _digest(sources: Sequence[str]) -> str:
    content = "\0".join((getattr(hyperscan, "__version__", ""), *sources))
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def _compile(sources: Sequence[str]) -> Any:
    database = hyperscan.Database()
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(expressions=[source.encode() for source in sources], ids=list(range(len(sources))), flags=[flags] * len(sources))
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
