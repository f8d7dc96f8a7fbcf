"""How far a retag has come, in a file of the data folder. Without it a retag begins anew, which changes nothing but the time it takes."""

import json
import os
from datetime import datetime
from pathlib import Path


class Checkpoint:
    """Up to which event time a run is decided, and when its first pass began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.began: datetime | None = None
        self.until: datetime | None = None
        try:
            kept = json.loads(path.read_text())
            self.began, self.until = (datetime.fromisoformat(kept[name]) for name in ("began", "until"))
        except (OSError, ValueError, KeyError):
            self.began = self.until = None

    def note(self, began: datetime, until: datetime) -> None:
        """Keep it, in one step."""
        self.began, self.until = began, until
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({"began": began.isoformat(), "until": until.isoformat()}))
        temporary.replace(self._path)

    def remove(self) -> None:
        """The run is complete."""
        self._path.unlink(missing_ok=True)
