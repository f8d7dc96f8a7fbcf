"""The text of an event around its evidence: not stored by us, but in Kafka for as long as the topic keeps it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.decode.event import Event

AROUND = 400  # code points shown on either side of evidence
LEAST_REASON = 10


class Piece(NamedTuple):
    """A stretch of text; `hit` marks evidence."""

    text: str
    hit: bool


class Passage(NamedTuple):
    """What is shown of one field."""

    field: str
    pieces: list[Piece]
    cut: bool


class Revealed(NamedTuple):
    """What is left of the content."""

    passages: list[Passage]
    reason: str


def passage(field: str, text: str, spans: Sequence[tuple[int, int]]) -> Passage:
    """The text from a little before the first span to a little after the last, with the spans marked.

    >>> passage("text", "say it now", [(4, 6)]).pieces
    [Piece(text='say ', hit=False), Piece(text='it', hit=True), Piece(text=' now', hit=False)]
    """
    spans = sorted((max(0, start), min(len(text), end)) for start, end in spans if start < end and start < len(text)) or [(0, 0)]
    begin, finish = max(0, spans[0][0] - AROUND), min(len(text), spans[-1][1] + AROUND)
    pieces, at = [], begin
    for start, end in spans:
        if start > at:
            pieces.append(Piece(text[at:start], hit=False))
        if end > max(start, at):
            pieces.append(Piece(text[max(start, at) : end], hit=True))
        at = max(at, end)
    pieces.append(Piece(text[at:finish], hit=False))
    return Passage(field, [each for each in pieces if each.text], cut=begin > 0 or finish < len(text))


def revealed(event: Event, spans: Mapping[str, Sequence[tuple[int, int]]], reason: str) -> Revealed:
    """The fields that hold evidence; all of the content's beginning when none does."""
    content = list(event.content())
    shown = [(field, text) for field, text in content if field in spans] or content[:1]
    return Revealed([passage(field, text, spans.get(field, ())) for field, text in shown], reason)
