"""Where the store is: `store/endpoint.json` in the data folder, written when it listens and removed when it stops. Imports no engine."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from streams.errors import MissingPart
from streams.settings import ClickHouseSettings, Settings
from streams.store.access import token_in


class Endpoint(NamedTuple):
    """Address and process id of a store."""

    url: str
    pid: int


def store_folder(data_dir: Path) -> Path:
    """Everything of the store: engine/, token, lock, endpoint.json."""
    return data_dir / "store"


def write_endpoint(folder: Path, endpoint: Endpoint) -> None:
    """Write it atomically: a reader sees all of it or nothing."""
    part = folder / f".endpoint.{os.getpid()}"
    part.write_text(json.dumps(endpoint._asdict()))
    part.replace(folder / "endpoint.json")


def read_endpoint(data_dir: Path) -> Endpoint | None:
    """The running store of a data folder; None if there is none (also after a kill, when the file stayed)."""
    try:
        endpoint = Endpoint(**json.loads((store_folder(data_dir) / "endpoint.json").read_text()))
        os.kill(endpoint.pid, 0)
    except (FileNotFoundError, ValueError, TypeError, ProcessLookupError):
        return None
    except PermissionError:
        pass  # another user's process
    return endpoint


def clickhouse_settings(settings: Settings) -> ClickHouseSettings:
    """The ClickHouse to use: the one that settings name, else the running store of the data folder.

    Raises:
        MissingPart: neither is there.
    """
    if settings.clickhouse.url:
        return settings.clickhouse
    endpoint = read_endpoint(settings.data_dir)
    if endpoint is None:
        raise MissingPart(
            "there is no ClickHouse to talk to",
            cause=f"clickhouse.url is not set and no store runs on {store_folder(settings.data_dir)}",
            command="plumbline up (or plumbline store alone), or export PLUMBLINE_CLICKHOUSE__URL=http://host:8123",
        )
    secret = settings.store.token.get_secret_value() or token_in(store_folder(settings.data_dir))
    return settings.clickhouse.model_copy(update={"url": endpoint.url, "username": "default", "password": SecretStr(secret)})
