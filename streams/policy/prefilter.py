"""Which patterns may match: the segments of all patterns in one Hyperscan database; without Hyperscan, every pattern may.

A pattern may match when all of its segments are in the text, in whatever order and distance: too much is let through, never too little; RE2 confirms.
The database is compiled once per pack and kept on disk under the pack's hash.
"""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import structlog

from streams.policy.pattern import Expression

try:
    import hyperscan
except ImportError:  # no wheel for this machine: RE2 alone gives the same result, slower
    hyperscan = None

log = structlog.get_logger(__name__)


class Prefilter(Protocol):
    """Says which patterns may match a text."""

    def candidates(self, text: bytes) -> Sequence[int]:
        """Numbers of the patterns that may match UTF-8 `text`, in ascending order."""


class EveryPattern:
    """The prefilter that excludes nothing."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        self._all = range(len(expressions))

    def candidates(self, text: bytes) -> Sequence[int]:  # noqa: ARG002
        return self._all


class Compiled:
    """The prefilter on Hyperscan. One per process: the scratch space is not shared between threads."""

    def __init__(self, database: Any, plan: "Plan") -> None:
        self._database, self._scan, self._plan = database, database.scan, plan
        self._hits = hits = []

        def note(number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            hits.append(number)

        self._note = note

    def candidates(self, text: bytes) -> Sequence[int]:
        hits = self._hits
        if hits:
            hits.clear()
        self._scan(text, match_event_handler=self._note)
        return self._plan.candidates(hits) if hits else ()


class Plan:
    """Which segments each pattern needs. Of these the one that the fewest patterns share is its trigger."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        uses = Counter(segment for expression in expressions for segment in expression.segments)
        self.segments = sorted(uses)
        numbers = {segment: number for number, segment in enumerate(self.segments)}
        self._triggered: list[list[tuple[int, frozenset[int]]]] = [[] for _ in self.segments]
        for number, expression in enumerate(expressions):
            trigger = min(expression.segments, key=lambda segment: (uses[segment], segment))
            others = frozenset(numbers[segment] for segment in expression.segments if segment != trigger)
            self._triggered[numbers[trigger]].append((number, others))

    def candidates(self, hits: Sequence[int]) -> Sequence[int]:
        """Patterns all of whose segments are among the hits, in ascending order."""
        found, seen = [], None
        for hit in hits:
            for number, others in self._triggered[hit]:
                if others:
                    seen = seen or set(hits)
                    if not others <= seen:
                        continue
                found.append(number)
        return sorted(set(found)) if found else ()


def cache_folder() -> Path:
    """Where compiled patterns are kept when no setting says so: the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "plumbline"


def prefilter_for(expressions: Sequence[Expression], *, name: str, cache: Path | None, with_hyperscan: bool = True) -> Prefilter:
    """The best prefilter that this machine has. `name` tells the pack apart in the `cache` folder."""
    if hyperscan is None or not with_hyperscan or not expressions:
        return EveryPattern(expressions)
    plan = Plan(expressions)
    path = cache / f"{name}-hyperscan-{hyperscan.__version__}.db" if cache else None
    database = _read(path) if path else None
    if database is None:
        database = _compile(plan.segments)
        if path:
            _write(path, hyperscan.dumpb(database))
    return Compiled(database, plan)


def _compile(segments: Sequence[str]) -> Any:
    database = hyperscan.Database()
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(expressions=[segment.encode() for segment in segments], ids=list(range(len(segments))), flags=[flags] * len(segments))
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
    except OSError as error:
        log.warning("compiled patterns are not kept", path=str(path), error=error.strerror)
        with suppress(OSError):
            temporary.unlink()
