"""`plumbline backup` and `plumbline restore`: the store in one file, and back."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.backup.archive import Manifest
    from streams.backup.restoring import Restored
    from streams.clickhouse.erasures import Tombstone
    from streams.settings import Settings

File = Annotated[Path, typer.Argument(help="File of a backup.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    destination: Annotated[Path, typer.Argument(help="File to write, or a folder for one named after the time.")],
    as_json: AsJson = False,
) -> None:
    """Copy the store and its sealing key into one file, all tables as of one moment, while everything goes on running."""
    from datetime import UTC, datetime

    from streams import logs
    from streams.backup.taking import back_up, only_with_a_store, patient, place_for
    from streams.cli.progress import progress
    from streams.clickhouse.client import ClickHouse
    from streams.settings import load_settings
    from streams.store.serving import serving

    settings = load_settings()
    logs.configure(settings.log, part="backup")
    only_with_a_store(settings)
    target = place_for(destination, datetime.now(UTC))
    with serving(settings) as clickhouse, ClickHouse.connect(patient(clickhouse)) as client, progress("backing up", None) as advance:
        manifest = back_up(settings, client, target, advance)
    _tell(target, manifest, as_json=as_json)


def restore(
    file: File,
    check: Annotated[bool, typer.Option("--check", help="Only check that the backup is whole, and say what it holds.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Give up the data that are there.")] = False,
    erasures: Annotated[str, typer.Option(help="Who was removed since: a file made by `erase --list --json`, or `none`.")] = "",
    other_key: Annotated[bool, typer.Option("--other-key", help="Restore although the hash key is another.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a backup the data folder's store, with the removals that were made since. Exit status 1 if `verify` then finds a difference."""
    from streams import logs
    from streams.backup.archive import read_manifest, unpack
    from streams.backup.checking import only_with_the_key
    from streams.backup.restoring import restore as put_back
    from streams.backup.taking import only_with_a_store
    from streams.cli.progress import progress
    from streams.errors import EXIT_DIFFERENCE
    from streams.settings import load_settings

    settings = load_settings()
    logs.configure(settings.log, part="restore")
    manifest = read_manifest(file)
    if check:
        with progress("checking", sum(each["bytes"] for each in manifest.files.values())) as advance:
            unpack(file, manifest, None, advance)
        return _tell(file, manifest, as_json=as_json)
    only_with_a_store(settings)
    if not other_key:
        only_with_the_key(settings, manifest)
    done = put_back(settings, file, manifest, _tombstones(settings, erasures, replace=replace), progress)
    _tell_restored(file, done, as_json=as_json)
    if any(outcome.differences for outcome in done.outcomes):
        raise typer.Exit(EXIT_DIFFERENCE)
    return None


def _tombstones(settings: "Settings", given: str, *, replace: bool) -> "list[Tombstone]":
    """Everybody who was removed, as far as the data folder and the option tell."""
    from streams.backup.restoring import present
    from streams.clickhouse.erasure_file import read
    from streams.errors import UsageError

    found = present(settings)
    if found.rows and not replace:
        raise UsageError(
            f"{settings.data_dir} holds data: {found.rows} rows", cause="a restore gives them up",
            command="plumbline backup FILE to keep them, then plumbline restore … --replace",
        )  # fmt: skip
    if found.tombstones is None and not given:
        raise UsageError(
            "nothing here tells who was removed since the backup was made", cause="they must not come back with it",
            command="plumbline restore … --erasures FILE (erasures.jsonl of the old data folder), or --erasures none",
        )  # fmt: skip
    return [*(found.tombstones or []), *(read(Path(given)) if given not in ("", "none") else [])]


def _tell(file: Path, manifest: "Manifest", *, as_json: bool) -> None:
    rows, size = (sum(table[what] for table in manifest.tables.values()) for what in ("rows", "bytes"))
    if as_json:
        kept = {name: value for name, value in vars(manifest).items() if name != "files"}
        typer.echo(json.dumps({"file": str(file), "rows": rows, "bytes": size, **kept}))
        return
    typer.echo(f"{file}: {rows} rows of {len(manifest.tables)} tables, {size / 1e6:.1f} MB, of {manifest.made_at}, schema {manifest.migrations[-1]}")


def _tell_restored(file: Path, done: "Restored", *, as_json: bool) -> None:
    wrong = {outcome.check.name: [each.difference for each in outcome.differences] for outcome in done.outcomes if outcome.differences}
    if as_json:
        moved = [each._asdict() for each in done.set_back]
        kept = {name: value for name, value in done._asdict().items() if name not in ("set_back", "outcomes")}
        typer.echo(json.dumps({"file": str(file), **kept, "set_back": moved, "checks": len(done.outcomes), "differences": wrong}))
        return
    typer.echo(f"restored {done.rows} rows from {file}; {len(done.outcomes) - len(wrong)} of {len(done.outcomes)} checks hold")
    for name in done.applied:
        typer.echo(f"applied {name}")
    if done.removed_again:
        typer.echo(f"removed {done.removed_again} people again who had been removed since")
    for each in done.set_back:
        typer.echo(f"{each.topic}/{each.partition} is read again from {each.after} (had been read to {each.before})")
    for topic in done.lost_topics:
        typer.echo(f"warning: the broker holds less of {topic} than had landed; if its log is new, name a new topic (docs/backup.md)", err=True)
    if done.other_key:
        typer.echo(f"warning: {done.other_key}", err=True)
    for name, differences in wrong.items():
        typer.echo(f"difference in {name}: {differences[0]}" + (f" and {len(differences) - 1} more" if len(differences) > 1 else ""))
