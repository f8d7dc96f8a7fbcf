"""Comparing and deciding again over stored history, on the real engine. The reference is always one decision per event."""

import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from schemas import Context, Detection, Evidence, Tag
from streams.clickhouse.runs import BEGINNING, RunBook
from streams.errors import Retry, UsageError
from streams.history.diff import compared, diff, summed
from streams.history.retag import Retag, order_for
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


# -- deciding again

RANGE = (datetime(2025, 9, 1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC))
COLUMNS = "event_id, category, outcome, toString(severity) AS severity, round(toFloat64(score), 3) AS score, revision, clause, rule, rule_version, "
COLUMNS += "missing_safeguards, excused_by, field, start, end"


def expected_verdicts(events: list[dict], side: Side, since: datetime, until: datetime) -> set[tuple]:
    rows = set()
    for event in events:
        if since <= event["occurred_at"] < until:
            organization, moment, context, detections = facts_of(event)
            places = zip(event["detections.start"], event["detections.end"], strict=True)
            found = [
                each.model_copy(update={"evidence": [Evidence(field="text", start=start, end=end)]})
                for each, (start, end) in zip(detections, places, strict=True)
            ]
            revision, tags = side.decide(organization, moment, context, found)
            rows.update(row_of(event["event_id"], revision, tag) for tag in tags)
    return rows


def row_of(event_id: str, revision: str, tag: Tag) -> tuple:
    place = tag.evidence[0]
    missing = tuple(each.value for each in tag.missing_safeguards)
    return (
        event_id, tag.category, tag.outcome.value, tag.severity.value, tag.score, revision, tag.clause, tag.rule, tag.rule_version, missing,
        tag.excused_by or "", place.field, place.start, place.end,
    )  # fmt: skip


def verdicts_in(client, run_id: str) -> set[tuple]:
    rows = client.rows(f"SELECT {COLUMNS} FROM verdicts FINAL WHERE run_id = {{run:String}}", {"run": run_id})
    return {tuple(tuple(value) if isinstance(value, list) else value for value in row.values()) for row in rows}


@pytest.fixture
def side(pack) -> Side:
    return Side("live", pack, PolicySettings())


@pytest.fixture
def other(pack) -> Side:
    """Another pack: what is seen as a violation of tracking is now critical."""
    files = {**pack.files}
    name = "revisions/2025-09-15.toml"
    files[name] = files[name].replace('clause = "2025-09-15.tracking"\noutcome = "violation"\nseverity = "high"', "CRITICAL")
    files[name] = files[name].replace("CRITICAL", 'clause = "2025-09-15.tracking"\noutcome = "violation"\nseverity = "critical"')
    return Side("live", Pack.from_files(files), PolicySettings())


def retag(store, side: Side, tmp_path, span=RANGE, settle=lambda _: None) -> Retag:
    order = order_for(store.client, side, *span)
    assert order is not None
    running = Retag(store.client, side, order, tmp_path)
    running.run(lambda _: None, settle=settle)
    return running


def test_a_retag_equals_one_decision_per_event_and_becomes_current(store, events, side, tmp_path):
    RunBook(store.client).open_live("f" * 16)
    running = retag(store, side, tmp_path)
    expected = expected_verdicts(events, side, *RANGE)
    assert verdicts_in(store.client, running.order.run_id) == expected
    assert len(expected) > 50
    assert running.order.parents.startswith("live-")
    assert RunBook(store.client).run_for(RANGE[0]).run_id == running.order.run_id
    assert RunBook(store.client).run_for(RANGE[1]).run_id == running.order.parents


def test_the_same_retag_again_has_nothing_to_do(store, events, side):
    assert order_for(store.client, side, *RANGE) is None


def test_a_retag_by_another_pack_takes_over_and_the_first_stays_as_it_was(store, events, side, other, tmp_path):
    [first] = {run.run_id for run in RunBook(store.client).current() if run.kind == "retag"}
    before = verdicts_in(store.client, first)
    running = retag(store, other, tmp_path)
    assert verdicts_in(store.client, running.order.run_id) == expected_verdicts(events, other, *RANGE)
    assert verdicts_in(store.client, first) == before
    assert running.order.parents == first
    assert order_for(store.client, side, *RANGE) is not None, "the first pack may come back"


def test_what_lands_while_history_is_decided_is_in_the_run(store, events, other, tmp_path):
    span = (datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))
    late = [{**made(random.Random(7), 9_000), "event_id": f"late{number}", "content_hash": 9_000 + number} for number in range(3)]
    late = [event | {"occurred_at": span[0] + timedelta(days=number), "landed_at": datetime.now(UTC)} for number, event in enumerate(late)]

    def settle(_: float) -> None:
        land(store.client, late)

    running = retag(store, other, tmp_path, span, settle)
    assert verdicts_in(store.client, running.order.run_id) == expected_verdicts([*events, *late], other, *span)


