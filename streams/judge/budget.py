"""The budget: so many requests per UTC day, kept in a file before each of them, so that neither a crash nor a restart buys more."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from streams.errors import ConfigurationError
from streams.settings import Settings


class Budget:
    """Requests of one data folder. `path`: where they are counted."""

    def __init__(self, path: Path, per_day: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path, self._per_day, self._clock = path, per_day, clock
        self._day, self._spent = "", 0
        try:
            kept = json.loads(path.read_text())
            self._day, self._spent = str(kept["day"]), int(kept["spent"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError):  # nobody knows what was spent: today nothing more is
            self._day, self._spent = self._today(), per_day

    @property
    def left(self) -> int:
        """Requests that are left today."""
        return max(0, self._per_day - self._spent_today())

    def take(self) -> bool:
        """Take one request; False when none is left.

        Raises:
            ConfigurationError: it cannot be kept, and then nothing may be sent.
        """
        if not self.left:
            return False
        spent = self._spent_today() + 1
        try:
            self._keep(spent)
        except OSError as error:
            cause = "the data folder is full, or not ours to write in"
            raise ConfigurationError(f"the judge's budget cannot be kept: {error}", cause=cause, command="plumbline doctor") from error
        self._day, self._spent = self._today(), spent
        return True

    def _keep(self, spent: int) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({"day": self._today(), "spent": spent}))
        temporary.replace(self._path)

    def _today(self) -> str:
        return self._clock().strftime("%Y-%m-%d")

    def _spent_today(self) -> int:
        return self._spent if self._day == self._today() else 0


def budget_of(settings: Settings) -> Budget:
    """The budget of an installation."""
    return Budget(settings.data_dir / "judge" / "budget.json", settings.judge.requests_per_day)
