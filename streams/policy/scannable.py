"""The form of a text that the exact expressions of patterns read: one code point for each, and beyond ASCII nothing but letters, marks and numbers.

So expressions name what stands between words by ASCII alone. With Unicode's classes in them, the programs of RE2 are five times as large.
"""

import unicodedata
from collections.abc import Sequence

from streams.policy.folding import folded

# What separates words: ASCII but letters, digits and underscore; Latin-1 punctuation; general, CJK and full-width punctuation.
_SEPARATORS = (
    *((0x00, 0x2F), (0x3A, 0x40), (0x5B, 0x5E), (0x60, 0x60), (0x7B, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF)),
    *((0x2000, 0x206F), (0x3000, 0x303F), (0xFF01, 0xFF0F)),
)
SEPARATOR, OTHER = r"\x00-/:-@\[-\^`\{-\x7f", "\ue000"  # as a class; what neither separates words nor is part of one
_SPELLED = {0x2019: "'", **dict.fromkeys(range(0x2010, 0x2016), "-")}  # apostrophe and hyphens, which patterns spell
_WORDLIKE = ("L", "M", "N")  # Unicode's letters, marks and numbers


def is_among(character: str, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)


def is_separator(character: str) -> bool:
    """Whether a character can stand between two words of a pattern."""
    return is_among(character, _SEPARATORS)


def is_wordlike(character: str) -> bool:
    """Whether a character can be part of a word."""
    return character == "_" or unicodedata.category(character).startswith(_WORDLIKE)


class _Table(dict[int, str]):
    """Characters to their form, as they are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code < 0x80 or 0xD800 <= code < 0xE000:  # a lone surrogate becomes a question mark in UTF-8
            found = character
        elif is_separator(character):
            found = _SPELLED.get(code, " ")
        else:
            found = folded(character) if is_wordlike(character) else OTHER
        self[code] = found
        return found


_TABLE = _Table()


def plain(text: str) -> str:
    """The form of a text, or of the source of an expression."""
    return text if text.isascii() else text.translate(_TABLE)


def scannable(text: str) -> bytes:
    """The form of a text as UTF-8, as it is scanned. A lone surrogate, which no UTF-8 has, becomes a question mark."""
    return plain(text).encode("utf-8", "replace")
