"""The effect of a revision on the same traffic, with the tests' own small pack."""

from datetime import UTC, datetime
from pathlib import Path

from streams.policy import Pack
from streams.settings import PolicySettings
from streams.web.impact import impact

PACK = Pack.load(Path(__file__).parents[2] / "packs" / "tiny")


def case(category: str, *, score: float = 0.9, same_events: int = 1, **context: object) -> dict:
    row = {"organization_id": "acme", "audience": "business", "organization_type": "commercial", "declared_use_case": "general", "safeguards": []}
    row |= {"end_user_age": "unknown", "country": "", "categories": [category], "scores": [score], "rules": [f"{category}.x"], "rule_versions": [1]}
    return row | {"last_at": datetime(2026, 1, 1, tzinfo=UTC), "same_events": same_events, "example": "e1"} | context


def decided(*rows: dict):
    return impact(PACK, PolicySettings(), "first", "second", rows)


def test_what_only_the_newer_revision_knows_flips_from_no_tag():
    found = decided(case("lobbying", same_events=7))
    assert [flip[:4] for flip in found.flips] == [("lobbying", "no tag", "unmet requirement, medium", 7)]
    assert found.flips[0].examples == [("acme", "e1")]
    assert found.tags("lobbying") == (0, 7)


def test_another_severity_is_a_flip_too():
    assert [flip[1:3] for flip in decided(case("tracking")).flips] == [("violation, high", "violation, critical")]


def test_what_neither_tags_is_counted_and_does_not_flip():
    found = decided(case("tracking", score=0.3, same_events=4))
    assert (found.events, found.flips, found.categories) == (4, [], [])


def test_the_context_decides_as_it_does_in_the_stream():
    assert decided(case("lobbying", safeguards=["human_in_the_loop"])).flips == []
    excused = decided(case("tracking", organization_id="org-press"))
    assert [flip[1:3] for flip in excused.flips] == [("violation, high", "excused, critical")]
    assert excused.tags("tracking") == (1, 0)


def test_categories_come_by_how_much_they_change():
    assert decided(case("tracking", same_events=9), case("lobbying", same_events=2)).categories == ["lobbying", "tracking"]
