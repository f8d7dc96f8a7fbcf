"""The pattern language of detectors, and what becomes of it: an RE2 expression that is the truth, and segments that a text must hold for it to match.

    election day            words in a row, with any spaces and punctuation between them
    vot*                    a word that begins so
    (a | b c)   {list}      alternatives; the alternatives of a named list
    the?  (now)?  {list}?   may be there
    <5>                     up to 5 words in between (at most 30)
    /[0-9]{3}-[0-9]{4}/     a regular expression: bounded repeats, no look-around, no back-reference, no space

Case does not matter. `'` also stands for the typographic one or none, `-` for a dash, a space or nothing, an accented letter for the plain one.
A match begins and ends at a Unicode word boundary. The segments are what stands between the gaps, each for Hyperscan and each admitting more than RE2
does: no boundaries, wider classes. Whole patterns in Hyperscan compile for minutes (Unicode classes within gaps) or scan at a tenth of the speed.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MAX_GAP, MAX_REPEAT, MAX_SOURCE, MAX_DEPTH = 30, 64, 100_000, 6

# What separates words: ASCII but letters, digits and underscore; Latin-1 punctuation; general, CJK and full-width punctuation.
_SEPARATORS = r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\x{2000}-\x{206f}\x{3000}-\x{303f}\x{ff01}-\x{ff0f}"
BETWEEN, INSIDE = f"[{_SEPARATORS}]+", f"[^{_SEPARATORS}]"
BOUNDARY_BEFORE, BOUNDARY_AFTER = r"(?:\A|[^\pL\pM\pN_])", r"(?:\z|[^\pL\pM\pN_])"
# The same for Hyperscan, wider: all that is not ASCII may separate and may be within a word.
LOOSE_BETWEEN, LOOSE_INSIDE, _LOOSE_GAP, _GAP_MARK = r"\W+", r"[\w\x80-\x{10ffff}]", r"[\s\S]*", "\0"
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts without spaces or with attached particles

_TOKEN = re.compile(
    r"\s+|(?P<gap><[^>]*>)|(?P<regex>/(?:\\.|[^/\\\s])+/)|(?P<ref>\{[^}]*\})|(?P<mark>[()|])|(?P<optional>\?)|(?P<word>[^\s()|{}<>?*]+\*?)"
)
_REGEX_ESCAPES = {"d": "[0-9]", "s": r"[\x09-\x0d\x20]"}


class PatternError(ValueError):
    """A pattern that is refused; `str()` says why."""


class Expression(NamedTuple):
    """One pattern for both engines."""

    exact: str  # RE2; group 1 is the match
    segments: tuple[str, ...]  # Hyperscan: a text that lacks one of them cannot match


@dataclass(frozen=True)
class _Item:
    """One place of a sequence. `exact` and `loose` are the sources of a must-have; a gap has `gap` > 0 instead."""

    exact: str = ""
    loose: str = ""
    optional: bool = False
    gap: int = 0


def translate(pattern: str, lists: Mapping[str, Sequence[str]]) -> Expression:
    """Translate one pattern.

    Raises:
        PatternError: it is not of the language, or past a bound.
    """
    exact, loose = _Parser(pattern, lists, 0).whole()
    segments = tuple(dict.fromkeys(part for part in loose.split(_GAP_MARK) if part))
    if len(exact) > MAX_SOURCE:
        raise PatternError(f"with its lists the pattern has {len(exact)} characters, more than {MAX_SOURCE}")
    if _UNSPACED.search(exact):
        return Expression(f"(?i)({exact})", segments)
    return Expression(f"(?i){BOUNDARY_BEFORE}({exact}){BOUNDARY_AFTER}", segments)


class _Parser:
    def __init__(self, pattern: str, lists: Mapping[str, Sequence[str]], depth: int) -> None:
        if depth > MAX_DEPTH:
            raise PatternError(f"lists and groups are nested deeper than {MAX_DEPTH}")
        self._lists, self._depth, self._at = lists, depth, 0
        self._tokens = _tokens(pattern)

    def whole(self) -> tuple[str, str]:
        sources = self._alternatives()
        if self._at < len(self._tokens):
            raise PatternError("a closing bracket has no opening one")
        return sources

    def _alternatives(self) -> tuple[str, str]:
        options = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._sequence())
        return _either(options)

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _sequence(self) -> tuple[str, str]:
        items: list[_Item] = []
        while self._at < len(self._tokens) and self._peek() not in {"|", ")"}:
            items.append(self._item())
        return _joined(items)

    def _item(self) -> _Item:
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "gap":
            return _Item(gap=_gap(token))
        exact, loose = self._group() if token == "(" else self._single(kind, token)
        optional = self._at < len(self._tokens) and self._tokens[self._at][0] == "optional"
        self._at += optional
        return _Item(exact, loose, optional)

    def _group(self) -> tuple[str, str]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PatternError(f"lists and groups are nested deeper than {MAX_DEPTH}")
        sources = self._alternatives()
        if self._peek() != ")":
            raise PatternError("an opening bracket has no closing one")
        self._at += 1
        self._depth -= 1
        return sources

    def _single(self, kind: str, token: str) -> tuple[str, str]:
        if kind == "ref":
            return self._reference(token[1:-1])
        if kind == "regex":
            return check_regex(token[1:-1], INSIDE), check_regex(token[1:-1], LOOSE_INSIDE)
        if kind == "word":
            return _word(token)
        raise PatternError(f"{token!r} has nothing before it")

    def _reference(self, name: str) -> tuple[str, str]:
        if name not in self._lists:
            raise PatternError(f"there is no list {name!r}")
        return _either([_Parser(entry, self._lists, self._depth + 1).whole() for entry in self._lists[name]])


def _tokens(pattern: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while at < len(pattern):
        found = _TOKEN.match(pattern, at)
        if not found:
            raise PatternError(f"{pattern[at]!r} at character {at + 1} does not belong here")
        at = found.end()
        if found.lastgroup:
            tokens.append((found.lastgroup, found.group()))
    return tokens


def _gap(token: str) -> int:
    try:
        words = int(token[1:-1])
    except ValueError:
        words = 0
    if not 1 <= words <= MAX_GAP:
        raise PatternError(f"gap {token} is not between <1> and <{MAX_GAP}>")
    return words


def _either(options: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Alternatives. A gap that stands within one of several cannot split the pattern into segments."""
    if len(options) == 1:
        return options[0]
    exact, loose = (list(dict.fromkeys(forms)) for forms in zip(*options, strict=True))
    return f"(?:{'|'.join(exact)})", f"(?:{'|'.join(loose)})".replace(_GAP_MARK, _LOOSE_GAP)


