"""Lists of tagged events, each with the excerpt of its evidence."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from streams.web.questions import Questions, Rows
from streams.web.window import HOUR, floor

RECENT = timedelta(hours=6)  # where the newest are looked for first
AT_ONCE = 1_000  # events whose excerpts are asked for in one statement
_PLACE = ("organization_id", "event_id", "content_hash", "rule", "field", "start", "end")


async def latest(questions: Questions, since: datetime, until: datetime, *, limit: int, **filters: Any) -> Rows:
    """The newest tags of a period: from its last hours when those have enough, which costs a fraction of all of it."""
    given = {"until": until.isoformat(), "limit": limit, **{name: value for name, value in filters.items() if value}}
    rows: Rows = []
    if until - since > RECENT:
        rows = await questions.ask("events", since=(until - RECENT).isoformat(), **given)
    if len(rows) < limit:
        rows = await questions.ask("events", since=since.isoformat(), **given)
    return await with_excerpts(questions, rows)


async def with_excerpts(questions: Questions, rows: Rows) -> Rows:
    """The rows with `excerpt`: empty where none is kept."""
    parts = await asyncio.gather(*(_excerpts(questions, rows[at : at + AT_ONCE]) for at in range(0, len(rows), AT_ONCE)))
    found = {tuple(each[name] for name in _PLACE): each["excerpt"] for part in parts for each in part}
    return [{**row, "excerpt": found.get(_place(row), "")} for row in rows]


def _place(row: Mapping[str, Any]) -> tuple:
    return tuple(row[name] for name in _PLACE)


async def _excerpts(questions: Questions, rows: Rows) -> Rows:
    return await questions.ask(
        "excerpts_of",
        organizations=sorted({row["organization_id"] for row in rows}),
        events=sorted({row["event_id"] for row in rows}),
        hours=sorted({f"{floor(row['occurred_at'], HOUR):%Y-%m-%d %H:%M:%S}" for row in rows}),
    )
