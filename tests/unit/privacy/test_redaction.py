"""An excerpt shows why a text matched and nothing that identifies or opens: whole secrets, half ones, and broken-up ones are masked; words stay."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.privacy_redaction import _SIGNS, _plain, _secrets, redact

GONE = "[…]"


def shown(text: str) -> str:
    """The whole of a short text, redacted."""
    return redact(text, 0, len(text))


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("write to ann.lee+x@mail.example.org today", f"write to {GONE} today"),
        ("write to ann (at) example.org today", f"write to {GONE} today"),
        ("write to ａnn＠example.org today", f"write to {GONE} today"),
        ("write to an\u200bn@exa\u00admple.org today", f"write to {GONE} today"),
        ("follow @ann_lee now", f"follow {GONE} now"),
        ("call +45 12 34 56 78 now", f"call {GONE} now"),
        ("call (555) 010-4477 now", f"call {GONE} now"),
        ("call ٠١٢٣٤٥٦٧ now", f"call {GONE} now"),
        ("card 4111-1111-1111-1111 please", f"card {GONE} please"),
        ("born 1990-02-28 in Ribe", f"born {GONE} in Ribe"),
        ("pay DK50 0040 0440 1162 43 today", f"pay {GONE} today"),
        ("ping 192.0.2.44 first", f"ping {GONE} first"),
        ("ping 2001:db8:0:1::7 first", f"ping {GONE} first"),
        ("ping fe80::1 first", f"ping {GONE} first"),
        ("see https://example.org/u/ann?key=1 there", f"see {GONE} there"),
        ("see www.example.org/ann there", f"see {GONE} there"),
        ("picture data:image/png;base64,iVBORw0KGgo= here", f"picture {GONE} here"),
        ("use sk-proj-abcdEFGH1234 here", f"use {GONE} here"),
        ("use ghp_16C7e42F292c6912E7710c838347Ae178B4a here", f"use {GONE} here"),
        ("use AKIAIOSFODNN7EXAMPLE here", f"use {GONE} here"),
        ("use eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here", f"use {GONE} here"),
        ("Authorization: Bearer abc.def now", f"{GONE} now"),
        ("the password is hunter2 now", f"the {GONE} now"),
        ("my password hunter2 works", f"my {GONE} works"),
        ('{"password": "correct horse battery staple", "ok": true}', f'{{"{GONE}, "ok": true}}'),
        ("api key token abc123 works", f"api key {GONE} works"),
        ("customer kd-9912345678x wrote", f"customer {GONE} wrote"),
        ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 ends", f"id {GONE} ends"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\nvgIBADAN\n-----END PRIVATE KEY-----\nends", f"{GONE} ends"),
    ],
)
def test_what_identifies_or_opens_is_masked(text: str, excerpt: str) -> None:
    assert shown(text) == excerpt


@pytest.mark.parametrize(
    "text",
    [
        "my skepticism about skateboarding in Asia", "a secret ballot is held on Tuesday", "reset the password soon", "at 10:30 on page 12",
        "section 3.2.1 of 2024",         "costs 1,000,000 kroner", "ann at the harbor", "12 345 votes", "e.g. this: that; those",
        "an antidisestablishmentarianism of words",
        "¿Dónde está la biblioteca?", "世界の港で会いましょう", "a@", "@", "C++ and C#", "the token system of ferries", "5 % of 30 or 40",
    ],
)  # fmt: skip
def test_plain_words_and_small_numbers_stay(text: str) -> None:
    assert shown(text) == text


def test_an_excerpt_is_one_line_without_control_or_direction_characters() -> None:
    assert shown("a\nb\tc\x00d\x1b[31me\u202ef\u2028g\u200bh") == "a b c d [31mef gh"


@pytest.mark.parametrize("limit", [1, 20, 120])
def test_an_excerpt_is_no_longer_than_its_limit_and_holds_the_span(limit: int) -> None:
    text = "word " * 200 + "needle" + " word" * 200
    start = text.index("needle")
    excerpt = redact(text, start, start + 6, limit)
    assert len(excerpt) <= limit
    assert "needle"[:limit] in excerpt or limit == 1


def test_a_span_longer_than_the_excerpt_shows_its_beginning() -> None:
    text = "begin " + "middle " * 50 + "end"
    assert redact(text, 0, len(text)).startswith("begin middle")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 5), (-3, 99), (99, 120), (7, 3)])
def test_a_span_outside_the_text_is_brought_inside(start: int, end: int) -> None:
    assert redact("plain words", start, end) == "plain words"


def test_an_empty_text_has_an_empty_excerpt() -> None:
    assert redact("", 0, 0) == ""


# -- no secret survives a cut

WORDS = (
    "the",
    "ferry",
    "leaves",
    "when",
    "many",
    "people",
    "vote",
    "for",
    "it",
    "or",
    "against",
    "some",
    "of",
    "our",
    "plans",
    "and",
    "nobody",
    "knows",
)
UPPER, DIGITS, MIXED = "BCDFGHJKLMNPQRSTVWXZ", "0123456789", "bcdfghjkmpqxzBCDFGHJKLMNPQRSTVWXZ23456789"


def _of(random: Random, letters: str, count: int) -> str:
    return "".join(random.choice(letters) for _ in range(count))


KINDS = {
    "e-mail": lambda r: f"{_of(r, MIXED, 6)}.{_of(r, MIXED, 5)}@{_of(r, MIXED, 8)}.example",
    "e-mail, broken up": lambda r: "\u200b".join(f"{_of(r, MIXED, 6)}@{_of(r, MIXED, 8)}.example"),
    "phone": lambda r: "+" + " ".join(_of(r, DIGITS, 2) for _ in range(5)),
    "phone, full width": lambda r: "".join(chr(0xFF10 + int(digit)) for digit in _of(r, DIGITS, 9)),
    "card": lambda r: "-".join(_of(r, DIGITS, 4) for _ in range(4)),
    "bank account": lambda r: f"DK{_of(r, DIGITS, 2)} " + " ".join(_of(r, DIGITS, 4) for _ in range(4)),
    "network address": lambda r: ".".join(str(r.randrange(100, 255)) for _ in range(4)),
    "network address, version 6": lambda r: ":".join(_of(r, "0123456789abcdef", 4) for _ in range(8)),
    "address": lambda r: f"https://{_of(r, MIXED, 9)}.example/{_of(r, MIXED, 30)}",
    "handle": lambda r: f"@{_of(r, MIXED, 12)}",
    "API key": lambda r: f"sk-{_of(r, MIXED, 40)}",
    "cloud key": lambda r: f"AKIA{_of(r, UPPER + DIGITS, 16)}",
    "web token": lambda r: f"eyJ{_of(r, MIXED, 30)}.{_of(r, MIXED, 60)}.{_of(r, MIXED, 40)}",
    "header": lambda r: f"Authorization: Bearer {_of(r, MIXED, 12)}",
    "password": lambda r: f"password={_of(r, MIXED, 10)}",
    "quoted password": lambda r: f'"password": "{_of(r, MIXED, 6)} {_of(r, MIXED, 6)} {_of(r, MIXED, 6)}"',
    "hexadecimal": lambda r: f"{_of(r, '0123456789abcdef', 64)}",
    "private key": lambda r: "-----BEGIN KEY-----\n" + "\n".join(_of(r, MIXED, 64) for _ in range(30)) + f"\n{_of(r, MIXED, 11)}\n-----END KEY-----",
}
FRAGMENT = 5  # code points of a secret in a row that must not show; the names of kinds of secret may


def fragments(secret: str, around: str) -> set[str]:
    plain = "".join(chr(ord("0") + ord(c) - 0xFF10) if "０" <= c <= "９" else c for c in secret if c != "\u200b")
    known = around + "https:// .example Authorization: Bearer password= password: BEGIN KEY END ----- AKIA"
    return {piece for at in range(len(plain) - FRAGMENT + 1) if (piece := plain[at : at + FRAGMENT]) not in known}


@pytest.mark.parametrize("kind", KINDS)
def test_no_part_of_a_secret_survives_whatever_is_cut(kind: str) -> None:
    @given(st.integers(0, 2**64))
    @settings(max_examples=150, derandomize=True, database=None, deadline=None)
    def each(seed: int) -> None:
        random = Random(seed)
        before, after = (" ".join(random.choices(WORDS, k=random.choice((0, 1, 5, 60, 90, 600)))) for _ in range(2))
        secret = KINDS[kind](random)
        text = f"{before} {secret} {after}"
        at = random.choice((len(before), len(before) + random.randrange(len(secret) + 2), random.randrange(len(text) + 1)))
        excerpt = redact(text, at, at + random.choice((0, 1, 7, 60, 300)), random.choice((20, 60, 120)))
        assert [piece for piece in fragments(secret, before + after) if piece in excerpt] == []

    each()


def test_the_check_above_finds_a_secret_that_is_not_masked() -> None:
    secret = KINDS["API key"](Random(1))
    assert [piece for piece in fragments(secret, "") if piece in f"see {secret[:9]}"]


# -- hostile texts

HOSTILE = {
    "at signs": "a@", "letters": "a", "dots": "1.", "colons": "a:", "double colons": "::", "hexadecimal": "abcdef0", "keys": "-----BEGIN x-----",
    "digits": "1 ", "addresses": "http://", "almost keys": "a" * 39 + " ", "passwords": "password ", "equals": "=", "passwords of them": "password=",
    "accents": "é", "ideographs": "世", "mixed": "é1a@:", "spaces": " ", "accounts": "AB12 ", "handles": "@a",
    "brackets": "(at)", "invisible": "\u200b", "quotes": 'token="',
}  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_costs_the_same_however_long_it_is(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    for at in (0, len(text) // 2, len(text) - 5):
        assert len(redact(text, at, at + 5)) <= 120
    assert time.process_time() - began < 1  # a few milliseconds each


PIECES = [
    *(
        "a@b.co",
        "@handle",
        "jane (at) ex.org",
        "sk-abcdefgh12345",
        "SG.abcdefgh_1",
        "AKIAABCDEFGH1234",
        "eyJhbGciOi.J9_x",
        "abc123def456ghi789jkl0",
        "A" * 45,
    ),
    *("password: hunter2", "PaſſWord=é", "toKen is x9_", "Bearer abc.def", "https://x.y/z?k=1", "WWW.foo.bar", "data:x,yy", "fe80::1", "1.2.3.4"),
    *(
        "DE89 3704 0044 0532 0130 00",
        "+49 170 1234567",
        "１２３ 456 789",
        "-----BEGIN KEY-----abc-----END KEY-----",
        "plain words",
        "a.b-c_d",
        "İ",
        "ı",
        "\u2028",
    ),
]


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(PIECES).flatmap(lambda piece: st.integers(0, 3).map(lambda start: piece[start:])) | st.text(max_size=4), max_size=6),
    st.sampled_from([" ", "", "-"]),
)
def test_a_look_for_signs_first_leaves_nothing_unmasked(pieces: list[str], glue: str) -> None:
    text = _plain(glue.join(pieces))
    shown_signs = frozenset(sign for sign, program in _SIGNS.items() if program.search(text))
    assert _secrets(shown_signs | {"@"}).sub("#", text) == _secrets(frozenset(_SIGNS)).sub("#", text)