def _joined(items: Sequence[_Item]) -> tuple[str, str]:
    """Put a separator between neighbours, so that what may be missing takes its separator with it."""
    if not any(not item.optional and not item.gap for item in items):
        raise PatternError("nothing here must match")
    if items[0].gap or items[-1].gap:
        raise PatternError("a gap stands between two words, not at an end")
    exact = loose = pending = ""
    begun = after_gap = False
    for item in items:
        if item.gap:
            if not begun:
                raise PatternError("a gap stands between two words, not after something that may be missing")
            exact += f"(?:{BETWEEN}{INSIDE}+){{0,{item.gap}}}"
            loose, pending, after_gap = loose + _GAP_MARK, "", True
        elif item.optional:
            exact += f"(?:{BETWEEN}{item.exact})?" if begun else f"(?:{item.exact}{BETWEEN})?"
            pending += "" if after_gap or not begun else f"(?:{LOOSE_BETWEEN}{item.loose})?"
        else:
            exact += BETWEEN + item.exact if begun else item.exact
            loose += pending + LOOSE_BETWEEN + item.loose if begun and not after_gap else item.loose
            begun, after_gap, pending = True, False, ""
    return exact, loose


def _word(token: str) -> tuple[str, str]:
    stem, starred = (token[:-1], True) if token.endswith("*") else (token, False)
    if len(stem) < 2 and starred:
        raise PatternError(f"{token!r} would match nearly every word")
    if not any(character.isalnum() for character in stem):
        raise PatternError(f"{token!r} is no word")
    source = "".join(_character(character) for character in stem)
    return (source + f"{INSIDE}*", source + f"{LOOSE_INSIDE}*") if starred else (source, source)


