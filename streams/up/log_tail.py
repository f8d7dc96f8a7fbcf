"""The parts' logs: what they write goes straight to a file each; their warnings and errors are repeated on our standard error."""

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger()

LARGEST_BYTES = 32 << 20
MOST_LINES = 10  # repeated per look, and each text once in a while, so that a part in trouble cannot drown the others
QUIET_S = 30
JSON_LEVELS = frozenset({"warning", "error", "critical"})
PLAIN_LEVEL = re.compile(r"\] (WARN|ERROR|FATAL) (.*)")  # as the broker writes: [time] LEVEL message (class)
NUMBER = re.compile(r"[0-9.]+")
OF_EVERY_LINE = frozenset({"event", "level", "timestamp", "part"})


class LogTail:
    """Follows one log file from its present end. The file is written by the part itself, so a supervisor that hangs or dies holds nobody up."""

    def __init__(self, part: str, path: Path) -> None:
        self.part, self.path = part, path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._at, self._rest = path.stat().st_size if path.exists() else 0, b""
        self._said: dict[str, float] = {}

    def repeat(self) -> None:
        """Pass on the warnings and errors that came since the last look; keep the file within its bound."""
        found = [spoken for line in self._new_lines() if (spoken := warning_in(line)) and self._is_news(spoken[1])]
        for level, event, fields in found[:MOST_LINES]:
            getattr(log, level)(event, part=self.part, **fields)
        if len(found) > MOST_LINES:
            log.warning("and more warnings", part=self.part, lines=len(found) - MOST_LINES, log=str(self.path))
        if self._at > LARGEST_BYTES:
            self._rotate()

    def last_words(self, lines: int = 3) -> str:
        """The end of the log, for a message that says why the part died."""
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - 8_192))
            text = file.read().decode(errors="replace")
        return "\n         ".join(map(_readable, text.strip().splitlines()[-lines:]))

    def _is_news(self, event: str) -> bool:
        """Whether this has not been said for a while. Numbers do not make a text another one."""
        now, shape = time.monotonic(), NUMBER.sub("0", event)
        self._said = {text: at for text, at in self._said.items() if now - at < QUIET_S}
        return self._said.setdefault(shape, now) == now

    def _new_lines(self) -> list[str]:
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._at)
            *lines, self._rest = (self._rest + file.read()).split(b"\n")
            self._at = file.tell()
        return [line.decode(errors="replace") for line in lines]

    def _rotate(self) -> None:
        """Copy and cut: the part has the file open for appending and goes on at its new end."""
        shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
        with self.path.open("r+b") as file:
            file.truncate(0)
        self._at, self._rest = 0, b""


def warning_in(line: str) -> tuple[str, str, dict[str, Any]] | None:
    """Level, event and fields of a line that warns; None for every other line."""
    if line.startswith("{"):
        try:
            fields = json.loads(line)
        except ValueError:
            return None
        if fields.get("level") not in JSON_LEVELS:
            return None
        if trace := fields.pop("exception", ""):
            fields["error"] = str(trace).strip().rpartition("\n")[2]  # the log has all of it
        return fields["level"], str(fields.get("event", "")), {name: value for name, value in fields.items() if name not in OF_EVERY_LINE}
    if match := PLAIN_LEVEL.search(line):
        return ("warning" if match[1] == "WARN" else "error"), match[2], {}
    return ("error", line.removeprefix("error: "), {}) if line.startswith("error: ") else None


def _readable(line: str) -> str:
    try:
        fields = json.loads(line)
        return f"{fields['level']}: {fields['event']}" + (f" ({fields['error']})" if "error" in fields else "")
    except (ValueError, KeyError, TypeError):
        return line
