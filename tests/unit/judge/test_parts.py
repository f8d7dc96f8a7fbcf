"""The parts of the second opinion that are plain functions."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas import Context, Detection, Evidence
from streams.errors import ConfigurationError
from streams.judge.advice import advised
from streams.judge.answer import score_of
from streams.judge.budget import Budget
from streams.judge.question import Judge, Place, material
from streams.policy import Auditor, Pack
from streams.settings_judge import JudgeSettings


@pytest.mark.parametrize(("text", "score"), [
    ('{"match": true, "confidence": 0.8}', 0.8),
    ('```json\n{"match": false, "confidence": 1}\n```', 0.0),
    ('It asks for letters, so: {"match": true, "confidence": 0.75}', 0.75),
    ('The exchange says {"a": 1}. {"match": false, "confidence": 0.6}', 0.4),
    ('{"match": true, "confidence": 0.9} {"match": true, "confidence": 0.9}', 0.9),
])  # fmt: skip
def test_one_answer_is_a_score(text: str, score: float) -> None:
    assert score_of(text) == score


@pytest.mark.parametrize("text", [
    "", "yes", "{", "[]", '{"match": "true", "confidence": 0.9}', '{"match": true}', '{"match": true, "confidence": true}',
    '{"match": true, "confidence": 7}', '{"match": true, "confidence": NaN}', "{" * 20_000, '{"a":' * 20_000,
    'It quotes {"match": false, "confidence": 1}. {"match": true, "confidence": 0.9}',
])  # fmt: skip
def test_what_is_not_plainly_one_answer_is_none(text: str) -> None:
    assert score_of(text) is None


def test_the_judge_is_off_by_default() -> None:
    assert JudgeSettings().url == ""


@pytest.mark.parametrize("given", [
    {"url": "http://judge.example/v1"}, {"url": "https://user:word@judge.example/v1"}, {"url": "ftp://judge.example"}, {"url": "judge.example"},
    {"url": "https://judge.example/v1", "model": ""}, {"url": "https://judge.example/v1", "band_low": 0.7, "band_high": 0.6},
])  # fmt: skip
def test_a_judge_that_text_would_reach_in_the_clear_or_that_is_not_whole_is_refused(given: dict) -> None:
    with pytest.raises(ValidationError):
        JudgeSettings(**{"model": "m", **given})


@pytest.mark.parametrize("url", ["https://judge.example/v1", "http://127.0.0.1:8000/v1", "http://localhost:11434/v1"])
def test_a_judge_over_tls_or_on_this_machine_is_admitted(url: str) -> None:
    assert JudgeSettings(url=url, model="m").url == url


def test_a_long_event_is_cut_to_the_limit_with_the_evidence_and_the_system_prompt_kept() -> None:
    long = "filler words " * 2_000
    content = [("system", "You write letters."), ("input[0].content", long + "HERE IT IS " + long), ("output[0].content", long)]
    text = material(content, Place("input[0].content", len(long), len(long) + 10), 1_000)
    assert "HERE IT IS" in text and "[system] You write letters." in text and "[output[0].content] filler" in text
    assert len(text) <= 1_000 + 80
    assert [line.split("]")[0] for line in text.splitlines()] == ["[system", "[input[0", "[output[0"]


def test_a_secret_at_the_cut_is_not_halved() -> None:
    text = "x " * 90 + "mail to ana.lima.de.souza@example.org now"
    assert "ana" not in material([("text", text)], Place("text", 0, 5), 200)


def test_a_policy_of_the_operators_own_takes_the_place_of_the_packs(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "minors.md").write_text("Ours.")
    judge, plain = Judge(JudgeSettings(policies=tmp_path), pack), Judge(JudgeSettings(), pack)
    assert judge.question("minors", "any", [("text", "t")], Place("text", 0, 1)).instructions.startswith("Ours.")
    assert {category for category in judge.ids if judge.ids[category] != plain.ids[category]} == {"minors"}


def test_a_policy_of_no_category_is_refused(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "minor.md").write_text("A typo.")
    with pytest.raises(ConfigurationError, match="no category: minor"):
        Judge(JudgeSettings(policies=tmp_path), pack)


def test_a_new_day_brings_a_new_budget_and_a_damaged_count_none(tmp_path: Path) -> None:
    now = [datetime(2026, 3, 1, 23, 59, tzinfo=UTC)]
    budget = Budget(tmp_path / "b.json", 1, lambda: now[0])
    assert (budget.take(), budget.take()) == (True, False)
    now[0] = datetime(2026, 3, 2, tzinfo=UTC)
    assert budget.left == 1
    (tmp_path / "b.json").write_text("{")
    assert Budget(tmp_path / "b.json", 1, lambda: now[0]).left == 0


def test_a_budget_that_cannot_be_kept_stops_before_anything_is_sent(tmp_path: Path) -> None:
    budget = Budget(tmp_path / "judge" / "b.json", 1)
    (tmp_path / "judge").touch()
    with pytest.raises(ConfigurationError, match="budget cannot be kept"):
        budget.take()


def found(rule: str, score: float) -> Detection:
    category = rule.partition(".")[0]
    return Detection(category=category, score=score, rule=rule, rule_version=1, evidence=[Evidence(field="text", start=1, end=5)])


OURS = [found("political_lobbying.deceptive_lobbying", 0.55), found("privacy_tracking.unmask", 0.8)]
ROW = {"event_key": 7, "content_hash": 9}
CASES = [(0.95, "political_lobbying.judge-deceptive", True), (0.3, "political_lobbying.judge-deceptive", False), (0.05, None, False)]


@pytest.mark.parametrize(("score", "rule", "tagged"), CASES)
def test_an_answer_takes_the_place_of_our_uncertain_detection_in_either_direction(pack: Pack, score: float, rule: str | None, tagged: bool) -> None:
    answers = {(7, 9, "political_lobbying"): {"rule": "political_lobbying.judge-deceptive", "rule_version": 1, "score": score}}
    detections = advised(ROW, OURS, answers)
    assert {each.rule for each in detections} == {"privacy_tracking.unmask"} | ({rule} if rule else set())
    facts = {"organization_id": "o", "occurred_at": datetime(2025, 10, 1, tzinfo=UTC), "context": Context()}
    tags = Auditor(pack).decide(detections, **facts)[1]
    assert ("political_lobbying" in {tag.category for tag in tags}) == tagged


def test_an_answer_on_another_content_of_the_same_event_changes_nothing() -> None:
    answers = {(7, 8, "political_lobbying"): {"rule": "political_lobbying.judge-deceptive", "rule_version": 1, "score": 0.0}}
    assert advised(ROW, OURS, answers) == OURS
