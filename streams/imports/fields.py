"""Rows of a table to the JSON text of usage events: dotted names nested, times as RFC 3339 text, absent values left out."""

import base64
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from streams.imports.rows import Row

_DOTTED = (b'"context.', b'"usage.')


def to_json(row: dict[str, Any]) -> bytes:
    """One row as the JSON text of an event; fields without a value are left out."""
    return json.dumps(nested(_plain(row) or {}), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def nested(fields: dict[str, Any]) -> dict[str, Any]:
    """Dotted names as objects: `context.audience` becomes `audience` in `context`, unless something else stands there."""
    found = {name: dict(value) if isinstance(value, dict) else value for name, value in fields.items() if "." not in name}
    for name, value in fields.items():
        place, dot, last = name.partition(".")
        if not dot:
            continue
        inner = found.setdefault(place, {})
        if isinstance(inner, dict):
            inner.setdefault(last, value)
        else:
            found[name] = value
    return found


def undotted(row: Row) -> Row:
    """A line whose object has dotted names, nested; any other line, also one that is no JSON, as it is."""
    if row.value is None or not any(mark in row.value for mark in _DOTTED):
        return row
    try:
        tree = json.loads(row.value)
    except (ValueError, RecursionError):
        return row
    if not isinstance(tree, dict) or not any(name.startswith(("context.", "usage.")) for name in tree):
        return row
    return row._replace(value=json.dumps(nested(tree), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _plain(value: Any) -> Any:
    """JSON's types; None for what is absent, also inside. Whole numbers stored as floats (columns with gaps) become whole again."""
    if isinstance(value, dict):
        return {str(name): plain for name, inner in value.items() if (plain := _plain(inner)) is not None} or None
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)  # a naive one was admitted as UTC by whoever called
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal | date) else value
