"""Imported by every Python process that starts with this folder on its path: says to a file, each second, where the process spends its CPU.

The timer counts CPU, not time. A long call into C answers late, so a sample weighs what has been used since the one before. CPU of other threads than
the main one is given to whichever of them is in code that we know.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

KNOWN = ("streams", "schemas", "aiokafka", "faust", "mode", "clickhouse_connect", "asyncio", "multiprocessing", "concurrent")
EVERY_S = 0.003
folder = os.environ.get("BENCH_SAMPLES")
spent: Counter[str] = Counter()
last = {"process": 0.0, "thread": 0.0, "written": 0.0}


def place(frame: FrameType | None) -> str:
    """The innermost module that we know; a module of ours by its whole name, others by their package."""
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        package = name.split(".", 1)[0]
        if package in KNOWN:
            return name if package in ("streams", "schemas") else package
        frame = frame.f_back
    return "other"


def sample(_number: int, frame: FrameType | None) -> None:
    """Weigh what has been used since the last sample."""
    process, thread = time.process_time(), time.thread_time()
    ours = min(thread - last["thread"], process - last["process"])
    spent[place(frame)] += ours
    if (rest := process - last["process"] - ours) > 0:
        spent[_elsewhere()] += rest
    last.update(process=process, thread=thread)
    if time.monotonic() - last["written"] > 1:
        last["written"] = time.monotonic()
        write()


def _elsewhere() -> str:
    """Where another thread is at work, as far as one can see: one that waits in the pool of threads does not count."""
    main = threading.main_thread().ident
    places = [place(frame) for ident, frame in sys._current_frames().items() if ident != main]
    return next((f"{name} (thread)" for name in places if name.startswith(("streams", "clickhouse_connect"))), "threads")


def write() -> None:
    """The file is replaced whole, so that a reader sees all of one moment."""
    path = Path(folder or "", f"{os.getpid()}.json")
    path.with_suffix(".new").write_text(json.dumps(spent))
    path.with_suffix(".new").replace(path)


if folder:
    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
