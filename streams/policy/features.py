"""Text to hashed n-grams: what the statistical classifier sees, in training and in use. Pure integer arithmetic, the same on every machine.

An n-gram becomes a bucket `row << 1 | sign`: the row of the weight table it shares with others, and whether its weight is added or subtracted there
(signed hashing: what collides cancels instead of adding up).
"""

import re
import unicodedata

import numpy as np
import numpy.typing as npt

Buckets = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.uint64]

BITS = 13  # 2 ** BITS rows, twice as many buckets
MOST_CHARACTERS = 4_000  # of one text
CHARACTER_ORDERS = (4, 5)
# What is no letter, digit or mark separates words. Marks are named by block: for Python they are not part of a word.
_SEPARATORS = re.compile(r"[^\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0970-\u0dff\u0e30-\u0e4e]+|_+")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x3040, 0x30FF), (0x3400, 0x9FFF))  # scripts without spaces: each character is a word
# Tampering: letters of two scripts in one word, digits for letters, letters set apart. Each is undone where it is seen.
_MIXED = re.compile(r"[a-z][\u0370-\u04ff]|[\u0370-\u04ff][a-z]")
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁӏкмтнвгαεορυικντ", "aeopcyxijsdlkmthbraeopuikvt")
_LEET_WORD = re.compile(r"(?<![\w@$])(?=[\w@$!]*[a-z])(?=[\w@$!]*[013457@$!])[a-z013457@$!]{3,}(?![\w@$])")
_LEET = str.maketrans("013457@$!", "oieastasi")
_SPACED = re.compile(r"(?<!\w)(?:[^\W\d_](?:[ .\-_*]{1,2})){3,}[^\W\d_](?!\w)")
_SET_APART = re.compile(r"[ .\-_*]")
_AGE = re.compile(r"\d+(?:st|nd|rd|th|am|pm|k|m|b|x|kg|km|mg|ml|gb|mb|s|h|d|yo|px)?")
_SPACE = np.uint64(32)
_MASK = (1 << 64) - 1
_BASE = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xD6E8FEB86659FD93)
_MARKS = tuple(np.uint64(0xA24BAED4963EE407 * order & _MASK) for order in range(8))


def _powers(base: int) -> Codes:
    return np.array([pow(base, exponent, 1 << 64) for exponent in range(MOST_CHARACTERS + 2)], dtype=np.uint64)


_UP, _DOWN = _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64))


def plain(text: str, *, limit: int | None = MOST_CHARACTERS) -> str:
    """Lower case, compatibility forms, tampering undone; one space between words and at both ends. `limit`: where it is cut."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
        if _MIXED.search(text):
            text = text.translate(_LOOK_ALIKES)
    text = _LEET_WORD.sub(_without_leet, text.lower())
    text = _SPACED.sub(lambda found: _SET_APART.sub("", found.group()), text)
    return f" {_SEPARATORS.sub(' ', text).strip()} "[:limit]


def _without_leet(found: re.Match[str]) -> str:
    word = found.group()
    core = word.rstrip("!")
    return word if core.isalpha() or _AGE.fullmatch(core) else core.translate(_LEET)


def buckets(text: str) -> Buckets:
    """The n-grams of a `plain` text, in a fixed order: characters by 4 and 5, words, neighbours."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    words = _words(codes)
    parts = [*(_characters(codes, order) for order in CHARACTER_ORDERS), words ^ _MARKS[1], (words[:-1] * _MIX) ^ (words[1:] + _MARKS[6])]
    hashes = np.concatenate(parts) * _MIX
    hashes ^= hashes >> np.uint64(32)
    hashes *= _MIX
    return (hashes >> np.uint64(63 - BITS)).astype(np.uint32)


def _characters(codes: Codes, order: int) -> Codes:
    count = max(0, len(codes) - order + 1)
    hashes = codes[:count] * _UP[order]
    for place in range(1, order):
        hashes += codes[place : place + count] * _UP[order - place]
    return hashes ^ _MARKS[order]


def _words(codes: Codes) -> Codes:
    """Hashes of the words: differences of one running sum, each brought back to the place 0."""
    space = codes == _SPACE
    edge = space
    if codes.max() >= _UNSPACED[0][0]:
        alone = np.zeros(len(codes), dtype=bool)
        for first, last in _UNSPACED:
            alone |= (codes >= first) & (codes <= last)
        edge = space | alone
    border = edge[:-1] | edge[1:]
    starts, ends = np.flatnonzero(border & ~space[1:]) + 1, np.flatnonzero(border & ~space[:-1]) + 1
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(codes * _UP[: len(codes)], out=sums[1:])
    return (sums[ends] - sums[starts]) * _DOWN[starts]
