"""What the classifier sees of a text."""

import numpy as np
import pytest

from streams.policy.concepts import Lexicon
from streams.policy.features import characters_of, words_of
from streams.policy.loops import loops
from streams.policy.normal import joined, normal
from streams.policy.reading import Reading
from streams.policy.windows import HEAD, blocks

CONCEPTS = '[vote]\nen = "vote*, go to the polls"\nja = "投票"\nar = "تصويت"\n[deter]\nen = "scare"\nde = "abschreck*"\nar = "منع"\n'


@pytest.fixture(params=[True, False], ids=["compiled", "plain"])
def lexicon(request) -> Lexicon:
    return Lexicon(CONCEPTS, loops(compiled=request.param))


def named(lexicon: Lexicon, text: str) -> list[str]:
    words = words_of(joined([text]))
    _, rows = lexicon.rows(words, np.array([0]), np.array([len(words.starts)]))
    names = lexicon.names
    return [names[row] if row < len(names) else "+".join(names[each] for each in divmod(row - len(names), len(names))) for row in rows.tolist()]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Stop,  the: {vote}!", " stop the vote "),
        ("L'École — naïve", " l ecole naive "),
        ("投票AI", " 投 票 ai "),
        ("a_b 12°", " a_b 12 "),
        ("إلى مدرسةٍ", " الي مدرسهٍ "),  # letters that people write one for the other
        ("", " "),
        ("\ud800", " "),
    ],
)
def test_a_text_is_read_as_small_letters_without_marks_between_single_spaces(text: str, read: str) -> None:
    assert normal(text).decode() == read


@pytest.mark.parametrize("texts", [["a b", "c"], ["É 投票", "plain, text", ""], [""], []])
def test_many_texts_are_read_as_each_alone(texts: list[str]) -> None:
    assert joined(texts) == b"".join(normal(text) + b"\xff" for text in texts)


def keys(text: str) -> set[int]:
    words = words_of(joined([text]))
    return {key for part in (*words.keys[:2], words.keys[2][1:], *(each for _, each in characters_of(words))) for key in part.tolist()}


def test_two_texts_share_the_keys_of_what_they_share_and_no_others() -> None:
    one, other, third = keys("keep them away"), keys("now keep them away"), keys("bake a lemon cake")
    assert one < other
    assert len(one & third) <= 2


def test_each_character_is_a_word_where_a_script_sets_no_spaces() -> None:
    assert len(keys("投票所") & keys("投票日")) >= 3


@pytest.mark.parametrize("text", ["", " ", "a", "\ud800", "x" * 10_000, "\x00\u0301"])
def test_any_text_has_windows_of_all_its_words(text: str) -> None:
    found = list(blocks(Reading([[("text", text)]])))
    assert sum(len(block.words.starts) for block in found) == len(normal(text).split())


def test_the_beginning_of_all_texts_of_an_event_is_read_together_and_each_text_in_windows() -> None:
    [block] = blocks(Reading([[("system", "a " * 50), ("text", "b " * 100)], [("text", "c")]]))
    assert [(start, end) for start, end, event in zip(block.starts, block.ends, block.events, strict=True) if event == 0 and start == 0] == [
        (0, HEAD),
        (0, 50),
    ]
    assert (block.starts[-1], block.ends[-1], block.events[-1]) == (150, 151, 1) or (150, 151, 1) in set(
        zip(block.starts.tolist(), block.ends.tolist(), block.events.tolist(), strict=True)
    )


@pytest.mark.parametrize(
    "text", ["Scare voters", "scare who may GO TO the polls", "Das soll abschrecken: vote", "scare 投票所", "منع والتصويت", "المنع تصويتهم"]
)
def test_concepts_are_found_by_word_stem_and_phrase_in_any_language(lexicon: Lexicon, text: str) -> None:
    assert named(lexicon, text) == ["vote", "deter", "vote+deter"]


def test_a_word_within_another_is_no_concept(lexicon: Lexicon) -> None:
    assert named(lexicon, "devote scarecrow go to the pollster منعش") == []  # a short Arabic word takes no ending
