"""A pattern's tree to RE2: the truth. What this expression matches is a match, whatever a prefilter says."""

import unicodedata
from collections.abc import Sequence

from streams.policy.pattern import Either, Gap, Maybe, Node, Regex, Row, Word
from streams.policy.regex import ANY_LETTER

# What separates words: ASCII but letters, digits and underscore; Latin-1 punctuation; general, CJK and full-width punctuation.
_SEPARATORS = (
    *((0x00, 0x2F), (0x3A, 0x40), (0x5B, 0x5E), (0x60, 0x60), (0x7B, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF)),
    *((0x2000, 0x206F), (0x3000, 0x303F), (0xFF01, 0xFF0F)),
)
_CLASS = "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in _SEPARATORS)
BETWEEN, INSIDE = f"[{_CLASS}]+", f"[^{_CLASS}]"
_BEFORE, _AFTER = r"(?:\A|[^\pL\pM\pN_])", r"(?:\z|[^\pL\pM\pN_])"
# Scripts without spaces or with attached particles: a pattern with a word in one of them needs no boundary.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x3040, 0x30FF), (0x3400, 0x9FFF))
_ATTACHED = ((0xAC00, 0xD7AF),)


def is_separator(character: str) -> bool:
    """Whether a character can stand between two words of a pattern."""
    return _is_among(character, _SEPARATORS)


def is_unspaced(character: str) -> bool:
    """Whether a character is of a script that sets no spaces between words."""
    return _is_among(character, _UNSPACED)


def _is_among(character: str, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= ord(character) <= last for first, last in ranges)


def exact(node: Node) -> str:
    """The RE2 source; group 1 is the match."""
    if unspaced(node):
        return f"(?i)({_source(node)})"
    return f"(?i){_BEFORE}({_source(node)}){_AFTER}"


def exact_any(nodes: Sequence[Node]) -> str:
    """The RE2 source of several patterns of which one must match; it says whether, not where."""
    return f"(?:{'|'.join(exact(node) for node in nodes)})"


def unspaced(node: Node | Gap | Maybe) -> bool:
    """Whether a word of the pattern is in a script that sets no spaces."""
    if isinstance(node, Word | Regex):
        text = node.text if isinstance(node, Word) else node.source
        return not text.isascii() and any(_is_among(character, (*_UNSPACED, *_ATTACHED)) for character in text)
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
        return "['’]?"
    if character == "-":
        return r"[ \-\x{2010}-\x{2015}]?"
    if character.isascii():
        return character if character.isalnum() or character == "_" else f"\\{character}"
    plain = unicodedata.normalize("NFD", character)[0]
    return f"[{character}{plain}]" if plain.isascii() and plain.isalpha() else character