def test_an_interrupted_retag_is_not_current_and_goes_on_where_it_was(store, events, side, tmp_path, monkeypatch):
    span = (datetime(2024, 7, 1, tzinfo=UTC), datetime(2024, 9, 1, tzinfo=UTC))
    monkeypatch.setattr("streams.history.retag.AT_ONCE", 20)
    order = order_for(store.client, side, *span)
    running, decide = Retag(store.client, side, order, tmp_path), Retag._decide
    assert len(running.windows(BEGINNING)) > 5

    def fail_at_third(self: Retag, window, landed_from) -> None:
        if self.decided > 40:
            raise Retry("the store is away")
        decide(self, window, landed_from)

    monkeypatch.setattr(Retag, "_decide", fail_at_third)
    with pytest.raises(Retry):
        running.run(lambda _: None)
    assert order.run_id not in {run.run_id for run in RunBook(store.client).current()}
    monkeypatch.setattr(Retag, "_decide", decide)
    again = order_for(store.client, side, *span)
    assert again.run_id == order.run_id
    second = Retag(store.client, side, again, tmp_path)
    second.run(lambda _: None, settle=lambda _: None)
    assert verdicts_in(store.client, order.run_id) == expected_verdicts(events, side, *span)
    assert second.decided < sum(window.events for window in running.windows(BEGINNING))


def test_signals_of_the_run_count_its_verdicts(store, events, side, tmp_path):
    span = (datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC))
    running = retag(store, side, tmp_path, span)
    rows = store.client.rows("SELECT sum(events) AS n FROM audit_signals_hour WHERE run_id = {run:String}", {"run": running.order.run_id})
    assert rows[0]["n"] == len(verdicts_in(store.client, running.order.run_id))


def test_a_shadow_run_is_decided_beside_and_never_current(store, events, pack, tmp_path):
    name = "detectors/privacy_tracking.toml"
    files = {**pack.files, name: pack.files[name].replace('id = "', 'shadow = true\nid = "', 1)}
    beside = Side("shadow", Pack.from_files(files), PolicySettings(), shadow=True)
    live = Side("live", beside.pack, PolicySettings())
    span = (datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC))
    running = retag(store, beside, tmp_path, span)
    assert verdicts_in(store.client, running.order.run_id) == expected_verdicts(events, beside, *span)
    assert running.order.run_id not in {run.run_id for run in RunBook(store.client).current()}
    changes = diff(store.client, live, beside, *span).changes
    assert {(change.change, change.category) for change in changes} == {("newly_flagged", "privacy_tracking")}


@pytest.mark.parametrize("span", [(RANGE[0] + timedelta(minutes=30), RANGE[1]), (RANGE[0], RANGE[1] - timedelta(milliseconds=1))])
def test_a_range_that_cuts_an_hour_is_refused_for_a_run_that_would_be_current_and_taken_for_a_shadow(store, side, span):
    with pytest.raises(UsageError, match="by whole hours"):
        order_for(store.client, side, *span)
    assert order_for(store.client, side, *span, kind="shadow") is not None


# -- the commands, as they are typed


@pytest.fixture(scope="module")
def plumbline(store, tmp_path_factory):
    environment = {
        **os.environ,
        "PLUMBLINE_CLICKHOUSE__URL": store.settings.url,
        "PLUMBLINE_CLICKHOUSE__PASSWORD": store.settings.password.get_secret_value(),
        "PLUMBLINE_CLICKHOUSE__DATABASE": store.settings.database,
        "PLUMBLINE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "PLUMBLINE_LOG__LEVEL": "error",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "streams", *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def test_diff_prints_what_would_change(plumbline, events):
    run = plumbline("policy", "diff", "2024-06-06", "2025-09-15", "--since", "2024-01-01", "--by", "organization", "--json")
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, run.stderr
    assert set(rows[0]) == {"change", "category", "before", "after", "organization_id", "events", "samples"}
    assert {row["change"] for row in rows} >= {"newly_flagged", "cleared"}
    assert "events compared" in run.stderr


def test_diff_of_an_unknown_revision_names_the_known_ones(plumbline, events):
    run = plumbline("policy", "diff", "2024-06-06", "2025-09-16")
    assert run.returncode == 3
    assert "aup, 2024-06-06, 2025-09-15" in run.stderr


def test_retag_is_done_once(plumbline, events):
    arguments = ("policy", "retag", "--since", "2024-10-01", "--until", "2024-11-01", "--json")
    first, again = plumbline(*arguments), plumbline(*arguments)
    assert json.loads(first.stdout)["verdicts"] > 10, first.stderr
    assert (again.returncode, again.stdout) == (0, "")
    assert "has decided all of this range already" in again.stderr


def test_a_stored_event_is_explained_without_its_text(plumbline, events, side):
    event = next(event for event in events if event["detections.rule"] == ["privacy_tracking.unmask"] and event["detections.score"] == [0.45])
    organization, moment, context, detections = facts_of(event)
    plumbline("policy", "retag", "--since", "2024-04-01", "--until", "2026-01-01")  # so that a run with this pack covers it
    run = plumbline("policy", "explain", f"{organization}/{event['event_id']}", "--json")
    tree = json.loads(run.stdout)
    assert tree["revision"] == side.decide(organization, moment, context, detections)[0]
    [near] = [each for each in tree["near"] if each["category"] == "privacy_tracking"]
    assert (near["score"], near["lacks"]) == (0.45, 0.05)
    assert tree["matches"] == []
    before = plumbline("policy", "explain", f"{organization}/{event['event_id']}", "--as-of", "2020-01-01")
    assert before.returncode == 3
    assert "no run had decided" in before.stderr


def test_an_unknown_event_is_wrong_usage(plumbline, events):
    run = plumbline("policy", "explain", "acme/nothing")
    assert (run.returncode, run.stdout) == (2, "")
