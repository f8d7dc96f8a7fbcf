"""A web process for tests."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from running import wait_for

from streams.endpoint import find


@contextmanager
def served(data_dir: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """A web process on a free port; yields its address."""
    log = data_dir / "web.log"
    data_dir.mkdir(parents=True, exist_ok=True)
    wanted = {**os.environ, "PLUMBLINE_DATA_DIR": str(data_dir), "PLUMBLINE_WEB__PORT": "0", "PLUMBLINE_LOG__FORMAT": "json", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "streams", "web"], env=wanted, stderr=output)
    try:
        wait_for(lambda: find(data_dir, "web") or process.poll() is not None, 60, "the page listens")
        assert process.poll() is None, log.read_text()[-2_000:]
        url = find(data_dir, "web").address
        wait_for(lambda: _answers(url + "/livez"), 10, "the page answers")
        yield url
        assert "Traceback" not in log.read_text()
    finally:
        process.terminate()
        process.wait(15)


def _answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=2).status == 200
    except OSError:
        return False
