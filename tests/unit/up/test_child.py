"""One part as a child process: what happens when it dies, does not stop, or loses its supervisor."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams.errors import EXIT_CONFIGURATION, EXIT_UNAVAILABLE, PlumblineError
from streams.up.child import MOST_DEATHS, Child, GaveUp, Part

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"


def child(logs: Path, code: str, **options) -> Child:
    part = Part(**{"name": "part", "command": [sys.executable, "-c", code], "stop_s": 2} | options)
    return Child(part, logs, backoff_s=(0.01,))


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


async def until(condition, within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


async def test_a_part_that_is_killed_is_started_again(tmp_path: Path) -> None:
    running = child(tmp_path, SLEEPS)
    keeping = asyncio.create_task(running.keep_running())
    await until(lambda: running.pid)
    first = running.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: running.pid and running.pid != first)
    keeping.cancel()
    await running.stop()
    assert running.starts == 2 and running.pid is None


async def test_a_part_that_keeps_dying_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    running = child(tmp_path, "import sys; sys.exit('error: the moon is not reachable')")
    with pytest.raises(GaveUp) as caught:
        await running.keep_running()
    assert running.starts == MOST_DEATHS
    assert "5 times in a row (exit status 1)" in caught.value.what
    assert "the moon is not reachable" in caught.value.cause
    assert str(tmp_path / "part.log") in caught.value.command
    assert caught.value.exit_code == EXIT_UNAVAILABLE


async def test_a_part_that_is_wrongly_configured_is_tried_once_more_and_no_oftener(tmp_path: Path) -> None:
    running = child(tmp_path, f"import sys; sys.exit({EXIT_CONFIGURATION})")
    with pytest.raises(GaveUp) as caught:
        await running.keep_running()
    assert running.starts == 2 and caught.value.exit_code == EXIT_CONFIGURATION


async def test_a_part_that_runs_once_ends_with_its_success(tmp_path: Path) -> None:
    running = child(tmp_path, "pass", once=True)
    await asyncio.wait_for(running.keep_running(), 10)
    assert running.starts == 1


async def test_a_part_that_runs_once_is_repeated_until_it_succeeds(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"import pathlib, sys; mark = pathlib.Path({str(mark)!r}); seen = mark.exists(); mark.touch(); sys.exit(not seen)"
    running = child(tmp_path, code, once=True)
    await asyncio.wait_for(running.keep_running(), 10)
    assert running.starts == 2


async def test_a_part_that_does_not_stop_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "inner = os.fork()\n"
        "if inner: print(inner, flush=True)\n"
        "time.sleep(60)\n"
    )
    running = child(tmp_path, code, stop_s=0.3)
    keeping = asyncio.create_task(running.keep_running())
    await until(lambda: (tmp_path / "part.log").exists() and (tmp_path / "part.log").read_text().endswith("\n"))
    outer, inner = running.pid, int((tmp_path / "part.log").read_text())
    keeping.cancel()
    await running.stop()
    await until(lambda: is_gone(outer) and is_gone(inner))


def test_a_part_whose_supervisor_is_killed_ends_too(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "from streams.up.child import Child, Part\n"
        f"part = Part(name='part', command=[sys.executable, '-c', {SLEEPS!r}], started=lambda pid: print(pid, flush=True))\n"
        f"asyncio.run(Child(part, pathlib.Path({str(tmp_path)!r})).keep_running())\n"
    )
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    pid = int(supervisor.stdout.readline())
    assert not is_gone(pid)
    supervisor.kill()
    supervisor.wait()
    asyncio.run(until(lambda: is_gone(pid)))


async def test_a_part_that_never_serves_is_an_error_that_names_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    running = child(tmp_path, SLEEPS)
    keeping = asyncio.create_task(running.keep_running())
    with pytest.raises(PlumblineError, match="part does not serve after 0 s"):
        await running.wait_ready(never, 0.2)
    keeping.cancel()
    await running.stop()
