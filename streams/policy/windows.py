"""The parts of an event's content that the classifier reads: the beginning, and windows over all, so that a few words in a long text are found."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.policy.features import MOST_BYTES, Words
from streams.policy.normal import BETWEEN
from streams.policy.ranges import Integers, ranges
from streams.policy.reading import Reading

WORDS, STEP, HEAD = 60, 40, 130  # of a window; between two; of the beginning, which is read as a whole
MOST_WINDOWS = 400  # of one text


class Block(NamedTuple):
    """Some events' texts as words, and the windows over them.

    `texts`: of each text its first word; the first of them has the number `number` in the reading. `events`, `starts`, `ends`: of each window its
    event and its words; `first`: of each window, whether it is the beginning.
    """

    words: Words
    number: int
    texts: Integers
    events: Integers
    starts: Integers
    ends: Integers
    first: npt.NDArray[np.bool_]


def blocks(reading: Reading) -> Iterator[Block]:
    """All windows of all events, in blocks of at most `MOST_BYTES`; of a longer event, its beginning."""
    bounds = np.concatenate([[0], reading.ends + 1])
    owners = np.array(reading.owners, dtype=np.int64)
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    ends = bounds[np.append(firsts[1:], len(owners))]
    at = 0
    while at < len(firsts):
        begin = int(bounds[firsts[at]])
        until = max(at + 1, int(np.searchsorted(ends, begin + MOST_BYTES, side="right")))
        texts = slice(int(firsts[at]), int(firsts[until]) if until < len(firsts) else len(owners))
        normal = reading.normal[begin : int(ends[until - 1])]
        if len(normal) > MOST_BYTES:
            normal = normal[: MOST_BYTES - 2].rpartition(b" ")[0] + b" " + BETWEEN
        yield _block(reading.loops.words(normal), texts.start, bounds[texts] - begin, owners[texts])
        at = until


def _block(words: Words, number: int, begins: Integers, owners: Integers) -> Block:
    """`begins`: of each text its first byte; `owners`: its event."""
    texts = np.searchsorted(words.starts, begins)
    own = np.flatnonzero(np.diff(owners, prepend=-1))  # the first text of each event
    events, starts, sizes = owners[own], texts[own], np.diff(np.append(own, len(owners)))
    ends = np.append(starts[1:], len(words.starts))
    begun = np.flatnonzero(ends > starts)
    heads = np.stack([events[begun], starts[begun], np.minimum(ends, starts + HEAD)[begun]])
    read_in_parts = np.flatnonzero((sizes > 1) | (ends - starts > WORDS))
    parts = _windows(np.append(texts, len(words.starts)), own[read_in_parts], sizes[read_in_parts], events[read_in_parts])
    windows = np.concatenate([heads, parts], axis=1)
    return Block(words, number, texts, *windows, np.arange(windows.shape[1]) < heads.shape[1])


def _windows(texts: Integers, own: Integers, sizes: Integers, events: Integers) -> Integers:
    """Event, first and last word of the windows over each text of some events. `texts`: first words of all texts; `own`, `sizes`: of each event its
    first text and how many it has."""
    which, text = ranges(own, sizes)
    starts, ends = texts[text], texts[text + 1]
    counts = np.where(ends > starts, np.maximum(1, -(-(ends - starts - (WORDS - STEP)) // STEP)), 0)
    counts = np.minimum(counts, MOST_WINDOWS)
    number, step = ranges(np.zeros_like(counts), counts)
    first = starts[number] + STEP * step
    return np.stack([events[which][number], first, np.minimum(first + WORDS, ends[number])])
