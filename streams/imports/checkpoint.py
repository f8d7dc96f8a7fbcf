"""Where an import stands: how many rows of which file the broker has acknowledged. A file that changed is another file."""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

_EDGE_BYTES = 1 << 20


class FileIdentity(NamedTuple):
    """Which file it is: its place and time, and `digest` of its length and its first and last MiB."""

    path: str
    bytes: int
    modified_ns: int
    digest: str

    @classmethod
    def of(cls, path: Path) -> "FileIdentity":
        about = path.stat()
        hashed = hashlib.sha256(str(about.st_size).encode())
        with path.open("rb") as stream:
            hashed.update(stream.read(_EDGE_BYTES))
            stream.seek(max(0, about.st_size - _EDGE_BYTES))
            hashed.update(stream.read(_EDGE_BYTES))
        return cls(str(path.resolve()), about.st_size, about.st_mtime_ns, hashed.hexdigest())

    def event_id(self, number: int) -> str:
        """The id of a row that has none. By the content's digest, so that a file that was moved or touched keeps its ids."""
        return f"import-{self.digest[:24]}-{number}"


class Progress(NamedTuple):
    """Acknowledged so far: `rows` of the file, up to `position` (bytes of JSON lines, rows of Parquet)."""

    rows: int = 0
    position: int = 0


class Checkpoint:
    """The progress of one file into one topic of one cluster, kept in the data folder."""

    def __init__(self, folder: Path, identity: FileIdentity, *, topic: str, cluster: str) -> None:
        self._about = {**identity._asdict(), "topic": topic, "cluster": cluster}
        key = hashlib.sha256(json.dumps(self._about, sort_keys=True).encode()).hexdigest()
        self.path = folder / f"{key[:32]}.json"

    def read(self) -> Progress:
        """Zero when there is none, or one that cannot be read: repeating rows changes nothing, leaving some out would."""
        try:
            stored = json.loads(self.path.read_text())
            return Progress(int(stored["rows"]), int(stored["position"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return Progress()

    def write(self, progress: Progress) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({**self._about, **progress._asdict()}))
        part.replace(self.path)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
