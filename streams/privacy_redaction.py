"""Redacted excerpts: enough of a text to see why it matched, without what identifies or opens anything.

Masking runs over a window far wider than the excerpt, and the cut comes after it, so that half a secret never shows. Where a writer breaks a secret
up with characters that nobody sees, those are taken out first. Names, places and plain words stay: an excerpt is for people who may see why a text
was tagged, it expires, and storing it can be turned off (`privacy.excerpts`).
"""

import re
import unicodedata
from functools import cache, lru_cache

import re2

WINDOW, STRETCH = 400, 4_096  # code points kept around the excerpt, and how far its edges move to reach a space
LONGEST_KEY = 8_192  # how far back a private key that is open at the window's edge may begin
MOST_PLAIN = 20_000  # code points whose plain form is remembered
_NO_TOKEN = range(0x2E80, 0xFB00)  # Chinese, Japanese, Korean and their neighbours
_GONE = "\ue000"  # stands for one masked code point until the cut is made

# What is masked, each with what a text that has it must hold: without a look first, one expression of all would be tried at every character. In this
# order: what an earlier one has masked, a later one no longer sees. Every repetition is bounded, or cannot start twice in one place.
# in Python's eyes, the Turkish i is a letter of a to z when case does not matter
_LONG = r"[a-z\x{130}\x{131}0-9+/_=.~\-]{20}"
_SECRETS = (
    (r"-----", r"-----BEGIN[^-]{0,60}-----[\s\S]{0,8000}?(?:-----END[^-]{0,60}-----|\Z)"),
    (r"://", r"\b[a-z][a-z0-9+.-]{1,20}://\S+"),  # addresses, with whatever they carry
    (r"www\.", r"\bwww\.\S+"),
    (r"data:", r"\bdata:[^\s,]{1,80},\S+"),
    (r"@", r"""[^\s@<>()\[\],;:"']{1,200}@[^\s@<>()\[\],;:"']{1,250}"""),  # e-mail and the like
    (r"[(\[{]\s?at\s?[)\]}]", r"""[^\s@<>()\[\],;:"']{1,64}\s?[(\[{]\s?at\s?[)\]}]\s?[^\s@<>()\[\],;:"']{1,250}"""),
    (r"@", r"(?<![\w.])@\w[\w.-]{1,60}"),  # handles
    (
        r"pass|pwd|secret|token|key|bearer|auth",
        r"""(?:\b(?:password|passwd|pwd|passphrase|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|bearer|authorization)\b["']?"""
        r"""(?:\s{0,5}[:=]\s{0,5}|\s{1,5}is\s{1,5}|\s{1,5}(?=\S{0,60}[\d_~!#$%^&*+=]))){1,4}"""  # what follows is the secret:
        r"""(?:(?:bearer|basic|digest|token)\s{1,5})?(?:"[^"]{1,200}"|'[^']{1,200}'|\S+)""",
    ),
    (
        r"[-_.][-_.a-z\x{130}\x{131}0-9]{8}",
        r"\b(?:(?:sk|pk|rk|ghp|gho|ghs|ghu|ghr|github_pat|glpat|xox[abeprs]|hf|npm|pypi|shpat|whsec)[-_]|SG\.|ya29\.)[-_.A-Za-z0-9]{8,}\S*",
    ),
    (r"(?-i:AKIA|ASIA|AIza|eyJ)", r"\b(?-i:AKIA|ASIA|AIza|eyJ)[-_.A-Za-z0-9]{8,}\S*"),
    (_LONG, r"(?=[^\s]{0,40}\d)(?=[^\s]{0,40}[A-Za-z])[A-Za-z0-9+/_=.~-]{20,}\S*"),  # long mixed tokens
    (_LONG, r"[A-Za-z0-9+/_=-]{40,}\S*"),
    (r":", r"(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{0,40}|[0-9a-f:]{0,40}::[0-9a-f:]{1,40}"),  # IPv6
    (r"\d\.\d", r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),  # IPv4
    (r"(?-i:[A-Z]{2}\d{2})", r"(?-i:[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,8}(?:[ ]?[A-Z0-9]{1,3}\b)?)"),  # bank accounts
    # phones, cards, dates of birth: six digits and more
    (r"\d(?:[ \x{a0}().\-/–—]{0,3}\d){5}", r"(?:[\w-]{1,40}|\+?\(?)\d(?:[ \u00a0().\-/–—]{0,3}\d){5,}\w{0,40}"),
)
_SIGNS = {sign: re2.compile(f"(?i){sign}") for sign, _ in _SECRETS}


