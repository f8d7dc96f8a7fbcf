"""Normal forms to hashed features: what the statistical classifier sees, in training and in use. Integer arithmetic, the same on every machine.

A feature is a 64-bit key: of a word, of the beginning of a word, of two words in a row, or of three to five characters within a word. Keys are
differences of one running sum over the bytes, so that a whole block of texts is read in a few passes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.policy.ranges import Integers

Codes = npt.NDArray[np.uint64]

MOST_BYTES = 1 << 17  # of one block of normal forms
BEGINNING = 5  # characters of the beginning of a word
CHARACTERS = (3, 4, 5)
_SPACE, _BETWEEN = 32, 255
_MASK = (1 << 64) - 1
_BASE = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xD6E8FEB86659FD93)
_MARKS = tuple(np.uint64(0xA24BAED4963EE407 * order & _MASK) for order in range(9))


def _powers(base: int) -> Codes:
    found = np.ones(MOST_BYTES + 8, dtype=np.uint64)
    found[1:] = np.uint64(base)
    return np.multiply.accumulate(found)


POWERS, _DOWN = _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64))


class Words(NamedTuple):
    """Normal forms as words: bytes [`starts`, `ends`) of each; `keys`, (3, words), of itself, of its beginning, of it with the word before."""

    normal: bytes
    starts: Integers
    ends: Integers
    keys: Codes


def words_of(normal: bytes) -> Words:
    """Read a block of at most `MOST_BYTES`; it begins and ends with a space or a byte 255."""
    codes, gap, sums, letters = _read(normal)
    edges = np.flatnonzero(gap[1:] != gap[:-1]) + 1
    starts, ends = edges[0::2], edges[1::2]
    fifth = starts + BEGINNING
    if len(letters) < len(codes):
        fifth = letters[np.minimum(np.searchsorted(letters, starts) + BEGINNING, len(letters) - 1)]
    whole = (sums[ends] - sums[starts]) * _DOWN[starts]
    begun = (sums[np.minimum(fifth, ends)] - sums[starts]) * _DOWN[starts]
    before = np.concatenate([whole[:1], whole[:-1]])
    return Words(normal, starts, ends, _mixed(np.stack([whole ^ _MARKS[1], begun ^ _MARKS[2], (before * _MIX) ^ (whole + _MARKS[6])])))


def characters_of(words: Words) -> list[tuple[Integers, Codes]]:
    """Of each order the numbers of the words and the keys of the characters in a row; a space counts as one at the ends of a word."""
    _, gap, sums, letters = _read(words.normal)
    gap = gap[letters]
    gaps = np.concatenate([[0], np.cumsum(gap)])
    number = np.cumsum(gap[:-1] & ~gap[1:])  # words begun, counted from one, at the character behind
    edges = np.append(letters, len(sums) - 1)
    found = []
    for order in CHARACTERS:
        count = max(0, len(letters) - order + 1)
        first = np.flatnonzero(gaps[order - 1 : count + order - 1] == gaps[1 : count + 1])  # no gap but at the ends
        at = edges[first]
        keys = _mixed(((sums[edges[first + order]] - sums[at]) * _DOWN[at]) ^ _MARKS[order])
        found.append((number[first] - 1, keys))
    return found


def _read(normal: bytes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_], Codes, Integers]:
    """The bytes, which of them stand between words, the running sum over them, and where characters begin."""
    codes = np.frombuffer(normal, dtype=np.uint8)
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(codes * POWERS[: len(codes)], out=sums[1:])
    # in UTF-8 every other byte begins a character
    return codes, (codes == _SPACE) | (codes == _BETWEEN), sums, np.flatnonzero((codes & 0xC0) != 0x80)


def _mixed(keys: Codes) -> Codes:
    keys = keys * _MIX
    keys ^= keys >> np.uint64(32)
    return keys * _MIX
