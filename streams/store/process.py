"""The store's life: one per folder, listens, says where, stops cleanly on SIGTERM and SIGINT, ends with its parent if asked."""

import os
import signal
import threading
import time
from pathlib import Path

import structlog

from streams.endpoint import Endpoint, announce, part_folder, withdraw
from streams.errors import ConfigurationError
from streams.settings import Settings
from streams.store.access import token_in
from streams.store.engine import Engine, EngineError
from streams.store.folder import BACKUPS, ENGINE, room_to_start, settle, sole_owner
from streams.store.front import Front
from streams.store.readers import readers_of

log = structlog.get_logger()

DRAIN_S = 1.5
PARENT_CHECK_S = 0.5
PURGE_EVERY_S = 15


def run_store(settings: Settings, *, exit_with_parent: bool = False) -> None:
    """Serve until told to stop.

    Raises:
        ConfigurationError: another store owns the folder, the port is taken, or the folder cannot be written.
        Retry: the disk is full.
    """
    parent = os.getppid()
    folder = _folder(settings.data_dir)
    with room_to_start(folder), sole_owner(folder):
        settle(folder)
        token = settings.store.token.get_secret_value() or token_in(folder)
        engine = Engine(folder / ENGINE, settings.store.max_memory_mb, folder / BACKUPS)
        front = _listen(settings, engine, token)
        stopping = _stop_on_signals()
        announce(settings.data_dir, "store", Endpoint(front.url, os.getpid()))
        # Only now: a start that fails (a full disk) must not end the engine under a statement. Who comes before waits in the listener's queue.
        threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        log.info("store is ready", url=front.url, folder=str(folder), engine=engine.version)
        _wait(stopping, engine, parent if exit_with_parent else None)
        withdraw(settings.data_dir, "store")
        _stop(front, engine)


def _wait(stopping: threading.Event, engine: Engine, parent: int | None) -> None:
    """Return when told to stop, or when the parent is gone."""
    purged_at = time.monotonic()
    while not stopping.wait(PARENT_CHECK_S):
        if parent is not None and os.getppid() != parent:
            log.info("store stops: its parent is gone")
            return
        if time.monotonic() - purged_at > PURGE_EVERY_S:
            purged_at = time.monotonic()
            try:
                engine.give_back_memory()
            except EngineError as error:
                log.debug("memory not given back", code=error.code)


def _stop(front: Front, engine: Engine) -> None:
    began = time.monotonic()
    front.shutdown()
    front.server_close()
    if front.drain(DRAIN_S):
        engine.close()
    log.info("store has stopped", seconds=round(time.monotonic() - began, 2))
    # Statements that still run sit in the engine's threads, and so would an orderly exit: the engine is made to be killed.
    os._exit(0)


def _stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set. Installed after the engine, which has handlers of its own."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _folder(data_dir: Path) -> Path:
    folder = part_folder(data_dir, "store").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(f"the store's folder {folder} cannot be made", cause=str(error)) from error
    return folder


def _listen(settings: Settings, engine: Engine, token: str) -> Front:
    try:
        return Front(settings.store.host, settings.store.port, engine, token, readers_of(settings, engine))
    except OSError as error:
        address = f"{settings.store.host}:{settings.store.port}"
        raise ConfigurationError(
            f"the store cannot listen on {address}", cause=str(error), command="choose another store.port, or 0 for a free one"
        ) from error
