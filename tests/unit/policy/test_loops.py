"""The loops in C and those of numpy: the same of any text."""

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.policy.features import MOST_BYTES, characters_of
from streams.policy.literals import Hits, Literals, Needs
from streams.policy.loops import loops
from streams.policy.loops.compiled import Compiled, compiled_path, library
from streams.policy.loops.plain import Plain
from streams.policy.ranges import Lists
from streams.policy.reading import Reading
from streams.policy.table import Table, places
from streams.policy.windows import blocks

needs_compiled = pytest.mark.skipif(library() is None, reason="no C compiler was there at set-up")
ANY = st.text(st.characters(exclude_categories=()) | st.sampled_from(" .ab投é\ud800\x00\U0010ffff"), max_size=60)
WORDY = st.lists(st.sampled_from(["a", "vote", "the", "naïve", "投票", "I", "ab", "x" * 70, "é" * 9, "??"]), max_size=80).map(" ".join)
EVENTS = st.lists(st.lists(ANY | WORDY, min_size=1, max_size=3), max_size=4)


def test_the_loops_are_compiled_where_a_compiler_is() -> None:
    assert compiled_path().exists() or not shutil.which("cc")
    assert isinstance(loops(), Compiled) == compiled_path().exists()
    assert isinstance(loops(compiled=False), Plain)


def readings(events: list[list[str]]) -> list[Reading]:
    contents = [[(str(at), text) for at, text in enumerate(texts)] for texts in events]
    return [Reading(contents, by) for by in (loops(), loops(compiled=False))]


@needs_compiled
@given(EVENTS)
def test_any_text_is_read_the_same(events: list[list[str]]) -> None:
    one, other = readings(events)
    assert one.normal == other.normal
    for ours, theirs in zip(blocks(one), blocks(other), strict=True):
        assert all(np.array_equal(*each) for each in zip(ours.words[1:], theirs.words[1:], strict=True))


def table_of(keys: np.ndarray, columns: int, seed: int) -> Table:
    """Every second key, with weights by chance."""
    slots, checks = places(keys[::2])
    slots, first = np.unique(slots, return_index=True)
    weights = np.random.default_rng(seed).integers(-128, 128, size=(len(slots), columns), dtype=np.int8)
    return Table(slots.astype(np.uint32), checks[first], weights)


@needs_compiled
@given(EVENTS, st.sampled_from([2, 20]), st.integers(0, 9))
def test_any_window_is_weighed_the_same(events: list[list[str]], columns: int, seed: int) -> None:
    for block in blocks(readings(events)[0]):
        table = table_of(np.unique(block.words.keys), columns, seed)
        numbers = [by.numbers(table, block.words.keys) for by in (loops(), loops(compiled=False))]
        assert np.array_equal(*numbers)
        assert np.array_equal(*(by.sums(table, numbers[0], block.starts, block.ends) for by in (loops(), loops(compiled=False))))


@needs_compiled
@given(EVENTS, st.integers(0, 9))
def test_the_characters_of_any_window_are_weighed_the_same(events: list[list[str]], seed: int) -> None:
    for block in blocks(readings(events)[0]):
        table = table_of(np.unique(np.concatenate([keys for _, keys in characters_of(block.words)])), 3, seed)
        assert np.array_equal(*(by.characters(table, block.words, block.starts, block.ends) for by in (loops(), loops(compiled=False))))


@needs_compiled
def test_windows_of_more_bytes_than_numpy_reads_at_once_are_weighed_the_same() -> None:
    [block] = blocks(readings([["b " * 110, "naïve " * 110]] * 100)[0])
    table = table_of(np.unique(np.concatenate([keys for _, keys in characters_of(block.words)])), 3, 1)
    windows = np.tile(np.arange(len(block.starts)), 3)
    starts, ends = block.starts[windows], block.ends[windows]
    assert sum(block.words.ends[ends - 1] - block.words.starts[starts]) > MOST_BYTES
    ours, theirs = (by.characters(table, block.words, starts, ends) for by in (loops(), loops(compiled=False)))
    assert ours.any()
    assert np.array_equal(ours, theirs)


LITERALS = st.lists(
    st.sampled_from([" a ", " a", " vo", " vote ", " vote t", " the vote of ", " 投 票 ", " naive ", "1", "te t", " x" * 9]), unique=True, max_size=8
)
SOME_LITERALS = LITERALS | st.lists(st.text(" abc", min_size=1, max_size=12), unique=True, max_size=30)


@pytest.mark.parametrize("compiled", [pytest.param(True, marks=needs_compiled), False])
@given(st.text(" abc", max_size=80) | WORDY, SOME_LITERALS)
def test_all_literals_are_found_where_they_end(compiled: bool, text: str, sources: list[str]) -> None:
    normal = Reading([[("text", text)]]).normal
    numbers, ends = loops(compiled=compiled).literals(Literals(sources), normal)
    found = [(number, end) for number, source in enumerate(sources) for end in range(len(normal) + 1) if normal[:end].endswith(source.encode())]
    assert sorted(zip(numbers.tolist(), ends.tolist(), strict=True)) == sorted(found)


@needs_compiled
@given(EVENTS, SOME_LITERALS)
def test_literals_are_found_in_the_same_order(events: list[list[str]], sources: list[str]) -> None:
    one, other = readings(events)
    assert all(np.array_equal(*each) for each in zip(*(by.loops.literals(Literals(sources), by.normal) for by in (one, other)), strict=True))


@pytest.mark.parametrize("compiled", [pytest.param(True, marks=needs_compiled), False])
@given(st.data())
def test_a_pattern_may_match_where_each_of_its_sets_was_hit(compiled: bool, data: st.DataObject) -> None:
    some = st.sets(st.integers(0, 5), max_size=4)
    patterns = data.draw(st.lists(st.tuples(some, st.none() | some), min_size=1, max_size=6))
    texts = data.draw(st.lists(st.sets(st.integers(0, 5)), max_size=5))
    lists = [Lists([[at for at, sets in enumerate(patterns) if literal in (sets[place] or ())] for literal in range(6)]) for place in (0, 1)]
    needs = Needs(*lists, np.array([second is None for _, second in patterns], dtype=np.uint8))
    hits = [(literal, at) for at, literals in enumerate(texts) for literal in (*literals, *literals)]
    numbers, places = (np.array([each[side] for each in hits], dtype=np.int64) for side in (0, 1))
    found = loops(compiled=compiled).candidates(needs, Hits(numbers, places))
    wanted = [
        (at, number)
        for at, literals in enumerate(texts)
        for number, (first, second) in enumerate(patterns)
        if first & literals and (second is None or second & literals)
    ]
    assert list(zip(*(each.tolist() for each in found), strict=True)) == wanted
