"""Labelled texts, as JSON lines: content as in a usage event, `labels` (categories, or category -> kind), and for a look-alike `near`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from streams.errors import ConfigurationError


@dataclass(frozen=True)
class Labelled:
    """One text and the categories that it is about. `near`: the category that a look-alike resembles."""

    id: str
    content: tuple[tuple[str, str], ...]
    labels: frozenset[str]
    near: str
    lang: str


def read_lines(lines: Iterable[str], *, silent: frozenset[str] = frozenset()) -> list[Labelled]:
    """Read all lines; blank ones are skipped. Labels of a `silent` kind (one that excuses) count as none.

    Raises:
        ConfigurationError: a line is no labelled text.
    """
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append(_row(row, str(row.get("id", row.get("event_id", number))), silent))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            cause = f"{type(error).__name__}: {error}"
            raise ConfigurationError(f"line {number} is no labelled text", cause=cause, command="plumbline eval --help") from error
    if not rows:
        raise ConfigurationError("there is no labelled text", cause="every line is blank", command="plumbline eval --help")
    return rows


def _row(row: dict[str, Any], name: str, silent: frozenset[str]) -> Labelled:
    labels = row["labels"]
    given = dict.fromkeys(labels, "") if isinstance(labels, list) else dict(labels)
    wanted = frozenset(category for category, kind in given.items() if kind not in silent)
    content = [(field, row[field]) for field in ("system", "text") if row.get(field)]
    for field in ("input", "output"):
        value = row.get(field)
        if isinstance(value, str):
            content.append((field, value))
        elif value:
            content += [(f"{field}[{at}].content", message["content"]) for at, message in enumerate(value)]
    if not content:
        raise ValueError("no content: text, system, input or output")
    return Labelled(name, tuple(content), wanted, row.get("near") or "", row.get("lang", ""))
