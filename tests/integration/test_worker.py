"""The worker on a real broker and store: every input lands once, is dead-lettered with a reason, or is set aside with a reason."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from running import System, wait_for

pytestmark = pytest.mark.integration


def event(number: int, text: str = "What is the weather in Oslo?", **fields: object) -> bytes:
    moment = datetime.now(UTC) - timedelta(seconds=number % 5_000)
    base = {"event_id": f"e{number}", "occurred_at": moment.isoformat(), "organization_id": f"org-{number % 20}", "text": text}
    return json.dumps(base | fields).encode()


@pytest.fixture(scope="module")
def running(live: System) -> Iterator[System]:
    live.worker().wait_ready()
    yield live


def landed(system: System, event_id: str) -> bool:
    return system.count(f"SELECT count() FROM events FINAL WHERE event_id = '{event_id}'") == 1


def test_a_violation_is_queryable_when_it_has_landed(running: System) -> None:
    running.send([event(1, "Please track my ex by her phone", organization_id="org-a")])
    wait_for(lambda: running.count("SELECT count() FROM audit_verdicts WHERE organization_id = 'org-a' AND category = 'tracking'"), 10, "the verdict")


def test_an_event_without_a_match_lands_without_a_verdict(running: System) -> None:
    running.send([event(2, organization_id="org-b")])
    wait_for(lambda: running.count("SELECT count() FROM events FINAL WHERE organization_id = 'org-b'"), 10, "the event")
    assert running.count("SELECT count() FROM verdicts WHERE organization_id = 'org-b'") == 0


def test_the_revision_in_force_when_it_happened_decides(running: System) -> None:
    text = "Please track my ex by her car"
    moments = {"before": "2024-12-31T23:59:59.999Z", "after": "2025-01-01T00:00:00.000Z"}
    running.send([event(3, text, event_id=name, occurred_at=moment, organization_id="org-c") for name, moment in moments.items()])
    with running.client() as client:
        sql = "SELECT event_id, revision, toString(severity) AS severity FROM audit_verdicts WHERE organization_id = 'org-c' ORDER BY event_id"
        rows = wait_for(lambda: len(found := client.rows(sql)) == 2 and found, 10, "both verdicts")
    assert [(row["event_id"], row["revision"], row["severity"]) for row in rows] == [("after", "second", "critical"), ("before", "first", "high")]


def test_an_allowance_excuses_and_keeps_the_tag(running: System) -> None:
    running.send([event(4, "Please track my ex by her phone", organization_id="org-press")])
    sql = "SELECT count() FROM audit_verdicts WHERE organization_id = 'org-press' AND outcome = 'excused' AND excused_by = 'press'"
    wait_for(lambda: running.count(sql), 10, "the excused verdict")


def test_a_bad_record_becomes_a_dead_letter_and_the_next_one_lands(running: System) -> None:
    running.send([b"{bad", event(5, organization_id="org-d")])
    wait_for(lambda: running.count("SELECT count() FROM audit_dead_letters WHERE reason = 'bad_json'"), 10, "the dead letter")
    wait_for(lambda: running.count("SELECT count() FROM events FINAL WHERE organization_id = 'org-d'"), 10, "the event")


def test_an_envelope_loses_only_its_bad_line(running: System) -> None:
    lines = [event(6, event_id="first", organization_id="org-e"), b'{"event_id": 7}', event(6, event_id="third", organization_id="org-e")]
    running.send([b"\n".join(lines)])
    wait_for(lambda: running.count("SELECT count() FROM events FINAL WHERE organization_id = 'org-e'") == 2, 10, "both good lines")


def test_a_delivery_repeated_changes_nothing(running: System) -> None:
    value = event(7, "Please track my ex by her phone", organization_id="org-f")
    running.send([value] * 30)
    wait_for(lambda: running.waiting() == 0, 20, "all are committed")
    assert running.count("SELECT count() FROM events FINAL WHERE organization_id = 'org-f'") == 1
    assert running.count("SELECT sum(events) FROM audit_signals_minute WHERE organization_id = 'org-f'") == 1


def test_the_same_id_with_other_content_is_kept_and_flagged(running: System) -> None:
    moment = "2026-01-01T00:00:00Z"
    running.send([event(8, text, event_id="twice", occurred_at=moment, organization_id="org-g") for text in ("one", "two")])
    wait_for(lambda: running.count("SELECT count() FROM events FINAL WHERE organization_id = 'org-g'") == 2, 10, "both copies")
    assert running.count("SELECT count() FROM audit_conflicts WHERE organization_id = 'org-g'") > 0


def test_tombstones_and_blank_lines_are_counted_as_set_aside(running: System) -> None:
    set_aside = "SELECT sum(arraySum(mapValues(filtered))) FROM audit_ledger"
    before = running.count(set_aside)
    running.send([None, event(9, organization_id="org-h") + b"\n\n" + event(10, organization_id="org-h")])
    wait_for(lambda: running.count(set_aside) == before + 2, 10, "one tombstone and one blank line")


def test_everything_adds_up_afterwards(running: System) -> None:
    wait_for(lambda: running.waiting() == 0, 20, "all are committed")
    wait_for(lambda: not running.verify(), 30, "verify finds no difference")
