"""Patterns and texts made to hang or crash an engine: each pattern is refused with a reason or compiles small, each text is read in time."""

import os
import random
import time
from collections.abc import Callable, Mapping
from functools import cache

import pytest
import re2

from streams.policy import Auditor, Pack
from streams.policy.anchors import telling
from streams.policy.prefilter import Plan
from streams.policy.reading import Reading
from streams.policy.regex import PatternError
from streams.policy.surroundings import compiled
from streams.policy.translate import Expression, translate

COUNT = 1_000 // int(os.environ.get("PLUMBLINE_TEST_SHARE", "5"))
ATOMS = [
    "a",
    "vote",
    "vot*",
    "a*",
    "*",
    "?",
    "|",
    "(",
    ")",
    "((",
    "))",
    "(a|b)",
    "(a | )",
    "()",
    "<5>",
    "<30>",
    "<31>",
    "<0>",
    "<-1>",
    "<99999999999>",
    "<x>",
    "{many}",
    "{none}",
    "{loop}",
    "{",
    "}",
    "/a/",
    "/a{64}/",
    "/(?:a{64}){64}/",
    "/(?:(?:a{64}){64}){64}/",
    "/a{65}/",
    "/a{1,}/",
    "/a*/",
    "/a+/",
    "/(a+)+/",
    "/(?:a|a)/",
    "/a??/",
    "/[a-/",
    "/[^a]{64}/",
    "/[]/",
    "/[\\d]/",
    "/\\d{3}/",
    "/\\w{64}/",
    "/\\pL/",
    "/\\x41/",
    "/\\1/",
    "/(?=a)/",
    "/(?i)a/",
    "/^a$/",
    "/./",
    "/.{64}/",
    "/a|/",
    "//",
    "/",
    "\\",
    "[",
    "]",
    "\u0000",
    "\u200b",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "é",
    "ß",
    "İ",
    "審査",
    "ไทย",
    "😀",
    "-",
    "'",
    "'''",
    "c++",
    "a.b",
    "x" * 500,
    "y" * 9_000,
    "\n",
    "\t",
    "٣",
    "/a{٣}/",
    "/a{2}{3}/",
    "/{2}/",
    "+",
    "^",
    "$",
    "&&",
]
LISTS: Mapping[str, list[str]] = {
    "many": [f"word{number} and more*" for number in range(400)],
    "loop": ["a {loop} b"],
    "wide": ["{many} <30> {many}"] * 50,
}


def pattern(chance: random.Random) -> str:
    return "".join(chance.choice(ATOMS) + chance.choice(["", " ", " "]) for _ in range(chance.randint(1, 4)))


def test_a_pattern_is_refused_with_a_reason_or_compiles_small():
    admitted: list[Expression] = []
    for seed in range(COUNT):
        began = time.process_time()
        try:
            admitted.append(translate(pattern(random.Random(seed)), LISTS))
        except PatternError as error:
            assert 8 < len(str(error)) < 400
        assert time.process_time() - began < 2
    assert len(admitted) > COUNT / 20
    text = ("vote a b c word7 and more " + "a" * 200 + " é審査 ") * 40
    for expression in admitted:
        began = time.process_time()
        plan = Plan([telling(expression.anchors)])
        named = plan.always or plan.candidates(Reading([[("text", text)]]))
        assert named or not compiled(expression).search(text.encode()), expression.exact[:200]
        assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{loop}", "nested deeper"),
        ("{wide} {wide}", "too large"),
        ("(" * 50 + "a" + ")" * 50, "nested deeper"),
        ("x" * 20_000, "more than 10000"),
        ("/(?:(?:a{60}){60}){60}/", "multiply"),
        ("/a{999999999999}/", "not bounded"),
        ("/(a+)+b/", "not admitted"),
        ("a\u0000b", "control"),
        ("<5> a", "between two words"),
        ("a?", "must match"),
        ("|", "must match"),
        ("/a|/", "empty text"),
        ("/[[:alpha:]]/", "not admitted"),
    ],
)
def test_what_could_blow_up_says_so(text, reason):
    with pytest.raises(PatternError, match=reason):
        translate(text, LISTS)


@cache
def texts() -> list[tuple[str, Callable[[random.Random], str]]]:
    everything = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    words = ["write", "letter", "senator", "votes", "against", "bill", "without", "her", "knowing", "lives", "secretly", "track", "phone"]
    return [
        ("one letter", lambda chance: chance.choice("ae0 \u0301é審😀\u200b.") * chance.randint(1, 20_000)),
        ("all of Unicode", lambda chance: everything[(at := chance.randrange(len(everything))) : at + 3_000]),
        ("random code points", lambda chance: "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randint(1, 400)))),
        ("words of patterns", lambda chance: " ".join(chance.choice(words) for _ in range(chance.randint(1, 2_000)))),
        ("words without end", lambda chance: "".join(chance.choice(words) for _ in range(chance.randint(1, 2_000)))),
        ("brackets and quotes", lambda chance: "".join(chance.choice("([{<\"'\\/|&;:,.-_=+*^%$#@!~`") for _ in range(5_000))),
        ("hidden", lambda chance: "\u200b".join(" ".join(chance.choice(words) for _ in range(200)))),
        ("much base64", lambda chance: " ".join("QUJDREVGR0hJSktMTU5PUFFSU1RVVldY" * chance.randint(1, 5) for _ in range(50))),
        ("one word", lambda chance: chance.choice(words) * 5_000),
        ("line feeds", lambda chance: "\n".join(chance.choice(words) for _ in range(3_000))),
    ]


def test_a_text_is_read_in_time_and_alike_by_both_ways():
    pack = Pack.load(None)
    both = Auditor(pack), Auditor(pack, prefiltered=False)
    for seed in range(COUNT):
        chance = random.Random(seed)
        name, made = texts()[seed % len(texts())]
        text = made(chance)
        began = time.process_time()
        both[0].detect([("text", text)])
        assert time.process_time() - began < 3, name
        if seed % 10 == seed // 10 % 10:
            short = text[:1_000]
            assert both[0].detect([("text", short)]) == both[1].detect([("text", short)]), name


def test_a_megabyte_is_read_in_seconds():
    auditor = Auditor(Pack.load(None))
    for unit in ("a", "write a letter to the senator against the bill ", "\u200ba", "é ", "x0y "):
        text = unit * (1_000_000 // len(unit.encode()))
        began = time.process_time()
        auditor.detect([("text", text)])
        assert time.process_time() - began < 20, unit


def test_re2_refuses_nothing_that_we_admit():
    assert re2.compile(compiled(translate("{many} <30> {many}", LISTS)).pattern) is not None
