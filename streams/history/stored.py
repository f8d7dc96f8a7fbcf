"""Stored events as what a decision rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas import Context, Detection, Evidence
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.policy.explain import Facts


def stored_events(client: ClickHouse, organization_id: str, event_id: str) -> list[Facts]:
    """What is stored of an event: nothing, one, or several if its id came with several contents."""
    rows = client.rows(sql_text("policy/event"), {"organization": organization_id, "event": event_id})
    return [Facts(row["organization_id"], row["occurred_at"], context_of(row), detections_with_places(row)) for row in rows]


def context_of(row: Mapping[str, Any]) -> Context:
    """The context columns of a row."""
    return Context(
        audience=row["audience"],
        organization_type=row["organization_type"],
        declared_use_case=row["declared_use_case"],
        safeguards=frozenset(row["safeguards"]),
        end_user_age=row["end_user_age"],
        country=row["country"] or None,
    )


def detections_of(categories: Sequence[str], scores: Sequence[float], rules: Sequence[str], versions: Sequence[int]) -> list[Detection]:
    """Detections from their columns. Scores have three decimals, which Float32 keeps."""
    found = zip(categories, scores, rules, versions, strict=True)
    return [Detection(category=category, score=round(score, 3), rule=rule, rule_version=version) for category, score, rule, version in found]


def detections_with_places(row: Mapping[str, Any]) -> list[Detection]:
    """The detections of a row, each with its first place."""
    detections = detections_of(row["categories"], row["scores"], row["rules"], row["rule_versions"])
    places = zip(row["fields"], row["starts"], row["ends"], strict=True)
    evidence = [Evidence(field=field, start=start, end=end) for field, start, end in places]
    return [detection.model_copy(update={"evidence": [place]}) for detection, place in zip(detections, evidence, strict=True)]
