"""A pattern's tree to RE2: the truth. What this expression matches is a match, whatever a prefilter says."""

import unicodedata
from collections.abc import Sequence

from streams.policy.pattern import Either, Gap, Maybe, Node, Regex, Row, Word
from streams.policy.regex import ANY_LETTER
from streams.policy.scannable import OTHER, SEPARATOR, is_among, plain

BETWEEN, INSIDE = f"[{SEPARATOR}]+", f"[^{SEPARATOR}]"
_BEFORE, _AFTER = rf"(?:\A|[{SEPARATOR}{OTHER}])", rf"(?:\z|[{SEPARATOR}{OTHER}])"
# Scripts without spaces or with attached particles: a pattern with a word in one of them needs no boundary.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x3040, 0x30FF), (0x3400, 0x9FFF))
_ATTACHED = ((0xAC00, 0xD7AF),)


def is_unspaced(character: str) -> bool:
    """Whether a character is of a script that sets no spaces between words."""
    return is_among(character, _UNSPACED)


def exact(node: Node) -> str:
    """The RE2 source, for the scannable form of a text; group 1 is the match."""
    source = plain(_source(node))
    return f"(?i)({source})" if unspaced(node) else f"(?i){_BEFORE}({source}){_AFTER}"


def exact_any(nodes: Sequence[Node]) -> str:
    """The RE2 source of several patterns of which one must match; it says whether, not where."""
    return f"(?:{'|'.join(exact(node) for node in nodes)})"


def unspaced(node: Node | Gap | Maybe) -> bool:
    """Whether a word of the pattern is in a script that sets no spaces."""
    if isinstance(node, Word | Regex):
        text = node.text if isinstance(node, Word) else node.source
        return not text.isascii() and any(is_among(character, (*_UNSPACED, *_ATTACHED)) for character in text)
    if isinstance(node, Maybe):
        return unspaced(node.node)
    return not isinstance(node, Gap) and any(map(unspaced, node.parts if isinstance(node, Row) else node.options))


def _source(node: Node) -> str:
    if isinstance(node, Word):
        return spelled(node.text) + (f"{INSIDE}*" if node.open else "")
    if isinstance(node, Regex):
        return node.source.replace(ANY_LETTER, INSIDE)
    if isinstance(node, Either):
        return f"(?:{'|'.join(dict.fromkeys(map(_source, node.options)))})"
    return _row(node)


def _row(row: Row) -> str:
    """Put a separator between neighbours, so that what may be missing takes its separator with it."""
    source, begun = "", False
    for part in row.parts:
        if isinstance(part, Gap):
            source += f"(?:{BETWEEN}{INSIDE}+){{0,{part.words}}}"
        elif isinstance(part, Maybe):
            inner = _source(part.node)
            source += f"(?:{BETWEEN}{inner})?" if begun else f"(?:{inner}{BETWEEN})?"
        else:
            source += BETWEEN + _source(part) if begun else _source(part)
            begun = True
    return source


def spelled(text: str) -> str:
    """The expression of one word: apostrophes and hyphens in their forms, accents or none."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character in "'’":
        return "'?"
    if character == "-":
        return r"[ \-]?"
    if character.isascii():
        return character if character.isalnum() or character == "_" else f"\\{character}"
    plain = unicodedata.normalize("NFD", character)[0]
    return f"[{character}{plain}]" if plain.isascii() and plain.isalpha() else character
