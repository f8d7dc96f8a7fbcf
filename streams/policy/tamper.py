"""Texts that hide their words: what gives them away, and how they read without it.

The signs are few expressions that the one scan looks for along with all patterns, so that an ordinary text pays nothing. A text that shows one is
also read in other views: invisible characters gone, compatibility forms and look-alike letters plain, spaced letters joined, digits read as letters,
base64 segments decoded, rot13 turned back. Every view knows where each of its characters stands in the original.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import re2

from streams.policy.folding import folded


class Sign(NamedTuple):
    """Something that gives a text away: `exact`, for RE2, is the truth; what holds none of `anchors` cannot match it."""

    exact: str
    anchors: tuple[str, ...]


_INVISIBLE_CODES = "ad 34f 180e 200b 200c 200d 200e 200f 202a 202b 202c 202d 202e 2060 2061 2062 2063 2064 feff"
_INVISIBLE = tuple(rf"\x{{{code}}}" for code in _INVISIBLE_CODES.split(" "))
_FORM = r"[\x{ff21}-\x{ff5a}\x{1d400}-\x{1d7cb}\x{24b6}-\x{24e9}\x{1f130}-\x{1f189}\x{1d00}-\x{1d2b}]"
_MARK_OR_SCRIPT = r"[\x{300}-\x{52f}]"
_TURNED_WORDS = "gur|naq|lbh|ubj|jevgr|jvgu|gung|znxr|cyrnfr|uryc|grkg|jung|jurer|crbcyr|nobhg|guvf|gurz|jnag|sebz|unir|ure|trg|sbe"
# Too many are better than too few: a view costs time, a missing one costs a hit. Anchors cost every text: single characters are the cheapest.
SIGNS = INVISIBLE, FORMS, MARKS, SCRIPTS, SPACED, DIGITS, BASE64, TURNED = (
    Sign(f"[a-z][{''.join(_INVISIBLE)}]+[a-z]", _INVISIBLE),
    Sign(_FORM + "{2}", (_FORM,)),
    Sign(r"[a-z][\x{300}-\x{36f}]", (_MARK_OR_SCRIPT,)),
    Sign(r"[a-z][\x{370}-\x{52f}]|[\x{370}-\x{52f}][a-z]", (_MARK_OR_SCRIPT,)),
    Sign(r"\b(?:[a-z][ ._*\-]){4}[a-z]\b", (r"\b(?:[a-z][ ._*\-]){4}[a-z]\b",)),
    Sign(r"[a-z][013457@$!][a-z]", (r"[a-z][013457@$!][a-z]",)),
    Sign(r"[a-z0-9+/]{24}", ()),  # found by streams/policy/signs.py
    Sign(rf"\b(?:{_TURNED_WORDS})\b", (rf"\b(?:{_TURNED_WORDS})\b",)),
)
_OF_LETTERS = frozenset({INVISIBLE, FORMS, MARKS, SCRIPTS})
_PROGRAMS = [(sign, re2.compile(f"(?i)(?:{sign.exact})".encode())) for sign in SIGNS]
MOST_SEGMENTS = 16  # base64 segments of one text

# Cyrillic and Greek letters, each with the Latin one that it looks like.
_PAIRS = (
    "аa б6 вb гr еe ёe з3 іi јj кk ӏl мm нh оo рp сc тt уy хx һh чy ѕs ԁd ԛq ԝw ԍg ьb αa βb γy δd εe ζz ηn ιi κk μu νv οo "
    "ρp σo τt υu χx ωw АA ВB ЕE З3 ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ЅS ԌG ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX"
)
_LOOKALIKE = str.maketrans(dict(pair for pair in _PAIRS.split(" ")))
_LEET_I = str.maketrans("013457@$!|", "oieastasil")
_LEET_L = str.maketrans("013457@$!|", "oleastasll")
_ASCII_AND_OTHER = re.compile(r"[\x00-\x7f]*+[^\x00-\x7f]")
_WORD = re.compile(r"[^\W\d_]+")
# Three letters apart by a space, two by anything else: "I am" stays as it is.
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:(?P<between>[._*\-])(?:[^\W_](?P=between))*| (?:[^\W_] )+)[^\W_](?![^\W_])")
# A row of letters and of what stands for them, with both in it; from its beginning, lest a long word is read again from each of its letters.
_LEET = re.compile(r"(?<![A-Za-z013457@$!|])(?=[A-Za-z]*+[013457@$!|])(?=[013457@$!|]*+[A-Za-z])[A-Za-z013457@$!|]*[A-Za-z013457@$|]")
_BETWEEN_LETTERS = re.compile(r"[A-Za-z][013457@$!][A-Za-z]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{24,}={0,2}")
_ROT13 = re.compile(rf"\b(?:{_TURNED_WORDS}|gb|zr|vf|va|bs|ba|vg|zl|jr|ng|v)\b", re.IGNORECASE)


class View(NamedTuple):
    """A text as it may be meant. Character n of it stands for code points [`starts`[n], `ends`[n]) of the original; without them, for its n-th."""

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Code points [start, end) of the view, in the original."""
        return (start, end) if self.starts is None or self.ends is None else (self.starts[start], self.ends[end - 1])


