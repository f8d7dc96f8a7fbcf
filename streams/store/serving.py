"""The store of a data folder for a command that needs it: the one that runs, or one of our own for as long as it takes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from streams.endpoint import find
from streams.errors import ConfigurationError, Retry
from streams.settings import ClickHouseSettings, Settings
from streams.store.endpoint import clickhouse_settings

START_S, STOP_S, POLL_S = 60.0, 15.0, 0.05


@contextmanager
def serving(settings: Settings) -> Iterator[ClickHouseSettings]:
    """How to reach the store of the data folder; one that did not run is stopped again.

    Raises:
        ConfigurationError: it ended at once.
        Retry: it does not come up.
    """
    if find(settings.data_dir, "store"):
        yield clickhouse_settings(settings)
        return
    own = {"PLUMBLINE_DATA_DIR": str(settings.data_dir.absolute()), "PLUMBLINE_LOG__LEVEL": "error", "PLUMBLINE_STORE__PORT": "0"}
    environment = {**os.environ, **own}
    process = subprocess.Popen([sys.executable, "-m", "streams", "store", "--exit-with-parent"], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(settings, process)
        yield clickhouse_settings(settings)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(settings: Settings, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_S
    while (found := find(settings.data_dir, "store")) is None or found.pid != process.pid:
        if process.poll() is not None:
            raise ConfigurationError(
                f"the store on {settings.data_dir} ended at once (exit {process.returncode})", cause="it says why above", command="plumbline store"
            )
        if time.monotonic() > deadline:
            raise Retry(f"the store on {settings.data_dir} does not come up within {START_S:.0f} s", command="plumbline store")
        time.sleep(POLL_S)
