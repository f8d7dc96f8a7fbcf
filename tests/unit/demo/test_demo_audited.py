"""The shipped pack on the demonstration: what an analyst should find is tagged, and ordinary work is not."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from schemas import Tag
from streams.decode import Decoder, Record
from streams.demo.traffic import Form, Generated
from streams.policy import Auditor, Pack
from streams.settings import IntakeSettings, RetentionSettings

Audited = list[tuple[Generated, str, list[Tag]]]  # event, revision, tags


@pytest.fixture(scope="module")
def audited(events: list[Generated], now_s: float) -> Audited:
    """Every event that touches a category, and a sample of the others."""
    chosen = [event for number, event in enumerate(events) if event.form is Form.ONCE and (event.group or number % 8 == 0)]
    records = [Record("usage.events", 0, offset, 0, None, event.value, ()) for offset, event in enumerate(chosen)]
    found = [located.event for located in Decoder(IntakeSettings(), RetentionSettings()).decode(records, datetime.fromtimestamp(now_s, UTC)).events]
    auditor = Auditor(Pack.load(None))
    detected = auditor.detect_batch([list(event.content()) for event in found])
    decided = [
        auditor.decide(each, organization_id=event.organization_id, occurred_at=event.occurred_at, context=event.context)
        for event, each in zip(found, detected, strict=True)
    ]
    return [(event, revision, tags) for event, (revision, tags) in zip(chosen, decided, strict=True)]


def test_most_of_each_incident_is_tagged(audited: Audited) -> None:
    total = Counter(event.incident for event, _, _ in audited if event.incident)
    tagged = Counter(event.incident for event, _, tags in audited if event.incident and event.group.category in {tag.category for tag in tags})
    assert set(total) == {"vote-surge", "new-tracker", "one-text"}
    assert all(tagged[incident] > 0.5 * count for incident, count in total.items()), tagged


def test_every_category_comes_out_with_every_outcome_that_is_meant(audited: Audited) -> None:
    meant = {(event.group.category, event.group.outcome(revision)) for event, revision, _ in audited if event.group}
    right = {
        (tag.category, tag.outcome)
        for event, revision, tags in audited
        for tag in tags
        if event.group and (tag.category, tag.outcome) == (event.group.category, event.group.outcome(revision))
    }
    assert {pair for pair in meant if pair[1] != "none"} - right == set()


def test_ordinary_work_is_hardly_ever_tagged(audited: Audited) -> None:
    ordinary = [tags for event, revision, tags in audited if event.group is None or event.group.outcome(revision) == "none"]
    assert len(ordinary) > 2_000
    assert sum(bool(tags) for tags in ordinary) < 0.02 * len(ordinary)
