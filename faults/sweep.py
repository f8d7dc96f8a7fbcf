"""Kill one insert at each of its system calls, restart, insert the same rows again, count. On our own tables, with their views.

Random kills are too weak a test for this: a window of microseconds between two renames is met only by aiming at it.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from streams.errors import MissingPart

CALLS = ("rename", "write", "mkdir", "fsync")
CHILD = [sys.executable, "-m", "faults.sweep_child"]
RIGHT = "20 20 20 20 20"  # rows of events and verdicts, counts of the three signals


class Point(NamedTuple):
    """The k-th call of one kind within an insert, and what the tables held after the retry."""

    design: str
    call: str
    k: int
    found: str

    @property
    def right(self) -> bool:
        return self.found == RIGHT


def sweep(design: str, *, each: int = 1, say: Callable[[str], None] = lambda _text: None) -> list[Point]:
    """Kill at every `each`-th call. `design`: `keys` is ours, `tokens` the control with insert tokens on plain tables.

    Raises:
        MissingPart: strace is not installed.
    """
    if not shutil.which("strace"):
        raise MissingPart("strace is not installed", cause="the sweep kills inserts at their system calls", command="apt-get install strace")
    with tempfile.TemporaryDirectory(prefix="plumbline-sweep-") as folder:
        work = Path(folder)
        _child(work / "db", design, "init")
        shutil.copytree(work / "db", work / "start", symlinks=True)  # the engine's links are absolute: it always runs in db/
        points = [at for call in CALLS for at in _points(work, design, call)][::each]
        found = []
        for number, (call, k) in enumerate(points, 1):
            found.append(Point(design, call, k, _killed(work, design, call, k)))
            say(f"  {design}: {number} of {len(points)} kill points, {sum(not point.right for point in found)} wrong")
    return found


def _points(work: Path, design: str, call: str) -> Iterator[tuple[str, int]]:
    """The calls between the marks that the child writes around its insert."""
    trace = work / "trace"
    _fresh(work)
    _child(work / "db", design, "insert", "strace", "-f", "-e", f"trace={call},write", "-s", "40", "-o", str(trace))
    count, within = 0, False
    for line in trace.read_text(errors="replace").splitlines():
        name = re.search(r"\d+ +(\w+)\(", line)
        if "MARK-BEFORE" in line or "MARK-AFTER" in line:
            within = "MARK-BEFORE" in line
            count += call == "write"
        elif name and name[1] == call:
            count += 1
            if within:
                yield call, count


def _killed(work: Path, design: str, call: str, k: int) -> str:
    _fresh(work)
    inject = f"inject={call}:signal=SIGKILL:error=EIO:when={k}"
    _child(work / "db", design, "insert", "strace", "-f", "-e", f"trace={call}", "-e", inject, "-o", os.devnull)
    return _child(work / "db", design, "retry")


def _fresh(work: Path) -> None:
    shutil.rmtree(work / "db", ignore_errors=True)
    shutil.copytree(work / "start", work / "db", symlinks=True)


def _child(folder: Path, design: str, step: str, *wrapper: str) -> str:
    done = subprocess.run([*wrapper, *CHILD, str(folder), design, step], capture_output=True, text=True, timeout=90, check=False)
    return done.stdout.strip().rpartition("\n")[2]
