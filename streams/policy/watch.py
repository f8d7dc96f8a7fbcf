"""Notices that a pack's folder has changed, and checks what is there before anyone uses it."""

from pathlib import Path

import structlog

from streams.errors import ConfigurationError
from streams.policy.pack import SHIPPED, Pack

log = structlog.get_logger(__name__)

Stamp = tuple[tuple[str, int, int], ...]


class PackWatch:
    """Watches the folder that a pack came from. Ask it every few seconds."""

    def __init__(self, folder: Path | None, running: Pack) -> None:
        self._folder, self._running = folder or SHIPPED, running
        self._known = self._last = _stamp(self._folder)

    def changed(self) -> Pack | None:
        """A pack that checks and is another than the running one; None while nothing changed or files still change. A bad one is logged, once."""
        now, before = _stamp(self._folder), self._last
        self._last = now
        if now != before or now == self._known:  # wait until what was copied is whole
            return None
        self._known = now
        try:
            pack = Pack.load(self._folder)
        except (ConfigurationError, OSError) as error:
            message = "the changed policy pack is not used; the running one stays"
            log.error(message, running=self._running.hash, problem=str(error))  # noqa: TRY400  the problem says it all, a traceback nothing
            return None
        if pack.hash == self._running.hash:
            return None
        self._running = pack
        return pack


def _stamp(folder: Path) -> Stamp:
    """Which files there are, when they were written, and their sizes."""
    found = []
    for path in sorted(folder.rglob("*.toml")):
        try:
            facts = path.stat()
        except OSError:  # gone between listing and asking
            continue
        found.append((path.relative_to(folder).as_posix(), facts.st_mtime_ns, facts.st_size))
    return tuple(found)