@cache
def _secrets(signs: frozenset[str]) -> re.Pattern[str]:
    """One expression of what may be in a text that shows these signs."""
    return re.compile("|".join(f"(?:{secret})" for sign, secret in _SECRETS if sign in signs), re.IGNORECASE)


def redact(text: str, start: int, end: int, limit: int = 120) -> str:
    """An excerpt around the code points [start, end) of `text`, of at most `limit` code points, on one line.

    Masked: e-mail addresses, phone and card numbers and other runs of six digits, network addresses, URLs, handles, keys and tokens. Control and
    direction characters become spaces, invisible ones disappear. A span longer than the excerpt shows its beginning.
    """
    start, end = max(0, min(start, len(text))), max(0, min(end, start + limit, len(text)))  # no more of a long span is ever shown
    first, last = _window(text, start, max(start, end))
    before, within, after = (_plain(part) for part in (text[first:start], text[start : max(start, end)], text[max(start, end) : last]))
    masked = _masked(before + within + after, open_start=first > 0, open_end=last < len(text))
    begin = len(before) - max(0, limit - len(within)) // 2
    begin = max(0, min(begin, len(masked) - limit))
    return _collapse(masked[begin : begin + limit])[:limit].strip()


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of the text to look at: its edges cut through no token and through no private key. A short text is looked at as a whole, once."""
    if len(text) <= 3 * WINDOW:
        return 0, len(text)
    first, last = _to_space(text, start - WINDOW, -1), _to_space(text, end + WINDOW, 1)
    key = text.rfind("-----BEGIN", max(0, first - LONGEST_KEY), first)
    return (first if key < 0 else key), last


def _to_space(text: str, at: int, step: int) -> int:
    """Move outward to white space, or a letter of a script that writes without it, so that the window does not cut through a token."""
    if at <= 0 or at >= len(text):
        return min(max(at, 0), len(text))
    for moved in range(STRETCH):
        where = at + step * moved
        if where <= 0 or where >= len(text) or text[where].isspace() or ord(text[where]) in _NO_TOKEN:
            return min(max(where, 0), len(text))
    return at + step * STRETCH


def _plain(part: str) -> str:
    """Digits and full-width characters in their plain form, what cannot be printed as a space, and nothing of what nobody sees."""
    return part if part.isascii() and part.isprintable() else part.translate(_PLAIN)


def _plain_character(character: str) -> str:
    form = unicodedata.normalize("NFKC", character)
    if len(form) == 1:
        digit = unicodedata.decimal(form, None)
        character = form if digit is None else str(digit)
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return " " if category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"} else character


class _Plain(dict[int, str]):
    """Code point -> its plain form, worked out when it first comes up."""

    def __missing__(self, code_point: int) -> str:
        if len(self) > MOST_PLAIN:
            self.clear()
        self[code_point] = plain = _plain_character(chr(code_point))
        return plain


_PLAIN = _Plain()


@lru_cache(maxsize=16)  # the places that are shown of one text often lie in one window
def _masked(part: str, *, open_start: bool, open_end: bool) -> str:
    """The same number of code points, secrets replaced."""
    signs = frozenset(sign for sign, program in _SIGNS.items() if program.search(part))
    hidden = _secrets(signs).sub(lambda found: _GONE * len(found.group()), part) if signs else part
    if open_start:
        hidden = _edge(hidden)
    if open_end:
        hidden = _edge(hidden[::-1])[::-1]
    return hidden


def _edge(part: str) -> str:
    """Hide the token at the edge of a window that found no space: it may be the tail of a secret."""
    head = part.split(" ", 1)[0]
    return _GONE * len(head) + part[len(head) :] if len(head) >= 20 else part


def _collapse(part: str) -> str:
    return re.sub(r" {2,}", " ", re.sub(f"{_GONE}+", "[…]", part))
