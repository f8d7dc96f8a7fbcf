"""Opinions in ClickHouse: what is still to be asked, what has been answered, and what is written down."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.judge.question import PROMPT_VERSION, Place
from streams.settings_judge import JudgeSettings

_MILLIS = pa.timestamp("ms", tz="UTC")
OPINIONS = pa.schema([
    ("organization_id", pa.string()), ("event_id", pa.string()), ("occurred_at", _MILLIS), ("content_hash", pa.uint64()), ("event_key", pa.uint64()),
    ("category", pa.string()), ("rule", pa.string()), ("rule_version", pa.uint16()), ("score", pa.float32()), ("our_score", pa.float32()),
    ("our_rule", pa.string()), ("field", pa.string()), ("start", pa.uint32()), ("end", pa.uint32()), ("state", pa.string()), ("cached", pa.bool_()),
    ("question_hash", pa.uint64()), ("judge", pa.string()), ("model", pa.string()), ("pack_hash", pa.string()), ("asked_at", _MILLIS),
])  # fmt: skip


class Candidate(NamedTuple):
    """An uncertain detection: the row of sql/judge/candidates.sql."""

    row: Mapping[str, Any]

    @property
    def place(self) -> Place:
        return Place(self.row["field"], self.row["start"], self.row["end"])


class Opinion(NamedTuple):
    """What came of one candidate. `state`: answered, unreadable, failed or gone; `score` counts only when it was answered."""

    candidate: Candidate
    rule: str
    state: str
    score: float = 0.0
    question_hash: int = 0
    cached: bool = False


class OpinionBook:
    """The table `opinions`. Writing an opinion again changes nothing but when it was asked."""

    def __init__(self, client: ClickHouse, settings: JudgeSettings) -> None:
        self._client, self._settings = client, settings

    def candidates(self, judges: Mapping[str, str], limit: int) -> list[Candidate]:
        """Uncertain detections that nobody of `judges` (category -> id) has been asked about, the oldest first."""
        settings = self._settings
        asked = {"since": datetime.now(UTC) - timedelta(hours=settings.look_back_h), "low": settings.band_low, "high": settings.band_high}
        asked |= {"categories": list(judges), "judges": list(judges.values()), "excepted": settings.except_organizations, "limit": limit}
        return [Candidate(row) for row in self._client.rows(sql_text("judge/candidates"), asked)]

    def known(self, hashes: Iterable[int]) -> dict[int, float]:
        """Question hash -> score, for those that have been answered before."""
        rows = self._client.rows(sql_text("judge/known"), {"hashes": sorted(set(hashes))})
        return {row["question_hash"]: round(row["score"], 3) for row in rows}

    def record(self, opinions: Sequence[Opinion]) -> None:
        """Write them down."""
        now = datetime.now(UTC)
        self._client.insert("opinions", pa.Table.from_pylist([self._row(each, now) for each in opinions], OPINIONS))

    def _row(self, opinion: Opinion, now: datetime) -> dict[str, Any]:
        given = {name: opinion.candidate.row[name] for name in OPINIONS.names if name in opinion.candidate.row}
        said = {"rule": opinion.rule, "rule_version": PROMPT_VERSION, "score": opinion.score, "state": opinion.state, "cached": opinion.cached}
        return given | said | {"question_hash": opinion.question_hash, "model": self._settings.model, "asked_at": now}

    def listed(self, *, since: datetime, category: str = "", differing: bool = False, limit: int = 100) -> list[dict[str, Any]]:
        """Opinions, the newest first."""
        asked = {"since": since, "category": category, "differing": differing, "limit": limit}
        return self._client.rows(sql_text("judge/listed"), asked)
