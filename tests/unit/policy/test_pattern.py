"""The pattern language: what it says, and that a text which is said to match does, by both engines."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.policy.anchors import telling
from streams.policy.pattern import UnknownList, parse
from streams.policy.prefilter import Plan
from streams.policy.reading import Reading
from streams.policy.regex import PatternError
from streams.policy.required import literals
from streams.policy.scannable import scannable
from streams.policy.surroundings import compiled
from streams.policy.translate import Expression, translate

LISTS = {"fruit": ["apple*", "pear tree", "(red | green)? plum"]}


def found(pattern: str, text: str) -> str | None:
    """The first match."""
    match = compiled(translate(pattern, LISTS)).search(scannable(text))
    return match.group(1).decode() if match else None


def looked_for(expression: Expression, text: str) -> bool:
    """Whether the prefilter names the pattern for the text."""
    plan = Plan([telling(expression.anchors)])
    reading = Reading([[("text", text)]])
    return bool(plan.always or plan.candidates(reading))


@pytest.mark.parametrize(
    ("pattern", "text", "match"),
    [
        ("election day", "On Election  Day!", "Election  Day"),
        ("election day", "election, day", "election, day"),
        ("election day", "elections day", None),
        ("vot*", "revote, voting", "voting"),
        ("vot*", "pivot", None),
        ("école", "l'Ecole est ÉCOLE", "Ecole"),
        ("été", "métété", None),
        ("(win | lose) <2> seat", "win back the seat", "win back the seat"),
        ("(win | lose) <2> seat", "win all of back the seat", None),
        ("the? seat", "seat", "seat"),
        ("win (the)? seat", "win the seat", "win the seat"),
        ("buy {fruit}", "buy green plum", "buy green plum"),
        ("buy {fruit}?  now", "buy now", "buy now"),
        ("don't", "dont don’t", "dont"),
        ("x-ray", "x ray xray x–ray", "x ray"),
        ("/[0-9]{2}/ votes", "11,780 votes 80 votes", "80 votes"),
        ("/[0-9]{3}/", "1234", None),
        ("審査", "これは審査です", "審査"),
        ("c++", "C++ code", "C++"),
        ("straße", "STRASSE straße", "straße"),
    ],
)
def test_what_a_pattern_matches(pattern, text, match):
    assert found(pattern, text) == match


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a {fruits}", "no list 'fruits'"),
        ("(a", "no closing one"),
        ("a)", "no opening one"),
        ("<3> a", "between two words"),
        ("a <3>", "between two words"),
        ("a <0> b", "between <1> and <30>"),
        ("a? <2> b", "may be missing"),
        ("a*", "nearly every word"),
        ("%", "no word"),
        ("?", "nothing before it"),
        ("/(a)/", "not admitted"),
        ("/a{2,}/", "not bounded"),
        ("/a[/", "does not parse"),
        ("", "must match"),
    ],
)
def test_what_is_no_pattern_says_why(pattern, reason):
    with pytest.raises(PatternError, match=reason):
        parse(pattern, LISTS)


@pytest.mark.parametrize("pattern", ["<" + "[" * 3_000 + ">", "{" + "a" * 5_000 + "}", "*" + "%" * 4_000, "/a{" + "1" * 900 + "}/"])
def test_a_reason_is_short_however_long_what_it_quotes(pattern):
    with pytest.raises(PatternError) as caught:
        parse(pattern, LISTS)
    assert 8 < len(str(caught.value)) < 320


def test_an_unknown_list_is_named():
    with pytest.raises(UnknownList) as caught:
        parse("{friut}", LISTS)
    assert caught.value.name == "friut"


# A pattern and a text that it must match, made together.

WORDS = ["vote", "the", "a1", "école", "o'clock", "x-ray", "naïve", "Straße", "審査", "ไทย", "c++", "über", "señor", "σοφός", "выбор", "of"]
BETWEEN = [" ", "  ", ", ", "\n", " - ", "。", "\u00a0", "\u3000"]


@st.composite
def cases(draw: st.DrawFn, depth: int = 2) -> tuple[str, str]:
    kind = draw(st.sampled_from(["word", "open", "row", "either", "gap", "maybe"] if depth else ["word", "open"]))
    if kind == "word":
        word = draw(st.sampled_from(WORDS))
        return word, draw(st.sampled_from([word, word.upper() if len(word.upper()) == len(word) else word]))
    if kind == "open":
        word = draw(st.sampled_from([word for word in WORDS if word[-1].isalpha()]))
        return f"{word}*", word + draw(st.sampled_from(["", "s", "ières", "7", "ы"]))
    (first, text), (second, more) = draw(cases(depth=depth - 1)), draw(cases(depth=depth - 1))
    between = draw(st.sampled_from(BETWEEN))
    if kind == "row":
        return f"{first} {second}", text + between + more
    if kind == "either":
        return f"({first} | {second})", draw(st.sampled_from([text, more]))
    if kind == "gap":
        extra = draw(st.lists(st.sampled_from(["of", "это", "x9"]), max_size=3))
        return f"{first} <3> {second}", between.join([text, *extra, more])
    return f"{first} ({second})?", draw(st.sampled_from([text, text + between + more]))


@settings(max_examples=150, deadline=None)
@given(cases(), st.sampled_from(["", "so: ", "“", "é "]), st.sampled_from(["", ".", " it", "”"]))
def test_a_text_that_must_match_is_found_by_both_engines(case, before, after):
    pattern, text = case
    expression, scanned = translate(pattern, {}), scannable(before + text + after)
    assert compiled(expression).search(scanned), (expression.exact, text)
    assert looked_for(expression, before + text + after), (expression.anchors, text)


def test_the_rarest_words_are_looked_for():
    [chosen, *_] = telling(translate("(write | draft) <8> (the | a) <3> stalkerware", {}).anchors)
    assert chosen == (" stalkerware ",)
    chance = random.Random(3)
    expression = translate("write <8> the <3> stalkerware", {})
    assert not any(looked_for(expression, " ".join(chance.choices(["the", "write", "a", "draft"], k=50))) for _ in range(20))


@pytest.mark.parametrize("text", ["jack-in-the-box-and-lid", "jack in thebox and lid", "jackintheboxandlid"])
def test_a_word_with_many_hyphens_is_looked_for_however_it_is_written(text):
    expression = translate("jack-in-the-box-and-lid", {})
    assert compiled(expression).search(scannable(text))
    assert looked_for(expression, text)


def test_beside_a_common_word_a_second_one_is_looked_for():
    expression = translate("my <3> wife <3> password", {})
    assert looked_for(expression, "my wife has a password")
    assert not looked_for(translate("write <8> list <8> names", {}), "a list of words")


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("/(?:hb|sb)[0-9]{1,3}/", ("hb", "sb")),
        ("/@[a-z]{2}x?end/", ("end",)),
        ("/[a-z]{3}/", None),
        ("/(?:ab|[a-z])c?/", None),
        ("/[0-9]{2}:[0-9]{2}/", (":",)),
    ],
)
def test_what_a_regular_expression_needs_is_known(source, needed):
    node = parse(source, {})
    assert literals(node.source) == needed
