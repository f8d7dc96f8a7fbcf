"""One part as a child process: started, started again with backoff when it dies, stopped in time."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from streams.errors import EXIT_CONFIGURATION, EXIT_MISSING, EXIT_UNAVAILABLE, EXIT_USAGE, PlumblineError
from streams.processes import end_with_parent
from streams.up.log_tail import LogTail

log = structlog.get_logger()

POLL_S, READY_POLL_S = 0.05, 0.15
MOST_DEATHS = 5
BACKOFF_S = (0.25, 0.5, 1.0, 2.0)
STEADY_S = 30.0  # who lived so long has not died "in a row"
HOPELESS = frozenset({EXIT_USAGE, EXIT_CONFIGURATION, EXIT_MISSING})  # another try changes nothing; one is made, for a port or lock just taken


class GaveUp(PlumblineError):
    """A part cannot be kept running. Its exit code is the part's own where that says something."""

    def __init__(self, name: str, deaths: int, code: int, tail: LogTail) -> None:
        times = f"{deaths} times in a row" if deaths > 1 else "at once"
        super().__init__(f"{name} ended {times} ({ending(code)})", cause=tail.last_words() or "its log says nothing", command=f"tail -50 {tail.path}")
        self.exit_code = code if code in HOPELESS else EXIT_UNAVAILABLE


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is run. `once`: until its end, which must be success. `visible`: what it writes on standard error is for the person who started us."""

    name: str
    command: Sequence[str]
    environment: Callable[[], Mapping[str, str]] = field(default=dict)  # asked at each start
    stop_s: float = 5
    once: bool = False
    visible: bool = False
    parent_gone: signal.Signals = signal.SIGKILL
    started: Callable[[int], None] = lambda _pid: None


class Child:
    """The process of one part, over all its starts."""

    def __init__(self, part: Part, logs: Path, *, backoff_s: Sequence[float] = BACKOFF_S) -> None:
        self.part, self.tail = part, LogTail(part.name, logs / f"{part.name}.log")
        self._backoff_s, self.starts = backoff_s, 0
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def keep_running(self) -> None:
        """Run until cancelled; a part that is to run once, until it succeeded.

        Raises:
            GaveUp: it died too often in a row.
        """
        deaths, last = 0, None
        while True:
            began = time.monotonic()
            self._start()
            code = await self._ended()
            if self.part.once and code == 0:
                return
            deaths = 1 if time.monotonic() - began > STEADY_S else deaths + 1
            if deaths >= MOST_DEATHS or (code in HOPELESS and code == last):
                raise GaveUp(self.part.name, deaths, code, self.tail)
            last, pause = code, self._backoff_s[min(deaths, len(self._backoff_s)) - 1]
            log.warning("a part ended by itself; it is started again", part=self.part.name, ending=ending(code), pause_s=pause)
            await asyncio.sleep(pause)

    async def wait_ready(self, check: Callable[[], Awaitable[bool]], within_s: float) -> None:
        """Return when the check says that the part serves.

        Raises:
            PlumblineError: it does not within the time.
        """
        deadline = time.monotonic() + within_s
        while not (self.pid and await check()):
            if time.monotonic() > deadline:
                words = self.tail.last_words() or "its log says nothing"
                raise PlumblineError(f"{self.part.name} does not serve after {within_s:.0f} s", cause=words, command=f"tail -50 {self.tail.path}")
            await asyncio.sleep(READY_POLL_S)

    async def stop(self) -> None:
        """Ask it to stop; kill it and all that it started when it takes longer than it may."""
        if self.pid is None:
            return
        began = time.monotonic()
        self._process.terminate()
        while self.pid and time.monotonic() - began < self.part.stop_s:
            await asyncio.sleep(POLL_S)
        if self.pid:
            log.warning("a part did not stop in time and was killed", part=self.part.name, after_s=self.part.stop_s)
            self.kill()
        log.info("stopped", part=self.part.name, seconds=round(time.monotonic() - began, 1))

    def kill(self) -> None:
        """End it and all that it started, now."""
        if self.pid:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _start(self) -> None:
        self.starts += 1
        with self.tail.path.open("ab") as file:
            self._process = subprocess.Popen(
                self.part.command,
                env={**os.environ, **self.part.environment()},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=None if self.part.visible else file,
                start_new_session=True,  # the terminal's Ctrl-C is for us alone: the parts stop in their order
                preexec_fn=partial(end_with_parent, parent=os.getpid(), by=self.part.parent_gone),  # noqa: PLW1509
            )
        self.part.started(self._process.pid)
        log.debug("started", part=self.part.name, pid=self._process.pid)

    async def _ended(self) -> int:
        while (code := self._process.poll()) is None:
            await asyncio.sleep(POLL_S)
        return code


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
