"""A backup becomes the data folder's store: made beside the present one, checked, brought up to date, and only then put in its place.

Killed anywhere, the data folder has the old store or the new one, whole.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from streams.backup.archive import Advance, Manifest, unpack
from streams.backup.beside import BESIDE, put_back
from streams.backup.checking import check_tables, only_known_migrations
from streams.backup.taking import patient
from streams.clickhouse import erasure_file, erasures
from streams.clickhouse.checks import Outcome, PartitionOffsets, verify
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.erasures import Tombstone
from streams.clickhouse.failures import NoSchema
from streams.clickhouse.migrations import migrate
from streams.clickhouse.sources import sql_text
from streams.endpoint import find, part_folder
from streams.erasure.rows import Erasure
from streams.errors import ConfigurationError
from streams.kafka.admin import lag
from streams.kafka.broker import borrowed
from streams.kafka.offsets import Moved, set_back
from streams.settings import ClickHouseSettings, KafkaSettings, Settings
from streams.store.folder import BACKUPS, ENGINE, replace_engine, sole_owner
from streams.store.serving import serving

SCRATCH = "restoring"
Step = Callable[[str, float | None], AbstractContextManager[Advance]]  # title and total of what is under way


class Present(NamedTuple):
    """The store that a restore would replace. `tombstones` is None where nothing tells who was removed."""

    rows: int
    tombstones: list[Tombstone] | None


class Restored(NamedTuple):
    """What a restore did."""

    rows: int
    applied: list[str]  # migrations and settings
    removed_again: int  # people who were removed after the backup was made
    set_back: list[Moved]
    lost_topics: list[str]  # topics of which the broker holds less than had landed
    other_key: str  # why the backup's sealing key was not placed
    outcomes: list[Outcome]  # of `plumbline verify`


def present(settings: Settings) -> Present:
    """Look at what is there.

    Raises:
        ConfigurationError: a store runs on the data folder.
    """
    folder = part_folder(settings.data_dir, "store")
    if find(settings.data_dir, "store"):
        raise ConfigurationError(
            f"a store runs on {settings.data_dir}",
            cause="it would be replaced under its users",
            command="stop plumbline up (or plumbline store) first",
        )
    noted = erasure_file.read_if_there(settings.data_dir) if (settings.data_dir / erasure_file.FILE).exists() else None
    if not (folder / ENGINE).exists():
        return Present(0, noted)
    with serving(settings) as clickhouse, ClickHouse.connect(clickhouse) as client:
        try:
            rows = client.rows(sql_text("backup/rows"))
            return Present(sum(row["rows"] for row in rows if not row["table"].startswith("schema_")), [*(noted or []), *erasures.every(client)])
        except NoSchema:
            return Present(0, noted)


def restore(settings: Settings, file: Path, manifest: Manifest, tombstones: Sequence[Tombstone], step: Step) -> Restored:
    """Put the backup in the place of the present store, without the people of the tombstones.

    Raises:
        NotWhole: a file of the backup is not as it was written.
        ConfigurationError: it is newer than this Plumbline, or of another database.
        Stop: a table does not hold what it should.
    """
    only_known_migrations(manifest)
    if manifest.database != settings.clickhouse.database:
        raise ConfigurationError(
            f"the backup is of the database {manifest.database}", cause=f"clickhouse.database is {settings.clickhouse.database}",
            command=f"export PLUMBLINE_CLICKHOUSE__DATABASE={manifest.database}",
        )  # fmt: skip
    folder = part_folder(settings.data_dir.absolute(), "store")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = settings.data_dir.absolute() / SCRATCH
    with sole_owner(folder):
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            with serving(settings.model_copy(update={"data_dir": scratch})) as clickhouse:
                done = _filled(settings, clickhouse, scratch, file, manifest, tombstones, step)
            other_key = put_back(_beside(scratch), settings.data_dir)
            replace_engine(folder, part_folder(scratch, "store") / ENGINE)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return done._replace(other_key=other_key)


def _filled(
    settings: Settings, clickhouse: ClickHouseSettings, scratch: Path, file: Path, manifest: Manifest, tombstones: Sequence[Tombstone], step: Step
) -> Restored:
    """Fill the new store, and everything that has to be true before it takes its place."""
    settings = settings.model_copy(update={"clickhouse": clickhouse})
    copy = part_folder(scratch, "store") / BACKUPS / "copy"
    with step("checking and unpacking", sum(each["bytes"] for each in manifest.files.values())) as advance:
        unpack(file, manifest, copy, advance)
    beside = _beside(scratch)
    if (copy / BESIDE).exists():
        (copy / BESIDE).rename(beside)
    with ClickHouse.connect(patient(clickhouse)) as client:
        with step("restoring tables", None):
            _restore_tables(client, manifest, copy)
            rows = check_tables(client, manifest)
            _merge(client, "START")  # removals are merges, too
        shutil.rmtree(copy)
        applied = migrate(client, settings)
        with step("removing who was removed since", None):
            again = _removed_again(client, settings, [*tombstones, *erasure_file.read_if_there(beside)])
        with borrowed(settings) as kafka, step("verifying", None):
            moved, offsets = _gone_back(kafka, settings, client) if kafka else ([], None)
            outcomes = list(verify(client, settings.retention, offsets, pause=lambda _: None))
            lost = _lost(offsets or [], client)
    return Restored(rows, applied, again, moved, lost, "", outcomes)


def _restore_tables(client: ClickHouse, manifest: Manifest, copy: Path) -> None:
    """Tables first, then their parts, while nothing merges or expires: what is counted afterwards is what was copied."""
    source = f"RESTORE DATABASE {manifest.database} FROM File('{copy}')"
    client.command(f"{source} SETTINGS structure_only = true", use_database=False)
    _merge(client, "STOP")
    client.command(f"{source} SETTINGS allow_non_empty_tables = true", use_database=False)


def _removed_again(client: ClickHouse, settings: Settings, tombstones: Sequence[Tombstone]) -> int:
    """Remove whoever the backup does not know as removed, and have the data folder's file name everybody. Returns how many those are."""
    erasure = Erasure(client, settings, pause=lambda _: None)
    again = erasure.uphold(tombstones)
    erasure.complete()
    erasure_file.note(settings.data_dir, erasure_file.beyond(erasures.every(client), erasure_file.read_if_there(settings.data_dir)))
    return len(again)


def _beside(scratch: Path) -> Path:
    return part_folder(scratch, "store") / BESIDE  # only the owner looks in there


def _merge(client: ClickHouse, what: str) -> None:
    for kind in ("MERGES", "TTL MERGES"):
        client.command(f"SYSTEM {what} {kind}", use_database=False)


def _gone_back(kafka: KafkaSettings, settings: Settings, client: ClickHouse) -> tuple[list[Moved], list[PartitionOffsets]]:
    """Let the workers read again what landed after the backup was made."""
    topics = list(settings.intake.topics)
    landed = {(row["topic"], row["partition"]): row["next"] for row in client.rows(sql_text("backup/landed"))}
    moved = set_back(kafka, topics, landed)
    return moved, [PartitionOffsets(**row) for row in lag(kafka, topics)]


def _lost(offsets: Sequence[PartitionOffsets], client: ClickHouse) -> list[str]:
    landed = {(row["topic"], row["partition"]): row["next"] for row in client.rows(sql_text("backup/landed"))}
    return sorted({each.topic for each in offsets if each.end < landed.get((each.topic, each.partition), 0)})
