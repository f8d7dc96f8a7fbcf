"""The pattern language of detectors: from text to a tree.

    election day            words in a row, with any spaces and punctuation between them
    vot*                    a word that begins so
    (a | b c)   {list}      alternatives; the alternatives of a named list
    the?  (now)?  {list}?   may be there
    <5>                     up to 5 words in between (at most 30)
    /[0-9]{3}-[0-9]{4}/     a regular expression: bounded repeats, no look-around, no back-reference, no space

Case does not matter. `'` also stands for the typographic one or none, `-` for a dash, a space or nothing, an accented letter for the plain one.
A match begins and ends at a Unicode word boundary. What becomes of a tree: streams/policy/exact.py (RE2), streams/policy/anchors.py (the prefilter).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streams.policy.regex import PatternError, check_regex, most_repeats

MAX_GAP, MAX_DEPTH, MAX_LENGTH = 30, 6, 10_000
MAX_WEIGHT = 400_000  # of one pattern with its lists, in about the instructions that a program of RE2 takes
_GAP_WEIGHT, _LETTER_WEIGHT = 100, 4

_NOT_TEXT = {"Cc", "Cn", "Co", "Cs"}
_TOKEN = re.compile(
    r"\s+|(?P<gap><[^>]*>)|(?P<regex>/(?:\\.|[^/\\\s])+/)|(?P<ref>\{[^}]*\})|(?P<mark>[()|])|(?P<optional>\?)|(?P<word>[^\s()|{}<>?*]+\*?)"
)


class UnknownList(PatternError):
    """A pattern names a list that does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no list {name!r}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or (`open`) every word that begins so."""

    text: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Regex:
    """A checked regular expression; `\\w` still stands for a letter of a word."""

    source: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to so many words."""

    words: int


@dataclass(frozen=True, slots=True)
class Maybe:
    """May be there."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after another, with separators between them. A gap never stands at an end, and one part at least must be there."""

    parts: tuple["Node | Gap | Maybe", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    options: tuple["Node", ...]


Node = Word | Regex | Row | Either


def parse(pattern: str, lists: Mapping[str, Sequence[str]]) -> Node:
    """The tree of a pattern.

    Raises:
        PatternError: it is not of the language, or past a bound.
    """
    return _Parser(pattern, lists, 0, _Budget()).whole()


class _Budget:
    """What is left of a pattern's weight: it stops a pattern whose lists name each other from growing without end."""

    def __init__(self) -> None:
        self.left = MAX_WEIGHT

    def spend(self, weight: int) -> None:
        self.left -= weight
        if self.left < 0:
            raise PatternError("with its lists, gaps and repeats the pattern is too large")


class _Parser:
    def __init__(self, pattern: str, lists: Mapping[str, Sequence[str]], depth: int, budget: _Budget) -> None:
        if depth > MAX_DEPTH:
            raise PatternError(f"lists and groups are nested deeper than {MAX_DEPTH}")
        self._lists, self._depth, self._budget, self._at = lists, depth, budget, 0
        self._tokens = _tokens(pattern)

    def whole(self) -> Node:
        node = self._alternatives()
        if self._at < len(self._tokens):
            raise PatternError("a closing bracket has no opening one")
        return node

    def _alternatives(self) -> Node:
        options = [self._row()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._row())
        return _either(options)

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _row(self) -> Node:
        parts: list[Node | Gap | Maybe] = []
        while self._at < len(self._tokens) and self._peek() not in {"|", ")"}:
            parts.append(self._part())
        return _row(parts)

    def _part(self) -> Node | Gap | Maybe:
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "gap":
            gap = _gap(token)
            self._budget.spend(gap.words * _GAP_WEIGHT)
            return gap
        node = self._group() if token == "(" else self._single(kind, token)
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "optional":
            self._at += 1
            return Maybe(node)
        return node

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PatternError(f"lists and groups are nested deeper than {MAX_DEPTH}")
        node = self._alternatives()
        if self._peek() != ")":
            raise PatternError("an opening bracket has no closing one")
        self._at += 1
        self._depth -= 1
        return node

    def _single(self, kind: str, token: str) -> Node:
        if kind == "ref":
            return self._list(token[1:-1])
        if kind == "regex":
            source = check_regex(token[1:-1])
            self._budget.spend(len(source) * most_repeats(token[1:-1]) * _LETTER_WEIGHT)
            return Regex(source)
        if kind == "word":
            self._budget.spend(len(token) * _LETTER_WEIGHT)
            return _word(token)
        raise PatternError(f"{token!r} has nothing before it")

    def _list(self, name: str) -> Node:
        if name not in self._lists:
            raise UnknownList(name)
        return _either([_Parser(entry, self._lists, self._depth + 1, self._budget).whole() for entry in self._lists[name]])


def _tokens(pattern: str) -> list[tuple[str, str]]:
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"{len(pattern)} characters, more than {MAX_LENGTH}")
    if any(unicodedata.category(character) in _NOT_TEXT and not character.isspace() for character in pattern):
        raise PatternError("a control or unassigned character does not belong here")
    tokens, at = [], 0
    while at < len(pattern):
        found = _TOKEN.match(pattern, at)
        if not found:
            raise PatternError(f"{pattern[at]!r} at character {at + 1} does not belong here")
        at = found.end()
        if found.lastgroup:
            tokens.append((found.lastgroup, found.group()))
    return tokens


def _gap(token: str) -> Gap:
    text = token[1:-1]
    words = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= words <= MAX_GAP:
        raise PatternError(f"gap {token} is not between <1> and <{MAX_GAP}>")
    return Gap(words)


def _either(options: Sequence[Node]) -> Node:
    """Alternatives, without repeats and without brackets in brackets."""
    flat = [each for option in options for each in (option.options if isinstance(option, Either) else (option,))]
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else Either(distinct)


def _row(parts: Sequence[Node | Gap | Maybe]) -> Node:
    if all(isinstance(part, Gap | Maybe) for part in parts):
        raise PatternError("nothing here must match")
    if isinstance(parts[0], Gap) or isinstance(parts[-1], Gap):
        raise PatternError("a gap stands between two words, not at an end")
    first = next(at for at, part in enumerate(parts) if not isinstance(part, Maybe))
    if isinstance(parts[first], Gap):
        raise PatternError("a gap stands between two words, not after something that may be missing")
    return parts[0] if len(parts) == 1 else Row(tuple(parts))


def _word(token: str) -> Word:
    stem, starred = (token[:-1], True) if token.endswith("*") else (token, False)
    if len(stem) < 2 and starred:
        raise PatternError(f"{token!r} would match nearly every word")
    if not any(character.isalnum() for character in stem):
        raise PatternError(f"{token!r} is no word")
    return Word(stem, starred)