def _character(character: str) -> str:
    if character in "'’":
        return "['’]?"
    if character == "-":
        return r"[ \-\x{2010}-\x{2015}]?"
    plain = unicodedata.normalize("NFD", character)[0]
    if not character.isascii() and plain.isascii() and plain.isalpha():
        return f"[{character}{plain}]"
    return character if character.isalnum() or not character.isascii() or character == "_" else f"\\{character}"


_REGEX_TOKEN = re.compile(
    r"(?P<class>\[\^?(?:\\.|[^\]\\])+\])|(?P<escape>\\.)|(?P<group>\(\?:)|(?P<bad>\(\?|\(|[*+^$])|(?P<repeat>\{\d+(?:,\d*)?\})|(?P<plain>.)",
    re.DOTALL,
)


def check_regex(source: str, inside: str = INSIDE) -> str:
    """Admit the part of regular expressions that both engines read alike and that cannot blow up; give it with explicit classes.

    Raises:
        PatternError: a construct or a repeat is not admitted.
    """
    parts, product, depth = [], 1, 0
    for found in _REGEX_TOKEN.finditer(source):
        kind, token = found.lastgroup, found.group()
        if kind == "bad":
            raise PatternError(f"{token!r} is not admitted in a regular expression here (no *, +, anchors, captures or look-around)")
        if kind == "repeat":
            product *= _repeat(token)
            if product > MAX_REPEAT * MAX_REPEAT:
                raise PatternError("the repeats multiply to more than 4096")
        if kind == "class":
            _check_class(token)
        if kind == "escape":
            token = _escape(token, inside)
        depth += (kind == "group") - (token == ")")
        parts.append(r"[^\n]" if token == "." and kind == "plain" else token)
    text = "".join(parts)
    if depth:
        raise PatternError("brackets of the regular expression do not pair")
    return f"(?:{_compilable(text)})"


def _repeat(token: str) -> int:
    low, _, high = token[1:-1].partition(",")
    most = int(high or low)
    if ("," in token and not high) or most > MAX_REPEAT or int(low) > most:
        raise PatternError(f"repeat {token} is not bounded by {MAX_REPEAT}")
    return max(most, 1)


def _check_class(token: str) -> None:
    """Letters and digits after a backslash (\\d, \\x41, \\p) mean different things in the two engines."""
    for found in re.finditer(r"\\(.)", token):
        if found.group(1).isalnum():
            raise PatternError(f"{found.group()} is not admitted inside [...]; write the characters")
    if "[" in token[1:] or "&&" in token:
        raise PatternError("'[' inside [...] is not admitted")


def _escape(token: str, inside: str) -> str:
    if token[1].isalnum():
        if token[1] == "w":
            return inside
        if token[1] not in _REGEX_ESCAPES:
            raise PatternError(f"{token} is not admitted in a regular expression here (only \\d \\w \\s and escaped punctuation)")
        return _REGEX_ESCAPES[token[1]]
    return token


def _compilable(text: str) -> str:
    try:
        compiled = re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: re.escape(chr(int(found.group(1), 16))), text))
    except re.error as error:
        raise PatternError(f"the regular expression does not parse: {error.msg}") from error
    if compiled.match(""):
        raise PatternError("the regular expression may match an empty text")
    return text
