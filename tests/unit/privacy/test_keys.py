"""Pseudonyms are stable with the key, useless without it, and the key is kept safe."""

import pickle
import stat

import pytest

from streams.errors import ConfigurationError
from streams.privacy import HashKey, load_key
from streams.settings import Settings

KEY, OTHER = HashKey(b"k" * 32), HashKey(b"o" * 32)


def test_the_same_id_of_the_same_organization_has_one_pseudonym() -> None:
    assert KEY.of_id("acme", "u1") == KEY.of_id("acme", "u1") != 0


def test_another_organization_or_key_gives_another_pseudonym() -> None:
    assert len({KEY.of_id("acme", "u1"), KEY.of_id("bolt", "u1"), OTHER.of_id("acme", "u1")}) == 3


def test_moving_a_character_between_organization_and_id_changes_the_pseudonym() -> None:
    assert KEY.of_id("acme", "xu1") != KEY.of_id("acmex", "u1")


def test_no_id_has_no_pseudonym() -> None:
    assert KEY.of_id("acme", None) == 0


def test_moving_a_boundary_between_parts_changes_the_hash() -> None:
    assert KEY.of_bytes(b"ab", b"c") != KEY.of_bytes(b"a", b"bc")


def test_a_key_travels_to_another_process_and_shows_nothing_in_its_repr() -> None:
    again = pickle.loads(pickle.dumps(KEY))
    assert again.of_id("acme", "u1") == KEY.of_id("acme", "u1")
    assert "kkk" not in repr(KEY)


def test_a_new_key_is_readable_by_its_owner_only_and_stays_the_same(tmp_path) -> None:
    settings = Settings(data_dir=tmp_path)
    first = load_key(settings)
    assert stat.S_IMODE((tmp_path / "hash.key").stat().st_mode) == 0o600
    assert load_key(settings).secret == first.secret
    assert list(tmp_path.iterdir()) == [tmp_path / "hash.key"]


def test_a_key_that_others_can_read_is_refused(tmp_path) -> None:
    load_key(Settings(data_dir=tmp_path))
    (tmp_path / "hash.key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="others can read"):
        load_key(Settings(data_dir=tmp_path))


def test_a_configured_key_wins_and_a_short_one_is_refused(tmp_path) -> None:
    assert load_key(Settings(data_dir=tmp_path, privacy={"key": "ab" * 32, "key_version": 7})).version == 7
    with pytest.raises(ConfigurationError, match="32 bytes"):
        load_key(Settings(data_dir=tmp_path, privacy={"key": "abcd"}))
