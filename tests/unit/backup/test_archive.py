"""The file of a backup: whole or refused, without an engine."""

from pathlib import Path

import pytest

from streams.backup.archive import Manifest, NotWhole, pack, read_manifest, unpack
from streams.backup.checking import only_known_migrations
from streams.clickhouse.migrations import known_migrations
from streams.errors import ConfigurationError, UsageError


def made(files: dict, **changed: object) -> Manifest:
    fields = {
        "format": 1, "made_at": "2026-11-25T07:00:00+00:00", "plumbline": "9.9", "engine": "26.9", "database": "plumbline",
        "migrations": [each.name for each in known_migrations()], "pack_hash": "", "key": "k", "landed": [], "tables": {}, "files": files,
    }  # fmt: skip
    return Manifest(**fields | changed)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.bin").write_bytes(b"first" * 1_000)
    (folder / "data" / "b.bin").write_bytes(b"second")
    pack(folder, tmp_path / "backup.tar", made, lambda _: None)
    return tmp_path / "backup.tar"


def unpacked(file: Path, folder: Path | None) -> None:
    unpack(file, read_manifest(file), folder, lambda _: None)


def test_what_was_packed_comes_out_as_it_was(backup: Path, tmp_path: Path) -> None:
    unpacked(backup, tmp_path / "out")
    assert (tmp_path / "out" / "data" / "a.bin").read_bytes() == b"first" * 1_000
    assert backup.stat().st_mode & 0o077 == 0


def test_a_file_that_was_cut_anywhere_is_refused(backup: Path) -> None:
    whole = backup.read_bytes()
    for share in (0.1, 0.5, 0.7):
        backup.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(NotWhole):
            unpacked(backup, None)


def test_a_changed_byte_is_refused(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes().replace(b"second", b"secund"))
    with pytest.raises(NotWhole, match=r"b\.bin is not as it was written|not a whole backup"):
        unpacked(backup, None)


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "a").write_bytes(b"x")

    def fail(_: dict) -> Manifest:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(tmp_path / "copy", tmp_path / "backup.tar", fail, lambda _: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy"]


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("nothing of the kind")
    with pytest.raises(NotWhole):
        read_manifest(tmp_path / "text")
    with pytest.raises(UsageError):
        read_manifest(tmp_path / "missing")


def test_a_newer_schema_is_refused_and_an_older_one_is_not() -> None:
    only_known_migrations(made({}, migrations=["0001_landing"]))
    with pytest.raises(ConfigurationError, match=r"newer than this Plumbline.*9000_later"):
        only_known_migrations(made({}, migrations=["0001_landing", "9000_later"]))
