"""Native answers for clients of a newer protocol (clickhouse-go, and so Grafana's data source): block information, and a mark per column.

The embedded engine writes Native for revision 0. From revision 54454 on, clients expect eight bytes before each block, and after each column's
type one byte that says whether its serialization is a special one. To put them in place, the columns' lengths must be known: they follow from
the types.
"""

import re
from collections.abc import Iterator

from streams.store.statement import Refused

WITH_MARKS = 54_454
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"  # field 1: no overflow rows; field 2: bucket -1; end
NOT_SPECIAL = b"\x00"
SIZES = {
    **dict.fromkeys(("UInt8", "Int8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("UInt16", "Int16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("UInt32", "Int32", "Float32", "Date32", "DateTime", "IPv4", "Decimal32", "Time"), 4),
    **dict.fromkeys(("UInt64", "Int64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("UInt128", "Int128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("UInt256", "Int256", "Decimal256"), 32),
}
DECIMALS = ((9, 4), (18, 8), (38, 16), (76, 32))  # precision up to -> bytes
INDEX_SIZES = (1, 2, 4, 8)
HAS_KEYS = 0x200
PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]|[^(),'`]+", re.DOTALL)
NAMED = re.compile(r"(?:[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`) (.+)", re.DOTALL)


def fitting(body: memoryview | bytes, revision: str) -> memoryview | bytes:
    """Native for a client that says it speaks a revision of the protocol; for most, and without one, as the engine writes it."""
    return marked(bytes(body)) if revision.isdecimal() and len(revision) < 10 and int(revision) >= WITH_MARKS else body


def marked(body: bytes) -> bytes:
    """The same blocks as clients of revision 54454 and later read them.

    Raises:
        Refused: a column has a type whose length cannot be told (aggregate states, JSON, Variant, Dynamic).
    """
    return b"".join(_Blocks(body).pieces())


class _Blocks:
    """Reads along the blocks of an answer."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def pieces(self) -> Iterator[bytes]:
        while self._at < len(self._body):
            start = self._at
            columns, rows = self._varint(), self._varint()
            yield BLOCK_INFO + self._body[start : self._at]
            for _ in range(columns):
                yield from self._column(rows)

    def _column(self, rows: int) -> Iterator[bytes]:
        start = self._at
        self._text()
        kind = self._text()
        yield self._body[start : self._at] + NOT_SPECIAL
        start = self._at
        if rows:
            self._prefix(kind)
            self._skip(kind, rows)
        yield self._body[start : self._at]

    def _prefix(self, kind: str) -> None:
        """What stands before the data of a column, once: the version of each dictionary in it."""
        name, arguments = parts(kind)
        if name == "LowCardinality":
            self._at += 8
        elif name in ("Array", "Nullable", "Map", "Tuple", "Nested", "SimpleAggregateFunction"):
            for each in members(name, arguments):
                self._prefix(each)

    def _skip(self, kind: str, rows: int) -> None:
        name, arguments = parts(kind)
        if name == "String":
            for _ in range(rows):
                length = self._varint()  # before `+=`, which looks at the place first
                self._at += length
        elif name == "Nullable":
            self._at += rows
            self._skip(arguments[0], rows)
        elif name in ("Array", "Map", "Nested"):
            self._at += 8 * rows
            inner = int.from_bytes(self._body[self._at - 8 : self._at], "little") if rows else 0
            for each in members(name, arguments):
                self._skip(each, inner)
        elif name == "Tuple" and not arguments:
            self._at += rows
        elif name in ("Tuple", "SimpleAggregateFunction"):
            for each in members(name, arguments):
                self._skip(each, rows)
        elif name == "LowCardinality":
            self._skip_dictionary(arguments[0], rows)
        else:
            self._at += rows * size(name, arguments)

    def _skip_dictionary(self, kind: str, rows: int) -> None:
        """Keys, then one index per row. A dictionary without rows is not written."""
        if not rows:
            return
        flags = self._number()
        if flags & HAS_KEYS:
            name, arguments = parts(kind)
            self._skip(arguments[0] if name == "Nullable" else kind, self._number())
        length = self._number() * INDEX_SIZES[flags & 0xFF]
        self._at += length

    def _number(self) -> int:
        self._at += 8
        return int.from_bytes(self._body[self._at - 8 : self._at], "little")

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._body[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _text(self) -> str:
        length = self._varint()
        self._at += length
        return self._body[self._at - length : self._at].decode()


def parts(kind: str) -> tuple[str, list[str]]:
    """The name of a type and its arguments: `Map(String, Array(UInt8))` gives Map and two of them."""
    name, bracket, rest = kind.partition("(")
    if not bracket:
        return kind, []
    arguments, depth = [""], 0
    for piece in PIECE.findall(rest[:-1]):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += piece
    return name, [argument.strip() for argument in arguments if argument]


def members(name: str, arguments: list[str]) -> list[str]:
    """The types of which a type is made. Names of a tuple's elements are left out."""
    if name == "SimpleAggregateFunction":
        return arguments[-1:]
    if name in ("Tuple", "Nested"):
        return [found[1] if (found := NAMED.fullmatch(each)) else each for each in arguments]
    return arguments


def size(name: str, arguments: list[str]) -> int:
    """Bytes of one value.

    Raises:
        Refused: values of the type differ in length.
    """
    if name == "FixedString":
        return int(arguments[0])
    if name == "Decimal":
        return next(size for most, size in DECIMALS if int(arguments[0]) <= most)
    if name.startswith("Interval"):
        return 8
    if name not in SIZES:
        raise Refused(48, "NOT_IMPLEMENTED", f"{name} is not supported in Native for this client: take another format, or convert the column")
    return SIZES[name]
