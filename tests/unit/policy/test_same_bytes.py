"""The answer is the same with prefilter and compiled loops and without, in any batch and order."""

import base64
import codecs
import os
import random

import pytest

from streams.policy import Auditor, Pack
from streams.policy.cases import cases_of

SHARE = int(os.environ.get("PLUMBLINE_TEST_SHARE", "5"))  # 1: everything, which takes a minute
GLUE = [" ", " ", " ", "  ", "\n", ", ", ". ", "-", "'", "", "\u00a0", "\u3000", "—", "_", "\t", "/", "\u200b"]
HIDE = [
    lambda text: "".join(chr(ord(letter) + 0xFEE0) if "a" <= letter <= "z" else letter for letter in text),
    lambda text: text.replace("e", "3").replace("o", "0"),
    lambda text: "\u200b".join(text),
    lambda text: "  ".join(" ".join(word) for word in text.split()),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: codecs.encode(text, "rot13"),
]
ODD = "ſKİıÅẞßµéÉe\u0301ñçüÖßωςσΣдДжँ审查ไทย가ا😀\ud800\x00\uffff\U0010ffff'’-‐–"


@pytest.fixture(scope="module")
def auditors() -> tuple[Auditor, Auditor]:
    pack = Pack.load(None)
    return Auditor(pack), Auditor(pack, prefiltered=False, compiled=False)


def test_cases(auditors):
    contents = [[(case.group.field, case.text)] for case in list(cases_of(auditors[0].pack))[::SHARE]]
    with_it, without = (auditor.detect_batch(contents) for auditor in auditors)
    assert with_it == without
    assert sum(map(bool, with_it)) > 150 / SHARE


def test_texts_made_of_the_words_of_the_cases(auditors):
    words = sorted({word for case in cases_of(auditors[0].pack) for word in case.text.split()})
    contents = [[("text", mixed(random.Random(seed), words))] for seed in range(400 // SHARE)]
    with_it, without = (auditor.detect_batch(contents) for auditor in auditors)
    assert with_it == without


def test_hidden_texts(auditors):
    cases = list(cases_of(auditors[0].pack))[:: SHARE * 4]
    contents = [[("text", hide(case.text))] for case in cases for hide in HIDE]
    with_it, without = (auditor.detect_batch(contents) for auditor in auditors)
    assert with_it == without
    assert any(with_it)


def test_any_order_and_batch_gives_the_same(auditors):
    contents = [[("text", case.text), ("output", case.text[::-1])] for case in cases_of(auditors[0].pack)]
    whole, shuffled = auditors[0].detect_batch(contents), list(enumerate(contents))
    random.Random(1).shuffle(shuffled)
    one_by_one = {at: auditors[0].detect(content) for at, content in shuffled}
    assert whole == [one_by_one[at] for at in range(len(contents))]


def mixed(chance: random.Random, words: list[str]) -> str:
    """Words of cases in any order, with odd separators, letters and cases."""
    parts = []
    for _ in range(chance.randint(3, 60)):
        word = chance.choice(words)
        if chance.random() < 0.15:
            at = chance.randrange(len(word) + 1)
            word = word[:at] + chance.choice(ODD) + word[at + chance.randint(0, 1) :]
        parts += [chance.choice([word, word, word.upper(), word.title()]), chance.choice(GLUE)]
    return "".join(parts)
