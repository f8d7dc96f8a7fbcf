"""`demo.json` in the data folder: which history was sent, up to which moment, and how much of it the broker has acknowledged."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streams.settings import DemoSettings


@dataclass(frozen=True)
class Marker:
    """`now` is the end of the history, RFC 3339; `of` the settings that it was made with; `sent` counts acknowledged records."""

    now: str
    of: dict[str, Any]
    sent: int = 0
    done: bool = False

    @classmethod
    def begin(cls, now_s: float, demo: DemoSettings) -> "Marker":
        """A history that ends at `now_s` (seconds since 1970), nothing sent yet."""
        return cls(datetime.fromtimestamp(int(now_s), UTC).isoformat(), shape(demo))

    @property
    def now_s(self) -> float:
        return datetime.fromisoformat(self.now).timestamp()

    def acknowledged(self, sent: int) -> "Marker":
        return replace(self, sent=sent)


def shape(demo: DemoSettings) -> dict[str, Any]:
    """The settings that decide what the history holds."""
    return demo.model_dump(include={"seed", "organizations", "backfill_days", "events_per_day"})


def read_marker(data_dir: Path) -> Marker | None:
    """None where nothing was sent, or where the file cannot be read: sending again changes nothing, sending nothing would."""
    try:
        marker = Marker(**json.loads((data_dir / "demo.json").read_text()))
        datetime.fromisoformat(marker.now)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return marker


def write_marker(data_dir: Path, marker: Marker) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    part = data_dir / f".demo.{os.getpid()}"
    part.write_text(json.dumps(asdict(marker)))
    part.replace(data_dir / "demo.json")
