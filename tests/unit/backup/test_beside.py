"""What goes along with the store, and what a data folder has of its own."""

from pathlib import Path

from streams.backup.beside import BESIDE, collect, lay, put_back

FILES = {"evidence.key": b"theirs", "demo.json": b"{}", "erasures.jsonl": b"", "retags/r1.json": b"r1"}


def folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def carried(origin: Path, copy: Path, target: Path) -> str:
    copy.mkdir()
    lay(collect(origin), copy)
    target.mkdir(exist_ok=True)
    return put_back(copy / BESIDE, target)


def test_an_empty_folder_gets_the_sealing_key_for_its_owner_only_and_never_the_hash_key(tmp_path: Path) -> None:
    origin = folder(tmp_path / "origin", FILES | {"hash.key": b"secret"})
    assert carried(origin, tmp_path / "copy", tmp_path / "target") == ""
    assert (tmp_path / "target" / "evidence.key").read_bytes() == b"theirs"
    assert (tmp_path / "target" / "evidence.key").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("copy/**/hash.key"))


def test_a_sealing_key_that_is_there_stays_and_is_told_unless_it_is_the_same(tmp_path: Path) -> None:
    target = folder(tmp_path / "target", {"evidence.key": b"mine"})
    assert "another sealing key" in carried(folder(tmp_path / "origin", FILES), tmp_path / "copy", target)
    assert (target / "evidence.key").read_bytes() == b"mine"
    (target / "evidence.key").write_bytes(b"theirs")
    assert put_back(tmp_path / "copy" / BESIDE, target) == ""


def test_checkpoints_of_retags_are_those_of_the_backup_since_later_ones_would_pass_over_what_it_lacks(tmp_path: Path) -> None:
    target = folder(tmp_path / "target", {"retags/r1.json": b"later", "retags/r2.json": b"r2"})
    carried(folder(tmp_path / "origin", FILES), tmp_path / "copy", target)
    assert {path.name: path.read_bytes() for path in (target / "retags").iterdir()} == {"r1.json": b"r1"}


def test_a_folder_without_any_of_it_is_copied_and_put_back_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "origin").mkdir()
    assert carried(tmp_path / "origin", tmp_path / "copy", tmp_path / "target") == ""
    assert list((tmp_path / "target").iterdir()) == []
