"""What the classifier sees of a text."""

import pytest

from streams.policy.concepts import Lexicon
from streams.policy.features import buckets, plain

LEXICON = Lexicon('[vote]\nen = "vote*, go to the polls"\nja = "投票"\n[deter]\nen = "scare"\nde = "abschreck*"\n')


@pytest.mark.parametrize(
    "tampered",
    ["Stop the v0te", "stop the v\u200bote", "STOP the v o t e", "stop the vоte", "ｓｔｏｐ the vote", "stop, the: {vote}!"],
    ids=["leet", "zero-width", "set apart", "look-alike", "full width", "punctuation"],
)
def test_tampered_words_are_read_as_the_plain_ones(tampered: str) -> None:
    assert plain(tampered) == " stop the vote "


@pytest.mark.parametrize("text", ["call 911 at 10am", "i am 13", "sha256 and 5kg", "москва и vote"])
def test_what_only_looks_tampered_is_left_alone(text: str) -> None:
    assert plain(text).split()[-1] == text.split()[-1]


def test_two_texts_share_the_buckets_of_what_they_share_and_no_others() -> None:
    one, other, third = (set(buckets(plain(text)).tolist()) for text in ("keep them away", "now keep them away", "bake a lemon cake"))
    assert len(one & other) >= len(one) * 0.8
    assert len(one & third) <= 2


def test_each_character_is_a_word_where_a_script_sets_no_spaces() -> None:
    assert len(set(buckets(plain("投票所")).tolist()) & set(buckets(plain("投票日")).tolist())) >= 3


@pytest.mark.parametrize("text", ["", " ", "a", "\ud800", "x" * 10_000, "\x00\u0301"])
def test_any_text_has_features(text: str) -> None:
    assert buckets(plain(text)).max(initial=0) < 1 << 14


@pytest.mark.parametrize("text", ["Scare voters", "scare who may GO TO the polls", "Das soll abschrecken: vote", "scare 投票所"])
def test_concepts_are_found_by_word_stem_and_phrase_in_any_language(text: str) -> None:
    assert LEXICON.concepts(plain(text)) == [0, 1]


def test_a_word_within_another_is_no_concept() -> None:
    assert LEXICON.concepts(plain("devote scarecrow go to the pollster")) == []


def test_pairs_of_concepts_have_rows_of_their_own() -> None:
    assert len(LEXICON.rows(LEXICON.concepts(plain("scare voters")))) == 3
    assert max(LEXICON.rows(LEXICON.concepts(plain("scare voters")))) < LEXICON.size
