"""Rows on standard output: one JSON object per line, CSV, or a plain table for eyes."""

import csv
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

WIDEST = 60


def print_rows(rows: Sequence[dict[str, Any]], form: str) -> None:
    """Print rows that all have the same columns. `form` is json, csv or table."""
    if form == "json":
        for row in rows:
            sys.stdout.write(json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False) + "\n")
    elif form == "csv":
        if rows:
            writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    elif rows:
        _print_table(rows)


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    names = list(rows[0])
    cells = [[short(cell(row[name])) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[at]) for line in cells)) for at, name in enumerate(names)]
    for line in [names, *cells]:
        sys.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")


def _plain(value: Any) -> Any:
    """JSON's types; integers past 2^53 become text, because most readers would round them."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, int) and abs(value) >= 1 << 53:
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def cell(value: Any) -> str:
    """A value as text for a table or CSV."""
    plain = _plain(value)
    if isinstance(plain, list):
        return " ".join(map(str, plain))
    return json.dumps(plain) if isinstance(plain, dict) else "" if plain is None else str(plain)


def short(text: str) -> str:
    """One line, and without control characters: what an event says must not steer a terminal."""
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
