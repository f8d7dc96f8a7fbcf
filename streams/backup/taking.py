"""A backup is the engine's own BACKUP while writes wait, packed into one file."""

import hashlib
import secrets
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from streams.backup.archive import FORMAT, Advance, Manifest, pack
from streams.backup.beside import collect, lay
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import placeholders, status
from streams.clickhouse.runs import RunBook
from streams.clickhouse.sources import sql_text
from streams.endpoint import part_folder
from streams.errors import ConfigurationError, MissingPart, UsageError
from streams.privacy import load_key
from streams.settings import ClickHouseSettings, Settings
from streams.store.folder import BACKUPS

LONGEST_S = 24 * 3_600  # for one statement of the engine


def only_with_a_store(settings: Settings) -> None:
    """Let pass what has a store.

    Raises:
        UsageError: a ClickHouse server is named.
    """
    if settings.clickhouse.url:
        raise UsageError(
            "a ClickHouse server is backed up by its own means",
            cause="clickhouse.url names one; this command copies the embedded store",
            command="BACKUP DATABASE … TO Disk(…) on that server (docs/backup.md)",
        )


def patient(clickhouse: ClickHouseSettings) -> ClickHouseSettings:
    """For statements that copy everything."""
    return clickhouse.model_copy(update={"query_timeout_s": LONGEST_S})


def place_for(destination: Path, now: datetime) -> Path:
    """The file to write: the destination, or in a folder one named after the time.

    Raises:
        UsageError: it is there already, or there is no such folder.
    """
    target = destination / f"plumbline-{now:%Y%m%dT%H%M%SZ}.tar" if destination.is_dir() else destination
    if target.exists():
        raise UsageError(f"{target} is there already", cause="a backup never replaces another", command="choose another name, or a folder")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {target.absolute().parent}", command=f"mkdir -p {target.absolute().parent}")
    return target.absolute()


def back_up(settings: Settings, client: ClickHouse, target: Path, advance: Advance) -> Manifest:
    """Copy the store that `client` reaches into `target`. Reading goes on meanwhile, writing waits for the engine's part.

    Raises:
        MissingPart: there is no database yet.
        ConfigurationError: the schema is not of this version, or the file cannot be written.
    """
    steps = status(client)
    if all(step.state == "pending" for step in steps):
        raise MissingPart("there is nothing to back up", cause="the store has no database yet", command="plumbline up")
    if any(step.state in ("unknown", "changed") for step in steps):
        raise ConfigurationError("the schema is not of this version", command="plumbline db status")
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    folder = part_folder(settings.data_dir.absolute(), "store") / BACKUPS / name
    migrations = [step.name for step in steps if step.state == "applied"]
    known, beside = _facts(settings, client) | {"migrations": migrations}, collect(settings.data_dir)
    try:
        client.command(f"BACKUP DATABASE {known['database']} TO File('{folder}') SETTINGS deduplicate_files = false", use_database=False)
        lay(beside, folder)
        data = folder / "data" / known["database"]
        return pack(folder, target, lambda files: Manifest(tables=tables_of(files, data), files=files, **known), advance)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _facts(settings: Settings, client: ClickHouse) -> dict[str, Any]:
    current = [run for run in RunBook(client).current() if run.kind == "live"]
    return {
        "format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "plumbline": version("plumbline"), "engine": client.version,
        "database": placeholders(settings)["database"], "pack_hash": current[-1].pack_hash if current else "", "key": load_key(settings).fingerprint,
        "landed": client.rows(sql_text("backup/landed")),
    }  # fmt: skip


def tables_of(files: Mapping[str, Mapping[str, Any]], data: Path) -> dict[str, dict[str, Any]]:
    """Per table of the copy its rows, as the parts in the folder `data` count them, its bytes, and a hash over its files."""
    found: dict[str, dict[str, Any]] = {}
    for table in sorted(path.name for path in data.iterdir()):
        of_table = {name: file for name, file in sorted(files.items()) if name.startswith(f"data/{data.name}/{table}/")}
        found[table] = {
            "rows": sum(int(path.read_text()) for path in (data / table).glob("*/count.txt")),
            "bytes": sum(file["bytes"] for file in of_table.values()),
            "sha256": hashlib.sha256("".join(f"{name} {file['sha256']}\n" for name, file in of_table.items()).encode()).hexdigest(),
        }
    return found
