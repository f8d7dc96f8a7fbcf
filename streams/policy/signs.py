"""Which of many texts may hide their words: one scan for the signs of it (streams/policy/tamper.py)."""

import re
import string
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import re2

from streams.policy.folding import folded
from streams.policy.tamper import BASE64, SIGNS

# All signs but one in one program, whose cost does not grow with their number. That one, rows of letters, would cost three times as much as the rest.
_ANY = re2.compile(f"(?i)(?:{'|'.join(sorted({anchor for sign in SIGNS if sign is not BASE64 for anchor in sign.anchors}))})".encode())
# Letters, digits, + and /, with what is a letter without regard to case: long s and the sign of Kelvin. A row of 24 holds two whole blocks of eight
# bytes side by side.
_LETTERS = (string.ascii_letters + string.digits + "+/\u017f\u212a").encode()
_IS_LETTER = bytes(byte in _LETTERS for byte in range(256))
_ROW = re.compile(b"[%b]{24}" % re.escape(_LETTERS))
_BLOCK = 8


def suspects_among(texts: Sequence[str]) -> Sequence[int]:
    """Numbers of the texts that may show a sign, in ascending order. Too many are named, never too few."""
    whole = "\n".join(texts)
    # a line end is part of no sign, so that none reaches from one text into the next
    parts = texts if whole.isascii() else [folded(text).encode("utf-8", "replace") for text in texts]
    scanned = whole.encode() if parts is texts else b"\n".join(parts)
    ends = list(accumulate(len(part) + 1 for part in parts))
    found = {bisect_right(ends, place) for place in _rows_of_letters(scanned)}
    place = 0
    while match := _ANY.search(scanned, place):
        text = bisect_right(ends, match.start())
        found.add(text)
        place = ends[text]  # one is enough
        if place >= len(scanned):
            break
    return sorted(found)


def _rows_of_letters(scanned: bytes) -> Iterator[int]:
    """A place in each row of 24."""
    whole = len(scanned) // _BLOCK * _BLOCK
    full = np.frombuffer(scanned[:whole].translate(_IS_LETTER), dtype=np.uint64) == 0x0101010101010101
    places = np.flatnonzero(full[1:] & full[:-1]) * _BLOCK + _BLOCK
    return (place for place in places.tolist() if _ROW.search(scanned, max(0, place - 2 * _BLOCK), place + 2 * _BLOCK))
