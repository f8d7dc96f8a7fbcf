"""A pack folder that changes under a running process."""

import os
from pathlib import Path

import pytest

from streams.policy import Pack
from streams.policy.watch import PackWatch


@pytest.fixture
def folder(tmp_path: Path, files) -> Path:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def watch(folder: Path) -> PackWatch:
    return PackWatch(folder, Pack.load(folder))


def change(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))


def asked(watch: PackWatch) -> list[Pack | None]:
    """The answers of three questions in a row."""
    return [watch.changed() for _ in range(3)]


def test_nothing_changes_nothing(watch):
    assert asked(watch) == [None, None, None]


def test_a_changed_pack_is_given_once_and_only_when_it_is_still(watch, folder):
    change(folder / "detectors" / "fruit.toml", "score = 0.8", "score = 0.7")
    assert watch.changed() is None
    change(folder / "detectors" / "fruit.toml", "score = 0.7", "score = 0.6")
    first, second, third = asked(watch)
    assert (first, third) == (None, None)
    assert second.detectors["fruit"].rules[0].score == 0.6


def test_a_bad_pack_is_never_given_and_its_repair_is(watch, folder):
    path = folder / "detectors" / "fruit.toml"
    change(path, 'id = "fruit"', 'id = "fruits"')
    assert asked(watch) == [None, None, None]
    change(path, 'id = "fruits"', 'id = "fruit"\nshadow = true')
    assert [pack is not None for pack in asked(watch)] == [False, True, False]


def test_a_touched_file_with_the_same_content_is_the_same_pack(watch, folder):
    change(folder / "shared.toml", "", "")
    assert asked(watch) == [None, None, None]
