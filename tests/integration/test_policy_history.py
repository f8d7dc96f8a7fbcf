"""Comparing and deciding again over stored history, on the real engine. The reference is always one decision per event."""

import itertools
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from schemas import Context, Detection
from streams.history.diff import compared, diff, summed
from streams.history.sides import Side
from streams.landing.columns import EVENTS
from streams.policy import Pack
from streams.settings import PolicySettings

pytestmark = pytest.mark.integration

SINCE, UNTIL = datetime(2024, 5, 1, tzinfo=UTC), datetime(2025, 11, 1, tzinfo=UTC)
BOUNDARIES = [datetime(2024, 6, 6, tzinfo=UTC), datetime(2025, 9, 15, tzinfo=UTC)]
RULES = [
    ("political_campaigning", "piece_for_candidate"), ("political_campaigning", "voter_targeting"), ("high_risk_healthcare", "own_symptoms"),
    ("privacy_tracking", "unmask"), ("law_enforcement", "office_work"), ("cyber_compromise", "make_malware"), ("minors", "states_age"),
]  # fmt: skip


def made(chance: random.Random, number: int) -> dict:
    """A stored event: any context, none to three detections, often at a boundary to the millisecond."""
    moment = SINCE + (UNTIL - SINCE) * chance.random()
    if chance.random() < 0.2:
        moment = chance.choice(BOUNDARIES) + timedelta(milliseconds=chance.choice([-1, 0, 1]))
    found = chance.sample(RULES, chance.choice([0, 0, 1, 2, 3]))
    return {
        "organization_id": chance.choice(["acme", "org-press-desk", "globex"]), "event_id": f"e{number}", "occurred_at": moment,
        "audience": chance.choice(["consumer", "business", "unknown"]),
        "organization_type": chance.choice(["commercial", "nonprofit", "law_enforcement", "individual"]),
        "declared_use_case": chance.choice(["general", "healthcare_guidance", "call_center_support"]),
        "safeguards": sorted(chance.sample(["ai_disclosure", "human_in_the_loop", "age_appropriate_safety"], chance.choice([0, 1, 2]))),
        "end_user_age": chance.choice(["adult", "adult", "minor", "unknown"]), "country": chance.choice(["US", "FR", ""]),
        "detections.category": [category for category, _ in found], "detections.score": [chance.choice([0.2, 0.45, 0.5, 0.8]) for _ in found],
        "detections.rule": [f"{category}.{rule}" for category, rule in found], "detections.rule_version": [1] * len(found),
        "detections.field": ["text"] * len(found), "detections.start": [number % 50] * len(found), "detections.end": [number % 50 + 9] * len(found),
        "content_hash": number, "event_key": number, "model": "m", "landed_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip


def land(client, events: list[dict]) -> None:
    names = list(events[0])
    schema = pa.schema([EVENTS.field(name) for name in names])
    columns = [pa.array([event[name] for event in events], _plain(schema.field(name).type)).cast(schema.field(name).type) for name in names]
    client.insert("events", pa.table(columns, schema=schema))


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def facts_of(event: dict) -> tuple:
    context = Context(
        audience=event["audience"], organization_type=event["organization_type"], declared_use_case=event["declared_use_case"],
        safeguards=event["safeguards"], end_user_age=event["end_user_age"], country=event["country"] or None,
    )  # fmt: skip
    found = zip(event["detections.category"], event["detections.score"], event["detections.rule"], strict=True)
    detections = [Detection(category=category, score=score, rule=rule, rule_version=1) for category, score, rule in found]
    return event["organization_id"], event["occurred_at"], context, detections


@pytest.fixture(scope="module")
def events(store) -> list[dict]:
    chance = random.Random(20250915)
    events = [made(chance, number) for number in range(4_000)]
    land(store.client, events)
    land(store.client, events[:500])  # delivered twice
    return events


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.load(None)


@pytest.mark.parametrize(("a", "b"), itertools.permutations(["live", "2025-09-15", "2024-06-06"], 2))
def test_the_difference_equals_one_decision_per_event(store, events, pack, a, b):
    sides = [Side(name, pack, PolicySettings(), revision=None if name == "live" else name) for name in (a, b)]
    expected, changed = Counter(), 0
    for event in events:
        facts = facts_of(event)
        changes = list(compared(sides[0].decide(*facts)[1], sides[1].decide(*facts)[1]))
        changed += bool(changes)
        expected.update((*change, event["organization_id"], event["country"]) for change in changes)
    found = diff(store.client, *sides, SINCE, UNTIL + timedelta(days=1))
    assert (found.events, found.changed) == (len(events), changed)
    assert Counter({change[:6]: change.events for change in found.changes}) == expected
    assert changed > 100


def test_samples_are_events_that_change_so(store, events, pack):
    sides = [Side(name, pack, PolicySettings(), revision=name) for name in ("2024-06-06", "2025-09-15")]
    by_id = {event["event_id"]: facts_of(event) for event in events}
    for change in diff(store.client, *sides, SINCE, UNTIL).changes:
        for sample in change.samples:
            facts = by_id[sample]
            assert change[:4] in set(compared(sides[0].decide(*facts)[1], sides[1].decide(*facts)[1]))


def test_sums_over_organizations_and_countries_keep_the_events(store, events, pack):
    sides = [Side(name, pack, PolicySettings(), revision=name) for name in ("2024-06-06", "2025-09-15")]
    changes = diff(store.client, *sides, SINCE, UNTIL).changes
    total = sum(change.events for change in changes)
    for dimensions in ((), ("country",), ("organization_id", "country")):
        assert sum(change.events for change in summed(changes, dimensions)) == total
    assert {change.country for change in summed(changes, ())} == {""}


def test_the_same_side_twice_changes_nothing(store, events, pack):
    side = Side("live", pack, PolicySettings())
    assert diff(store.client, side, side, SINCE, UNTIL).changes == []
