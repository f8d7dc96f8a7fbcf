"""Who waits for whom while a backup is made."""

import threading

import pytest

from streams.store.folder import ENGINE, REPLACED, replace_engine, settle
from streams.store.gate import Gate
from streams.store.statement import Refused, scan


def test_reads_pass_while_a_backup_is_made_and_writes_do_not() -> None:
    gate = Gate(0.01)
    with gate.passing("BACKUP"):
        with gate.passing("SELECT"):
            pass
        for verb in ("INSERT", "ALTER", "BACKUP"):
            with pytest.raises(Refused, match="backup"), gate.passing(verb):
                pass
    with gate.passing("INSERT"), gate.passing("INSERT"):
        pass


def test_a_backup_waits_for_writes_that_run_and_gives_up_when_they_do_not_end() -> None:
    gate = Gate(5)
    done, write = threading.Event(), gate.passing("INSERT")
    write.__enter__()

    def copy() -> None:
        with gate.passing("BACKUP"):
            done.set()

    thread = threading.Thread(target=copy)
    thread.start()
    assert not done.wait(0.05)
    write.__exit__(None, None, None)
    assert done.wait(5)
    thread.join()
    hasty = Gate(0.01)
    with hasty.passing("INSERT"), pytest.raises(Refused, match="a write takes long"), hasty.passing("BACKUP"):
        pass
    with hasty.passing("INSERT"):  # nobody waits for one that gave up
        pass


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        (b"select 1", "SELECT"),
        (b"-- why\nINSERT INTO t SELECT 1", "INSERT"),
        (b"INSERT INTO t FORMAT CSV\n1", "INSERT"),
        (b"/* */ backup x", "BACKUP"),
    ],
)
def test_a_statement_is_known_by_its_first_word(text: bytes, verb: str) -> None:
    assert scan(text).verb == verb


def test_of_a_replacement_that_was_interrupted_one_engine_stays(tmp_path) -> None:
    (tmp_path / REPLACED).mkdir()
    (tmp_path / REPLACED / "old").touch()
    settle(tmp_path)
    assert (tmp_path / ENGINE / "old").exists() and not (tmp_path / REPLACED).exists()
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "new").touch()
    replace_engine(tmp_path, tmp_path / "fresh")
    assert [path.name for path in (tmp_path / ENGINE).iterdir()] == ["new"] and not (tmp_path / REPLACED).exists()
