"""What the store must know of a statement before it runs: where an INSERT's data begins, and which format the answer has.

A scanner, not a parser: it steps over strings, comments, quoted names and parentheses, and looks at the words between them.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    rb"(?P<skip>\s+|--[^\n]*|\#!?\s[^\n]*|/\*.*?\*/)"
    rb"|(?P<quoted>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`)"
    rb"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    rb"|(?P<other>.)",
    re.DOTALL,
)
DATA_PREFIX = re.compile(rb"[ \t\f]*\r?\n?")
DEFAULT_FORMAT = "TabSeparated"


class Statement(NamedTuple):
    """`sql` to run and its first word; for an INSERT with data (`sql` ends before its SETTINGS) also its format and where the data begins."""

    sql: str
    data_format: str = ""
    data_at: int = 0
    output_format: str = ""
    settings: str = ""
    verb: str = "INSERT"


class Refused(ValueError):
    """A statement that the HTTP interface does not take. `code` is ClickHouse's."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message)
        self.code, self.name, self.message = code, name, message


def scan(text: bytes) -> Statement:
    """Look at a statement, which may be followed by an INSERT's data.

    Raises:
        Refused: several statements at once, or files of the server.
    """
    words = _words(text)
    first = next(words, None)
    if first is None:
        raise Refused(62, "SYNTAX_ERROR", "Empty query")
    if first[0] == b"INSERT":
        return _insert(text, words)
    return _other(text, words)._replace(verb=_text(first[0]))


def _words(text: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (upper-cased word or `;`, start, end) outside of parentheses, strings and comments."""
    depth = 0
    for token in TOKEN.finditer(text):
        kind, value = token.lastgroup, token.group()
        if kind == "other":
            depth += (value in b"([{") - (value in b")]}")
        if depth == 0 and (kind == "word" or value == b";"):
            yield value.upper(), token.start(), token.end()


def _insert(text: bytes, words: Iterator[tuple[bytes, int, int]]) -> Statement:
    settings_at = 0
    for word, start, end in words:
        if word == b"SETTINGS":
            settings_at = settings_at or start
        elif word == b"FORMAT":
            name = next(words, None)
            if name is None:
                raise Refused(62, "SYNTAX_ERROR", "Syntax error: FORMAT without a name")
            gap = DATA_PREFIX.match(text, name[2])
            return _with_data(text, start, settings_at, _text(text[name[1] : name[2]]), gap.end() if gap else name[2])
        elif word == b"VALUES":
            return _with_data(text, start, settings_at, "Values", end)
        elif word == b"INFILE":
            raise Refused(344, "SUPPORT_IS_DISABLED", "FROM INFILE reads files of the server: send the data as the body")
        elif word in (b"SELECT", b"WITH"):
            return Statement(_text(text))
    return Statement(_text(text))


def _with_data(text: bytes, end: int, settings_at: int, data_format: str, data_at: int) -> Statement:
    table = text[: settings_at or end]
    return Statement(_text(table), data_format, data_at, settings=_text(text[settings_at:end]) if settings_at else "")


def _other(text: bytes, words: Iterator[tuple[bytes, int, int]]) -> Statement:
    output, before = "", b""
    for word, start, end in words:
        if before == b";":
            raise Refused(62, "SYNTAX_ERROR", "Multi-statements are not allowed")
        if before == b"INTO" and word == b"OUTFILE":
            raise Refused(344, "SUPPORT_IS_DISABLED", "INTO OUTFILE writes files of the server: read the answer instead")
        if before == b"FORMAT":
            output = _text(text[start:end])
        before = word
    return Statement(_text(text).rstrip().rstrip(";"), output_format=output)


def _text(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise Refused(62, "SYNTAX_ERROR", f"Syntax error: the statement is not UTF-8 at byte {error.start}") from error
