"""A record's bytes to the lines in it: one event, an envelope of JSON lines, or a JSON array."""

import re
from collections.abc import Iterator

from schemas import ReasonCode
from streams.errors import Reject

# A string, or a byte of structure. Possessive, so that hostile text costs linear time and no stack.
_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines")
_CLOUD_EVENTS = "application/cloudevents"
_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}


def refuse_framing(value: bytes, content_type: str = "") -> None:
    """Name what is no JSON text at all, before a parser gives an error that helps nobody.

    Raises:
        Reject: a Schema Registry frame, compressed bytes, a byte order mark, or a CloudEvent in another format than JSON.
    """
    if value[:1] == b"\0" and len(value) >= 5:
        schema = int.from_bytes(value[1:5], "big")
        raise Reject(
            ReasonCode.SCHEMA_REGISTRY_FRAMING,
            f"the value has Schema Registry framing (magic byte 0, schema id {schema}); produce plain JSON, or decode before this topic",
        )
    if value[:1] == b"\x03" and value[1:2] in (b"\0", b"\x05") and len(value) >= 18:
        raise Reject(
            ReasonCode.SCHEMA_REGISTRY_FRAMING,
            "the value has the framing of AWS Glue Schema Registry (version byte 3); produce plain JSON, or decode before this topic",
        )
    if value.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise Reject(ReasonCode.BAD_ENCODING, "the value begins with a byte order mark; produce UTF-8 without one")
    if codec := next((name for magic, name in _COMPRESSED.items() if value.startswith(magic)), ""):
        raise Reject(ReasonCode.BAD_ENCODING, f"the value is compressed ({codec}); produce plain JSON and let Kafka compress it (compression.type)")
    kind = media_type(content_type)
    if kind.startswith(_CLOUD_EVENTS) and kind.partition("+")[2] not in ("", "json"):
        raise Reject(ReasonCode.BAD_JSON, "a structured CloudEvent in another format than JSON; produce application/cloudevents+json")


def media_type(content_type: str) -> str:
    """Lower case and without parameters: `Application/JSON; charset=utf-8` is `application/json`."""
    return content_type.partition(";")[0].strip().lower()


def lines_of(value: bytes, content_type: str = "") -> list[bytes]:
    """Split an envelope. A single (perhaps indented) document stays whole; blank lines stay, to be counted."""
    stripped = value.strip(b" \t\r\n")
    if stripped.startswith(b"["):
        return _elements(stripped)
    if b"\n" in stripped and (media_type(content_type) in _LINES or _are_lines(stripped)):
        return stripped.split(b"\n")
    return [stripped]


def _are_lines(value: bytes) -> bool:
    """Whether the line feeds part documents: the first line is whole, or, so that one bad line loses only itself, another is and the text is not."""
    first, _, rest = value.partition(b"\n")
    return _is_whole(first) or (not _is_whole(value) and any(line.startswith(b"{") and _is_whole(line) for line in rest.split(b"\n")))


def _is_whole(text: bytes) -> bool:
    """One object from the first byte to the last, as far as brackets tell."""
    text = text.rstrip()
    if not (text.startswith(b"{") and text.endswith(b"}")):
        return False
    depth = 0
    for byte, at in _brackets(text):
        depth += (byte in b"{[") - (byte in b"}]")
        if depth == 0:
            return at == len(text) - 1
    return False


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


def nested_deeper(text: bytes, limit: int) -> bool:
    """Whether containers go deeper than `limit`, strings skipped: known before a recursive parser is let near them."""
    depth = 0
    for byte, _ in _brackets(text):
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > limit:
            return True
    return False
