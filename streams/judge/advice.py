"""Opinions as detections: what a run of its own decides by, where a judge has answered."""

from collections.abc import Mapping
from typing import Any

from schemas import Detection
from schemas.verdict import DETECTION_FLOOR
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.history.retag import Revise, Window

Answers = Mapping[tuple[int, int, str], Mapping[str, Any]]  # (event key, content hash, category) -> row of sql/judge/answered.sql


class Advice:
    """The answers of one judge (by id), or the newest of any."""

    def __init__(self, client: ClickHouse, judge: str = "") -> None:
        self._client, self._judge = client, judge

    def of(self, window: Window) -> Revise:
        """How the stored detections of a window are revised."""
        rows = self._client.rows(sql_text("judge/answered"), {"since": window.since, "until": window.until, "judge": self._judge})
        answers = {(row["event_key"], row["content_hash"], row["category"]): row for row in rows}
        return lambda row, detections: advised(row, detections, answers)


def advised(row: Mapping[str, Any], detections: list[Detection], answers: Answers) -> list[Detection]:
    """The detections, with the judge's in the place of ours for each category that it has answered on; below the floor, none.

    The new one has the place of our strongest: the judge says whether, not where.
    """
    said = {each.category: answer for each in detections if (answer := answers.get((row["event_key"], row["content_hash"], each.category)))}
    kept = [each for each in detections if each.category not in said]
    for category, answer in said.items():
        score = round(float(answer["score"]), 3)
        if score >= DETECTION_FLOOR:
            ours = min((each for each in detections if each.category == category), key=lambda each: (-each.score, each.rule))
            facts = {"score": score, "rule": answer["rule"], "rule_version": answer["rule_version"]}
            kept.append(ours.model_copy(update=facts))
    return kept
