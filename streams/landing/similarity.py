"""SimHash: texts that differ in a few words differ in a few of 64 bits, so that a campaign's variants find each other without its text.

Method: M. Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002, over word 3-grams.
"""

import re

import numpy as np
import xxhash

_WORD = re.compile(r"\w+")
_BITS = np.arange(64, dtype=np.uint64)
_MAX_WORDS = 2_000  # bounds the cost on long texts; a campaign text is short


def simhash(text: str) -> int:
    """64-bit similarity hash of a text, case and punctuation aside; 0 for a text without words."""
    words = _WORD.findall(text.casefold())[:_MAX_WORDS]
    if not words:
        return 0
    # Single words beside the 3-grams keep short texts stable: one changed word touches three 3-grams of maybe ten.
    grams = {" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))} | set(words)
    hashes = np.fromiter((xxhash.xxh3_64_intdigest(gram.encode()) for gram in grams), dtype=np.uint64, count=len(grams))
    ones = ((hashes[:, None] >> _BITS) & np.uint64(1)).sum(axis=0)
    bits = (ones * 2 > len(grams)).astype(np.uint64)
    return int((bits << _BITS).sum()) or 1


def distance(left: int, right: int) -> int:
    """Number of differing bits, 0 to 64."""
    return (left ^ right).bit_count()
