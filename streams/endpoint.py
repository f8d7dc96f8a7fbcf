"""Where a part serves: `<part>/endpoint.json` in the data folder, written when it listens and removed when it stops."""

import json
import os
from pathlib import Path
from typing import Literal, NamedTuple

Part = Literal["broker", "store", "web"]
FILE = "endpoint.json"


class Endpoint(NamedTuple):
    """Address and process id of a running part."""

    address: str
    pid: int


def part_folder(data_dir: Path, part: Part) -> Path:
    """Everything of the part."""
    return data_dir / part


def announce(data_dir: Path, part: Part, endpoint: Endpoint) -> None:
    """Let other processes find it. A reader sees all of the file or nothing."""
    folder = part_folder(data_dir, part)
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f".endpoint.{os.getpid()}"
    written.write_text(json.dumps(endpoint._asdict()))
    written.replace(folder / FILE)


def find(data_dir: Path, part: Part) -> Endpoint | None:
    """The running part of a data folder; None if there is none (also after a kill, when the file stayed)."""
    try:
        endpoint = Endpoint(**json.loads((part_folder(data_dir, part) / FILE).read_text()))
        os.kill(endpoint.pid, 0)
    except (FileNotFoundError, ValueError, TypeError, ProcessLookupError):
        return None
    except PermissionError:
        pass  # another user's process
    return endpoint


def withdraw(data_dir: Path, part: Part) -> None:
    """It no longer serves."""
    (part_folder(data_dir, part) / FILE).unlink(missing_ok=True)
