"""The parts of an event's content that the classifier reads: the whole, and windows of it, so that a few words in a long text are found."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from streams.policy.matches import Content

WORDS, STEP, HEAD = 60, 40, 130  # of a window; between two; of the beginning, which is read as a whole
MOST_WINDOWS = 400
LONGEST = 700  # characters of a window: where no spaces are, words are long
_WORD = re.compile(r"\S+")


class Window(NamedTuple):
    """A part of the content as one text, and the place that is shown as evidence."""

    text: str
    field: str
    start: int
    end: int


def windows(content: Content) -> Iterator[Window]:
    """Windows in reading order, at most `MOST_WINDOWS`. The first is the beginning of all fields together."""
    if len(content) == 1 and len(content[0][1]) <= LONGEST // 2:
        field, text = content[0]
        yield Window(text, field, 0, len(text))
        return
    pieces = [_spans(text) for _, text in content]
    yield _together(content, pieces)
    if sum(map(len, pieces)) <= WORDS and len(content) == 1:
        return
    given = 1
    for (field, text), spans in zip(content, pieces, strict=True):
        for first in range(0, max(1, len(spans) - (WORDS - STEP)), STEP):
            part = spans[first : first + WORDS]
            if part and given < MOST_WINDOWS:
                given += 1
                yield Window(text[part[0][0] : part[-1][1]], field, part[0][0], part[-1][1])


def _spans(text: str) -> list[tuple[int, int]]:
    """Words, the overlong ones cut."""
    longest = LONGEST // WORDS
    spans = [found.span() for found in _WORD.finditer(text)]
    if all(end - start <= longest * 3 for start, end in spans):
        return spans
    return [(at, min(at + longest, end)) for start, end in spans for at in range(start, end, longest)]


def _together(content: Content, pieces: list[list[tuple[int, int]]]) -> Window:
    """The beginning of all fields; the evidence is the part of the last that is in it."""
    left, parts, shown = HEAD, [], (content[0][0], 0, 0)
    for (field, text), spans in zip(content, pieces, strict=True):
        part = spans[:left]
        if part:
            parts.append(text[part[0][0] : part[-1][1]])
            shown = field, part[0][0], part[-1][1]
            left -= len(part)
    return Window(" \n ".join(parts), *shown)
