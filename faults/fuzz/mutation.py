"""Valid inputs damaged: at the level of bytes, of text and of JSON trees. All from one `Random`, so that a case can be had again by its number."""

import json
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

# What breaks parsers, readers and columns: escapes, numbers at their limits, structure out of place, bytes that are no UTF-8.
PIECES = [
    b"\\u0000", b"\\ud83d", b"\\udea2", b"\\/", b"\\", b"\\x", b'"', b"'", b"`", b"{", b"}", b"[", b"]", b"(", b")", b",", b":", b";", b"=", b"|",
    b"\n", b"\r\n", b"\t", b" ", b"\0", b"\x1f", b"\x7f", b"\x80", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8",
    b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xf0\x9f\x97\xb3", b"\xcc\x81" * 20, b"\xef\xbc\x87", b"NaN", b"nan", b"-Infinity", b"inf", b"1e999",
    b"1e-999", b"-0", b"01", b"1.", b".5", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"1" * 400, b"1" * 5_000,
    b"0x10", b"null", b"true", b"{}", b"[]", b'""', b"//", b"/**/", b"--", b"#", b"%00", b"%ff", b"../", b"\xd9\xa1\xd9\xa2", b"A" * 300,
]  # fmt: skip
DEPTHS = (3, 40, 70, 1_200)
OPENINGS = ((b"[", b"]"), (b'{"a":', b"}"), (b"{a=", b"}"), (b"(", b")"))

ODD: Sequence[Any] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 0.5, -0.0, 1e300, float("nan"), float("inf"), "", " ", "x",
    "x" * 257, "a\nb", "a\x00b", "a\u202eb", "\ud83d", "é\u0301" * 9, "١٢", "1", "NaN", "{}", "[", "2026-01-15T09:30:00Z", "2026-02-30T25:61:00Z",
    "0000-00-00", [], [None], ["x"], [[]], [{}], {}, {"": ""}, {"a": {"a": {"a": {}}}}, {"type": "text", "text": "t"},
)  # fmt: skip


def damaged_bytes(chance: Random, value: bytes, others: Sequence[bytes] = ()) -> bytes:
    """`value` with up to four changes; `others` may lend it a part."""
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 4))):
        at = chance.randrange(len(value) + 1)
        match chance.randrange(9):
            case 0:  # a bit
                if value:
                    at = chance.randrange(len(value))
                    value = value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
            case 1:  # any byte
                value = value[:at] + bytes([chance.randrange(256)]) + value[at + chance.choice((0, 1)) :]
            case 2:  # the end is missing
                value = value[:at]
            case 3:  # a part is missing
                value = value[:at] + value[at + chance.choice((1, 2, 8, 64)) :]
            case 4:  # a part twice
                value = value[:at] + value[max(0, at - chance.choice((1, 4, 16, 200))) :]
            case 5:  # nesting
                opening, closing = chance.choice(OPENINGS)
                depth = chance.choice(DEPTHS)
                value = value[:at] + opening * depth + closing * chance.choice((depth, depth, depth - 1, 0)) + value[at:]
            case 6 if others:  # a part of another
                other = chance.choice(others)
                begin = chance.randrange(len(other) + 1)
                value = value[:at] + other[begin : begin + chance.choice((1, 10, 100))] + value[at:]
            case _:
                piece = chance.choice(PIECES)
                value = value[:at] + piece + value[at + chance.choice((0, 0, 1, len(piece))) :]
    return value


def damaged_text(chance: Random, value: str, others: Sequence[bytes] = ()) -> str:
    """Likewise, as text: what is no UTF-8 becomes some other character."""
    return damaged_bytes(chance, value.encode("utf-8", "surrogatepass"), others).decode("utf-8", "replace")


def damaged_tree(chance: Random, tree: Any) -> Any:
    """A copy with values replaced, removed, doubled or moved under another name."""
    tree = deepcopy(tree)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        parent, name = _somewhere(chance, tree)
        if parent is None:
            continue
        drawn = chance.random()
        if drawn < 0.15:
            del parent[name]
        elif drawn < 0.3 and isinstance(parent, dict):
            parent[chance.choice(("x", "", "type", "text", "id", "content", "a" * 300))] = parent.pop(name)
        elif drawn < 0.4 and isinstance(parent, list):
            parent.extend(deepcopy(parent[:1]) * chance.choice((1, 50)))
        else:
            parent[name] = deepcopy(chance.choice(ODD))
    return tree


def _somewhere(chance: Random, tree: Any) -> tuple[Any, Any]:
    """A container and a name in it, at any depth."""
    parent, name = None, None
    while isinstance(tree, dict | list) and tree and (parent is None or chance.random() < 0.75):
        parent, name = tree, chance.choice(list(tree)) if isinstance(tree, dict) else chance.randrange(len(tree))
        tree = parent[name]
    return parent, name


def as_json(chance: Random, tree: Any) -> bytes:
    """As JSON of one of the spellings that there are."""
    return json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
