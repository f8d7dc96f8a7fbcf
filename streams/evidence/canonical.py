"""One way to write a row as bytes, so that equal rows have equal hashes wherever they are hashed. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

EXACT = 1 << 53  # integers from here on are text: most readers of JSON would round them


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no blanks, UTF-8.

    >>> canonical({"b": 2, "a": datetime(2026, 1, 2, tzinfo=UTC)})
    b'{"a":"2026-01-02T00:00:00.000Z","b":2}'
    """
    return json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def plain(value: Any) -> Any:
    """A value in JSON's types; times in UTC with milliseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= EXACT:
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)
