"""What the policy says of detections in a context."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas import Context, Detection, Safeguard
from streams.errors import ConfigurationError
from streams.policy import Auditor, Pack

BOUNDARY = datetime(2025, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
TRADE = Detection(category="fruit", score=0.8, rule="fruit.sell", rule_version=2)
MEAL = Detection(category="fruit", score=0.4, rule="fruit.eat", rule_version=1)


@pytest.fixture
def auditor(files) -> Auditor:
    return Auditor(Pack.from_files(files))


def decide(auditor, *detections, at=BOUNDARY, organization="acme", revision=None, shadow=False, **context):
    facts = {"organization_id": organization, "occurred_at": at, "context": Context(**context)}
    return auditor.decider.decide(detections, **facts, revision=revision, shadow=shadow)


def test_the_revision_changes_at_the_very_millisecond(auditor):
    before, after = decide(auditor, TRADE, at=BOUNDARY - MILLISECOND), decide(auditor, TRADE, at=BOUNDARY)
    assert (before[0], before[1][0].outcome, before[1][0].clause) == ("first", "violation", "first.fruit")
    assert (after[0], after[1][0].outcome, after[1][0].clause) == ("second", "unmet_requirement", "second.fruit")


def test_a_named_revision_decides_whatever_the_time(auditor):
    assert decide(auditor, TRADE, revision="first")[1][0].clause == "first.fruit"
    with pytest.raises(ConfigurationError, match="first, second"):
        decide(auditor, TRADE, revision="third")


def test_a_requirement_is_met_or_names_what_is_missing(auditor):
    assert decide(auditor, TRADE)[1][0].missing_safeguards == [Safeguard.HUMAN_IN_THE_LOOP]
    assert decide(auditor, TRADE, safeguards={Safeguard.HUMAN_IN_THE_LOOP})[1] == []


def test_a_decision_selects_detections_by_their_kind(auditor):
    assert decide(auditor, MEAL.model_copy(update={"score": 0.9}))[1] == []
    assert decide(auditor, MEAL.model_copy(update={"score": 0.9}), revision="first")[1] != []


def test_scores_of_several_rules_combine_and_must_reach_the_threshold(auditor):
    weak = MEAL.model_copy(update={"rule": "fruit.sell"})
    assert decide(auditor, MEAL, revision="first")[1] == []
    [tag] = decide(auditor, MEAL, weak, revision="first")[1]
    assert tag.score == 0.64


def test_a_context_that_a_decision_excludes_gets_no_tag(auditor):
    assert decide(auditor, TRADE, audience="business")[1] == []


def test_a_context_alone_can_decide_and_is_its_own_evidence(auditor):
    [tag] = decide(auditor, end_user_age="minor")[1]
    assert (tag.category, tag.rule, tag.score) == ("secret", "secret.child", 1.0)
    assert [(place.field, place.excerpt) for place in tag.evidence] == [("context.end_user_age", "minor")]
    assert decide(auditor, end_user_age="adult")[1] == []


@pytest.mark.parametrize(
    ("at", "organization", "excused"),
    [
        (datetime(2025, 2, 1, tzinfo=UTC), "orchard", True),
        (datetime(2025, 2, 1, tzinfo=UTC) - MILLISECOND, "orchard", False),
        (datetime(2025, 3, 1, tzinfo=UTC) - MILLISECOND, "orchard", True),
        (datetime(2025, 3, 1, tzinfo=UTC), "orchard", False),
        (datetime(2025, 2, 1, tzinfo=UTC), "acme", False),
    ],
)
def test_an_allowance_excuses_its_organization_while_it_lasts(auditor, at, organization, excused):
    [tag] = decide(auditor, TRADE, at=at, organization=organization)[1]
    assert (tag.outcome, tag.excused_by) == (("excused", "second.orchard") if excused else ("unmet_requirement", None))


def test_a_shadow_detector_gives_no_tag_but_in_the_shadow(with_change):
    auditor = Auditor(Pack.from_files(with_change("detectors/fruit.toml", 'id = "fruit"', 'id = "fruit"\nshadow = true')))
    assert decide(auditor, TRADE)[1] == []
    assert decide(auditor, TRADE, shadow=True)[1][0].category == "fruit"


def test_a_shadow_revision_is_in_force_in_the_shadow_only(files):
    files["revisions/third.toml"] = (
        files["revisions/first.toml"]
        .replace('"first', '"third')
        .replace("ends = 2025-01-01T00:00:00Z", "starts = 2025-06-01T00:00:00Z\nshadow = true")
    )
    auditor, at = Auditor(Pack.from_files(files)), datetime(2025, 6, 1, tzinfo=UTC)
    assert decide(auditor, TRADE, at=at)[0] == "second"
    assert decide(auditor, TRADE, at=at, shadow=True)[0] == "third"
    assert decide(auditor, TRADE, at=at - MILLISECOND, shadow=True)[0] == "second"


def test_as_of_a_day_only_what_had_been_recorded_counts(files):
    pack = Pack.from_files(files)
    assert pack.as_of(datetime(2024, 10, 31, tzinfo=UTC)).revision_at(BOUNDARY).id == "first"
    assert pack.as_of(datetime(2024, 11, 1, tzinfo=UTC)).revision_at(BOUNDARY).id == "second"
    with pytest.raises(ConfigurationError, match="the first record is of 2024-01-01"):
        pack.as_of(datetime(2023, 1, 1, tzinfo=UTC))
