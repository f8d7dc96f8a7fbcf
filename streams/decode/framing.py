"""A record's bytes to the lines in it: one event, an envelope of JSON lines, or a JSON array."""

import re
from collections.abc import Iterator

from schemas import ReasonCode
from streams.errors import Reject

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)
_NDJSON = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")


def refuse_framing(value: bytes) -> None:
    """Name what is no JSON text at all, before a parser gives an error that helps nobody.

    Raises:
        Reject: a Schema Registry frame or a byte order mark.
    """
    if value[:1] == b"\0" and len(value) >= 5:
        schema = int.from_bytes(value[1:5], "big")
        raise Reject(
            ReasonCode.SCHEMA_REGISTRY_FRAMING,
            f"the value has Schema Registry framing (magic byte 0, schema id {schema}); produce plain JSON, or decode before this topic",
        )
    if value.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise Reject(ReasonCode.BAD_ENCODING, "the value begins with a byte order mark; produce UTF-8 without one")


def lines_of(value: bytes, content_type: str = "") -> list[bytes]:
    """Split an envelope. A single (perhaps indented) document stays whole; blank lines stay, to be counted."""
    stripped = value.strip(b" \t\r\n")
    if stripped.startswith(b"["):
        return _elements(stripped)
    if b"\n" in stripped and (content_type in _NDJSON or _first_line_is_whole(stripped)):
        return stripped.split(b"\n")
    return [stripped]


def _first_line_is_whole(value: bytes) -> bool:
    first = value[: value.index(b"\n")].rstrip()
    return first.startswith(b"{") and first.endswith(b"}") and _balanced(first)


def _balanced(line: bytes) -> bool:
    depth = 0
    for token in _TOKENS.finditer(line):
        byte = token.group()
        depth += (byte in b"{[") - (byte in b"}]") if len(byte) == 1 and byte != b'"' else 0
    return depth == 0


def _elements(array: bytes) -> list[bytes]:
    """The elements of a JSON array as bytes, so that one bad element loses only itself; what is not well-formed stays whole."""
    parts, depth, start = [], 0, 1
    for byte, at in _brackets(array):
        if byte in b"[{":
            depth += 1
        elif byte in b"]}":
            depth -= 1
        if (depth == 1 and byte == b",") or depth == 0:
            parts.append(array[start:at].strip())
            start = at + 1
        if depth == 0:
            return [array] if array[start:].strip() else parts
    return [array]


def _brackets(text: bytes) -> Iterator[tuple[bytes, int]]:
    for token in _TOKENS.finditer(text):
        byte = token.group()
        if len(byte) == 1 and byte != b'"':
            yield byte, token.start()


def nesting(text: bytes) -> int:
    """How deep the containers go, strings skipped: known before a recursive parser is let near it."""
    depth = deepest = 0
    for byte, _ in _brackets(text):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
