"""Tombstones in a file: outside of ClickHouse, so that a restore from an older backup does not forget who was removed since.

One JSON object per line, as `plumbline erase --list --json` prints them.
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from streams.clickhouse.erasures import Tombstone
from streams.errors import ConfigurationError

FILE = "erasures.jsonl"


def note(data_dir: Path, tombstones: Iterable[Tombstone]) -> None:
    """Add tombstones to the data folder's file; they are on the disk when this returns.

    Raises:
        ConfigurationError: it cannot be written.
    """
    path = data_dir / FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a") as file:
            file.writelines(json.dumps(_line(each)) + "\n" for each in tombstones)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written", cause=str(error), command="plumbline doctor") from error


def read(path: Path) -> list[Tombstone]:
    """All tombstones of a file.

    Raises:
        ConfigurationError: it cannot be read, or a line is none; its number is named.
    """
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read", cause=str(error), command="plumbline erase --list --json >erasures.jsonl") from error
    for number, line in enumerate(lines, 1):
        try:
            found.append(_tombstone(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            cause = "a line is as plumbline erase --list --json prints it"
            raise ConfigurationError(f"line {number} of {path} is no tombstone", cause=cause, command=f"sed -n {number}p {path}") from error
    return found


def read_if_there(folder: Path) -> list[Tombstone]:
    """All tombstones of a folder's file; none without the file."""
    return read(folder / FILE) if (folder / FILE).exists() else []


def newest(tombstones: Iterable[Tombstone]) -> dict[tuple[str, int], Tombstone]:
    """One per person: the one that reaches furthest."""
    found: dict[tuple[str, int], Tombstone] = {}
    for each in tombstones:
        whose = (each.organization_id, each.user_hash)
        if whose not in found or found[whose].until < each.until:
            found[whose] = each
    return found


def beyond(tombstones: Iterable[Tombstone], known: Iterable[Tombstone]) -> list[Tombstone]:
    """Of each person the one that reaches furthest, unless `known` reaches as far."""
    reached = newest(known)
    return [each for whose, each in newest(tombstones).items() if whose not in reached or reached[whose].until < each.until]


def _line(each: Tombstone) -> dict[str, object]:
    moments = {name: getattr(each, name).astimezone(UTC).isoformat(timespec="milliseconds") for name in ("until", "asked_at")}
    whose = {"organization_id": each.organization_id, "user": f"{each.user_hash:016x}", "key_version": each.key_version}
    return {**whose, "reason": each.reason, **moments}


def _tombstone(row: dict) -> Tombstone:
    until, asked = (datetime.fromisoformat(row[name]) for name in ("until", "asked_at"))
    return Tombstone(row["organization_id"], int(row["user"], 16), int(row["key_version"]), until, row["reason"], int(row.get("events", 0)), asked)