def signs_of(scanned: bytes) -> frozenset[Sign]:
    """The signs that a text (UTF-8, folded) shows."""
    return frozenset(sign for sign, program in _PROGRAMS if program.search(scanned))


def views(text: str, signs: frozenset[Sign]) -> Iterator[View]:
    """The other ways to read a text, by its signs; those that differ from it."""
    plain = _latin(_bare(text)) if signs & _OF_LETTERS else View(text)
    if SPACED in signs or plain.text != text:
        plain = _joined(plain)
    seen = {text}
    for view in (plain, *_lettered(plain), *(_decoded(text) if BASE64 in signs else ()), *(_rotated(text) if TURNED in signs else ())):
        if view.text not in seen:
            seen.add(view.text)
            yield view


def views_of(text: str) -> Iterator[View]:
    """The other ways to read a text, if it shows any sign."""
    signs = signs_of(folded(text).encode("utf-8", "replace"))
    return views(text, signs) if signs else iter(())


def _bare(text: str) -> View:
    """Compatibility forms plain, Latin letters without their marks (patterns admit them so), invisible characters dropped."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for found in _ASCII_AND_OTHER.finditer(text):
        at = found.end() - 1
        if done < at:
            parts.append(text[done:at])
            starts.extend(range(done, at))
            ends.extend(range(done + 1, at + 1))
        plain = _plain(text[at], after_latin=bool(parts) and _is_latin(parts[-1][-1]))
        if plain:
            parts.append(plain)
            starts.extend([at] * len(plain))
            ends.extend([at + 1] * len(plain))
        elif ends:
            ends[-1] = at + 1
        done = at + 1
    return View("".join(parts) + text[done:], [*starts, *range(done, len(text))], [*ends, *range(done + 1, len(text) + 1)])


@lru_cache(4_096)
def _plain(character: str, *, after_latin: bool) -> str:
    """The characters that one stands for; none for an invisible one, and for a mark on a Latin letter."""
    kind = unicodedata.category(character)
    if kind == "Cf" or (kind in {"Mn", "Me"} and after_latin):
        return ""
    whole = unicodedata.normalize("NFKD", character)
    if _is_latin(whole[0]):
        return "".join(each for each in whole if unicodedata.category(each) not in {"Mn", "Me"})
    return unicodedata.normalize("NFKC", character)


def _is_latin(character: str) -> bool:
    return character.isalpha() and (ord(character) < 0x250 or 0x1E00 <= ord(character) < 0x1F00)


def _latin(view: View) -> View:
    """Words with letters that look Latin, in Latin letters: one character for one."""
    if view.text.isascii():
        return view
    return view._replace(text=_WORD.sub(lambda found: _latin_word(found.group()), view.text))


def _latin_word(word: str) -> str:
    if word.isascii():
        return word
    plain = word.translate(_LOOKALIKE)
    return plain if plain.isascii() or any(letter.isascii() for letter in word) else word


def _joined(view: View) -> View:
    """Letters that stand apart, together."""
    drop = {at for found in _SPACED.finditer(view.text) for at in range(found.start() + 1, found.end(), 2)}
    if not drop:
        return view
    kept = [at for at in range(len(view.text)) if at not in drop]
    starts, ends = ([view.original(at, at + 1)[side] for at in kept] for side in (0, 1))
    return View("".join(view.text[at] for at in kept), starts, ends)


def _lettered(view: View) -> Iterator[View]:
    """Digits and signs within words, as the letters that they stand for; some stand for two."""
    if _BETWEEN_LETTERS.search(view.text):
        for table in (_LEET_I, _LEET_L):
            yield view._replace(text=_LEET.sub(lambda found, table=table: found.group().translate(table), view.text))


def _decoded(text: str) -> Iterator[View]:
    """Base64 segments that hold a text; each of its characters stands for the whole segment."""
    count = 0
    for found in _BASE64.finditer(text):
        if count == MOST_SEGMENTS:
            return
        if hidden := _text_in(found.group()):
            count += 1
            yield View(hidden, [found.start()] * len(hidden), [found.end()] * len(hidden))


def _text_in(segment: str) -> str:
    bare = segment.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        hidden = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    readable = sum(character.isalpha() or character.isspace() for character in hidden)
    return hidden if readable > 0.8 * len(hidden) else ""


def _rotated(text: str) -> Iterator[View]:
    """The text with its letters turned by 13, when it speaks rot13."""
    if len({found.group().lower() for found in _ROT13.finditer(text)}) > 1:
        yield View(codecs.encode(text, "rot13"))
