"""Numbered forward migrations. Every statement may run twice: a migration that was killed, or that two processes run, is just run again."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, NamedTuple

import pyarrow as pa
import structlog

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.ends import astray
from streams.clickhouse.failures import NoSchema
from streams.clickhouse.sources import sql_folder, sql_text, statements
from streams.errors import ConfigurationError
from streams.settings import Settings

log = structlog.get_logger()

FILE_NAME = re.compile(r"(\d{4})_\w+")
DATABASE_NAME = re.compile(r"[A-Za-z_]\w{0,63}")


class Migration(NamedTuple):
    """One file of sql/migrations."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class Step(NamedTuple):
    """A migration as the database sees it: applied, pending, changed (its file is another now), renamed (its number had another name), or
    unknown (made by newer code). `applied_by`: the version that applied it."""

    number: int
    name: str
    state: str
    applied_at: datetime | None = None
    applied_by: str = ""


def migrate(client: ClickHouse, settings: Settings) -> list[str]:
    """Bring the schema up to this code, and retention to the settings. Returns the names of what was applied: whatever is missing, also where a later
    one was applied before it.

    Raises:
        ConfigurationError: the database is newer than this code, or an applied migration was changed.
        Retry: as the client raises it; running again goes on.
    """
    filled = placeholders(settings)
    for statement in statements(sql_text("migrations/0000_ledger_of_migrations"), filled):
        client.command(statement, use_database=False)
    pending = {step.number for step in _checked(status(client))}
    for migration in known_migrations():
        if migration.number in pending:
            _apply(client, migration, filled)
        elif pending and migration.number > min(pending):  # it was applied too early: what it makes anew must win over what an older one just made
            _run(client, migration, filled)
    return [each.name for each in known_migrations() if each.number in pending] + _apply_settings(client, settings, filled)


def status(client: ClickHouse) -> list[Step]:
    """Each migration of this code or the database, in order. An empty database has none applied."""
    recorded = _recorded(client)
    known = {migration.number: migration for migration in known_migrations()}
    steps = []
    for number in sorted(known.keys() | recorded.keys()):
        row, migration = recorded.get(number), known.get(number)
        if row is None:
            steps.append(Step(number, migration.name, "pending"))
        else:
            steps.append(Step(number, row["name"], _state(row, migration), row["applied_at"], row["applied_by"]))
    return steps


def _state(row: Mapping[str, Any], migration: Migration | None) -> str:
    """What a migration of the database is to this code."""
    if migration is None:
        return "unknown"
    if row["name"] != migration.name:
        return "renamed"
    return "applied" if row["checksum"] == migration.checksum else "changed"


def known_migrations() -> list[Migration]:
    """The migrations of this code, in order. Number 0000 only makes the table that records the others."""
    files = sorted((sql_folder() / "migrations").glob("*.sql"))
    named = [(FILE_NAME.fullmatch(file.stem), file) for file in files]
    return [Migration(int(found[1]), file.stem, file.read_text()) for found, file in named if found and int(found[1]) > 0]


def placeholders(settings: Settings) -> dict[str, str]:
    """What SQL files may leave open.

    Raises:
        ConfigurationError: a name that does not fit into SQL.
    """
    clickhouse, retention = settings.clickhouse, settings.retention
    for key, name in (("clickhouse.database", clickhouse.database), ("clickhouse.cluster", clickhouse.cluster or "_")):
        if not DATABASE_NAME.fullmatch(name):
            raise ConfigurationError(f"{key} is no plain name: {name!r}", cause="letters, digits and _ only", command="plumbline config show")
    return {
        "database": clickhouse.database,
        "on_cluster": f"ON CLUSTER '{clickhouse.cluster}'" if clickhouse.cluster else "",
        "replicated": "Replicated" if clickhouse.cluster else "",
        **_live_settings(settings),
        "excerpts_days": str(retention.excerpts_days),
    }


def _live_settings(settings: Settings) -> dict[str, str]:
    """Settings that live in the schema and may change later."""
    return {
        "events_months": str(settings.retention.events_months),
        "excerpts_days": str(settings.retention.excerpts_days),
        "dead_letters_days": str(settings.retention.dead_letters_days),
        "fsync": str(int(settings.clickhouse.fsync)),
    }


def _recorded(client: ClickHouse) -> dict[int, dict]:
    try:
        return {row["number"]: row for row in client.rows(sql_text("schema/recorded"))}
    except NoSchema:
        return {}


def _checked(steps: list[Step]) -> list[Step]:
    """The pending steps, if the rest is as it should be."""
    for step in steps:
        if step.state == "unknown":
            raise ConfigurationError(
                f"the database is newer than this Plumbline: it has migration {step.name}",
                cause=f"version {step.applied_by} migrated it, this is {version('plumbline')}",
                command="install that version or a later one; there is no way back but to restore a backup from before",
            )
        if step.state == "renamed":
            raise ConfigurationError(
                f"migration {step.number} of the database is {step.name}, which this Plumbline does not have",
                cause=f"version {step.applied_by} migrated it, from code that went another way",
                command="install that version or a later one of its kind",
            )
        if step.state == "changed":
            raise ConfigurationError(
                f"migration {step.name} was applied with another content",
                cause="its file was changed afterwards",
                command="restore the file; make a new migration",
            )
    return [step for step in steps if step.state == "pending"]


def _run(client: ClickHouse, migration: Migration, filled: Mapping[str, str]) -> None:
    for statement in statements(migration.text, filled):
        client.command(statement, use_database=False)


def _apply(client: ClickHouse, migration: Migration, filled: Mapping[str, str]) -> None:
    _run(client, migration, filled)
    row = {
        "number": migration.number,
        "name": migration.name,
        "checksum": migration.checksum,
        "applied_at": _now(),
        "applied_by": version("plumbline"),
    }
    schema = pa.schema(
        [
            ("number", pa.uint32()),
            ("name", pa.string()),
            ("checksum", pa.string()),
            ("applied_at", pa.timestamp("ms", "UTC")),
            ("applied_by", pa.string()),
        ]
    )
    client.insert("schema_migrations", pa.Table.from_pylist([row], schema))
    log.info("migration applied", name=migration.name)


def _apply_settings(client: ClickHouse, settings: Settings, filled: Mapping[str, str]) -> list[str]:
    """Alter what the settings changed since the last time, or what somebody altered by hand; returns the names of those settings."""
    wanted = _live_settings(settings)
    present = {row["name"]: row["value"] for row in client.rows(sql_text("schema/settings"))}
    changed = sorted({name for name, value in wanted.items() if present.get(name) != value} | astray(client, settings.retention))
    if not changed:
        return []
    for name in changed:
        for statement in statements(sql_text(f"schema/alter_{name}"), filled):
            client.command(statement, use_database=False)
    schema = pa.schema([("name", pa.string()), ("value", pa.string()), ("set_at", pa.timestamp("ms", "UTC"))])
    client.insert("schema_settings", pa.Table.from_pylist([{"name": name, "value": wanted[name], "set_at": _now()} for name in changed], schema))
    return [name for name in changed if name in present]


def _now() -> datetime:
    return datetime.now(UTC)
