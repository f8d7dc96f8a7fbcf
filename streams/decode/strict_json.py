"""Strict JSON, twice. `parse_fast` accepts or gives up; `parse_careful` is the reference and names the reason.

Both admit the same texts: UTF-8 without NUL, surrogates or byte order mark; no NaN, Infinity or number beyond the range of Int64 and double; no
duplicate key; bounded nesting and number of keys; an object at the top.
"""

import json
import math
from typing import Any, NoReturn

import jiter

from schemas import ReasonCode, UsageEvent
from streams.decode.framing import nested_deeper
from streams.errors import Reject
from streams.settings import IntakeSettings

_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_LONGEST_INT = 20  # characters of -2^63
_EMBEDDED = IntakeSettings()  # JSON inside a text has the standard limits, since it is kept as text when it is beyond them
_OUR_NAMES = frozenset(UsageEvent.model_fields)

Tree = dict[str, Any]


def parse_fast(line: bytes, limits: IntakeSettings) -> Tree | None:
    """The object, or None when anything is unusual: the careful path then decides."""
    if b"\\u0000" in line:
        return None
    tree = parse_unchecked(line)
    return tree if tree is not None and _within(tree, limits) else None


def parse_unchecked(line: bytes) -> Tree | None:
    """The object, or None. For who admits known fields of known types only: numbers, depth, keys and NUL are not looked at."""
    try:
        tree = jiter.from_json(line, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys")
    except ValueError:
        return None
    return tree if type(tree) is dict else None


def _within(tree: Tree, limits: IntakeSettings) -> bool:
    """No number out of range, not too deep, not too many keys."""
    keys, level, depth = 0, [tree], 0
    while level:
        depth += 1
        if depth > limits.max_nesting:
            return False
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                keys += len(container)
                values = container.values()
            else:
                values = container
            for value in values:
                kind = type(value)
                if kind is dict or kind is list:
                    below.append(value)
                elif (kind is int and not _INT_MIN <= value <= _INT_MAX) or (kind is float and not math.isfinite(value)):
                    return False
        level = below
    return keys <= limits.max_keys


def parse_careful(line: bytes, limits: IntakeSettings) -> Tree:
    """The object.

    Raises:
        Reject: with the exact reason and, where there is one, the place.
    """
    tree = _read(line, limits)
    if not isinstance(tree, dict):
        raise Reject(ReasonCode.NOT_AN_OBJECT, f"an event is a JSON object, not {_kind(tree)}")
    return tree


def parse_embedded(text: str) -> Any:
    """The object or array that a text holds as JSON; the text itself when it holds none that this module admits."""
    if text.lstrip(" \t\r\n")[:1] not in ("{", "["):
        return text
    try:
        return _read(text.encode(), _EMBEDDED)
    except (Reject, UnicodeEncodeError):
        return text


def _read(line: bytes, limits: IntakeSettings) -> Any:
    if b"\0" in line:
        raise Reject(ReasonCode.BAD_ENCODING, f"NUL byte at byte {line.index(0)}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Reject(ReasonCode.BAD_ENCODING, f"not UTF-8: {error.reason} at byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise Reject(ReasonCode.BAD_ENCODING, "begins with a byte order mark")
    if nested_deeper(line, limits.max_nesting):
        raise Reject(ReasonCode.TOO_DEEP, f"nested more than {limits.max_nesting} deep (intake.max_nesting)")
    return _Reader(limits).read(text)


class _Reader:
    """The standard library's parser with hooks that refuse what it would let pass."""

    def __init__(self, limits: IntakeSettings) -> None:
        self._limits, self._keys = limits, 0

    def read(self, text: str) -> Any:
        try:
            tree = json.loads(text, object_pairs_hook=self._object, parse_constant=_no_constant, parse_int=_integer, parse_float=_float)
        except json.JSONDecodeError as error:
            raise Reject(ReasonCode.BAD_JSON, f"not JSON: {error.msg.removesuffix(' at')} at character {error.pos}") from None
        self._strings(tree)
        return tree

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self._keys += len(pairs)
        if self._keys > self._limits.max_keys:
            raise Reject(ReasonCode.TOO_MANY_KEYS, f"more than {self._limits.max_keys} keys; an event has at most that many (intake.max_keys)")
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise Reject(ReasonCode.DUPLICATE_KEY, f"{_named(name)} occurs twice in one object; which value is meant?")
            found[name] = value
        return found

    def _strings(self, tree: Any) -> None:
        """Lone surrogates and NUL are valid JSON escapes and cannot be stored as UTF-8 text."""
        waiting = [tree]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                waiting.extend(value)
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, str):
                if "\0" in value:
                    raise Reject(ReasonCode.BAD_ENCODING, "a text holds the escape for NUL (\\u0000)")
                if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
                    raise Reject(ReasonCode.BAD_ENCODING, "a text holds half of a surrogate pair (an escape between \\ud800 and \\udfff)")


def _no_constant(name: str) -> NoReturn:
    raise Reject(ReasonCode.BAD_NUMBER, f"{name} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_INT or not _INT_MIN <= int(digits) <= _INT_MAX:
        raise Reject(ReasonCode.BAD_NUMBER, f"an integer of {len(digits.lstrip('-'))} digits is beyond 64 bits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Reject(ReasonCode.BAD_NUMBER, "a number is too large for a double")
    return value


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _named(key: str) -> str:
    """A key for a message: only names of our own are quoted, since others may be content."""
    return f"key '{key}'" if key in _OUR_NAMES else f"a key of {len(key)} characters"
