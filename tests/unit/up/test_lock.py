"""One supervisor per data folder."""

import json
import os
from pathlib import Path

import pytest

from streams.errors import ConfigurationError
from streams.up.lock import describe, is_free, lock_file, sole_supervisor


def test_a_second_supervisor_on_the_same_folder_is_refused_and_told_where_the_page_is(tmp_path: Path) -> None:
    with sole_supervisor(tmp_path) as lock:
        describe(lock, "http://127.0.0.1:8080/")
        with pytest.raises(ConfigurationError) as caught, sole_supervisor(tmp_path):
            pass
    assert str(tmp_path) in caught.value.what
    assert f"process {os.getpid()}" in caught.value.cause and "http://127.0.0.1:8080/" in caught.value.cause
    assert f"kill {os.getpid()}" in caught.value.command


def test_supervisors_of_different_folders_do_not_meet(tmp_path: Path) -> None:
    with sole_supervisor(tmp_path / "one"), sole_supervisor(tmp_path / "two"):
        assert json.loads(lock_file(tmp_path / "one").read_text())["pid"] == os.getpid()


def test_the_lock_is_free_after_the_supervisor(tmp_path: Path) -> None:
    with sole_supervisor(tmp_path):
        assert not is_free(lock_file(tmp_path))
    assert is_free(lock_file(tmp_path)) and lock_file(tmp_path).read_text() == ""
    with sole_supervisor(tmp_path):
        pass


def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    with sole_supervisor(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="file/data"), sole_supervisor(tmp_path / "file" / "data"):
        pass
