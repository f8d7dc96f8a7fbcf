"""One policy, one answer: the stream, `plumbline tag`, a retag and the library agree; packs change under a running worker."""

import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running import System, system, wait_for

from schemas import Tag, UsageEvent
from streams.policy import Auditor, Pack
from streams.policy.cases import cases_of
from streams.policy.pack import SHIPPED, read_files

pytestmark = pytest.mark.integration

EVENTS = 2_000
COLUMNS = "event_id, category, outcome, toString(severity) AS severity, round(toFloat64(score), 3) AS score, revision, clause, rule, rule_version, "
COLUMNS += "missing_safeguards, excused_by, field, start, end"
CONTEXTS = [
    {}, {"audience": "business"}, {"audience": "consumer", "safeguards": ["human_in_the_loop", "ai_disclosure"]}, {"end_user_age": "minor"},
    {"organization_type": "law_enforcement", "country": "US"}, {"organization_type": "nonprofit"}, {"declared_use_case": "legal_guidance"},
]  # fmt: skip
BOUNDARIES = [datetime(2024, 6, 6, tzinfo=UTC), datetime(2025, 9, 15, tzinfo=UTC)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped pack, to change."""
    root = tmp_path_factory.mktemp("pack")
    for name, text in read_files(SHIPPED).items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[System]:
    with system(tmp_path_factory.mktemp("live") / "data", pack=folder) as live:
        live.worker().wait_ready()
        yield live


@pytest.fixture(scope="module")
def events() -> list[dict]:
    """Texts of all cases, some of them hidden, in any context, often at a boundary to the millisecond."""
    chance, texts = random.Random(11), [case.text for case in cases_of(Pack.load(None))]
    found = []
    for number in range(EVENTS):
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(60_000_000))
        if chance.random() < 0.2:
            moment = chance.choice(BOUNDARIES) + timedelta(milliseconds=chance.choice([-1, 0, 1]))
        text = chance.choice(texts)
        text = chance.choice([text, text, text, text.upper(), "\u200b".join(text), text.replace("e", "3")])
        event = {"event_id": f"e{number}", "occurred_at": moment.isoformat(timespec="milliseconds"), "organization_id": "acme", "text": text}
        event["organization_id"] = chance.choice(["acme", "org-press-desk"])
        found.append(event | {"context": chance.choice(CONTEXTS), "user_id": f"u{number % 50}"})
    return found


def by_library(pack: Pack, events: list[dict]) -> set[tuple]:
    auditor, rows = Auditor(pack), set()
    checked = [UsageEvent.model_validate_json(json.dumps(event)) for event in events]
    for verdict in auditor.audit_batch(checked):
        rows.update(row_of(verdict.event_id, verdict.revision, tag) for tag in verdict.tags)
    return rows


def row_of(event_id: str, revision: str, tag: Tag) -> tuple:
    place = tag.evidence[0]
    return (
        event_id, tag.category, tag.outcome.value, tag.severity.value, tag.score, revision, tag.clause, tag.rule, tag.rule_version,
        tuple(each.value for each in tag.missing_safeguards), tag.excused_by or "", place.field, place.start, place.end,
    )  # fmt: skip


def by_stream(live: System, where: str = "1") -> set[tuple]:
    with live.client() as client:
        rows = client.rows(f"SELECT {COLUMNS} FROM audit_verdicts WHERE {where}")
    return {tuple(tuple(value) if isinstance(value, list) else value for value in row.values()) for row in rows}


def lines(events: list[dict]) -> Iterator[bytes]:
    return (json.dumps(event).encode() for event in events)


def landed(live: System, count: int) -> None:
    wait_for(lambda: live.count("SELECT count() FROM audit_events") >= count, 120, f"{count} events have landed")


def test_the_stream_and_the_library_and_tag_agree(running: System, events: list[dict], folder: Path, tmp_path: Path) -> None:
    running.send(lines(events))
    running.send(lines(events[:300]))  # delivered twice
    landed(running, EVENTS)
    expected = by_library(Pack.load(folder), events)
    assert len(expected) > EVENTS / 5
    assert by_stream(running) == expected
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(lines(events)))
    done = running.run("tag", str(tmp_path / "events.jsonl"), "--json")
    tagged = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row_of(one["event_id"], one["revision"], Tag(**tag)) for one in tagged for tag in one["tags"]} == expected


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.with_suffix(".new").write_text(text.replace(old, new))
    path.with_suffix(".new").replace(path)


def test_a_changed_pack_judges_what_happens_from_then_on(running: System, events: list[dict], folder: Path) -> None:
    runs = running.count("SELECT count() FROM audit_runs WHERE kind = 'live'")
    change(folder / "revisions" / "2025-09-15.toml", 'clause = "2025-09-15.tracking"\noutcome = "violation"\nseverity = "high"', "BROKEN")
    [worker] = running.commands
    wait_for(lambda: worker.logged("the changed policy pack is not used; the running one stays"), 30, "the broken pack is refused")
    assert running.count("SELECT count() FROM audit_runs WHERE kind = 'live'") == runs
    change(folder / "revisions" / "2025-09-15.toml", "BROKEN", 'clause = "2025-09-15.tracking"\noutcome = "violation"\nseverity = "critical"')
    wait_for(lambda: running.count("SELECT count() FROM audit_runs WHERE kind = 'live'") == runs + 1, 60, "a new run is open")
    with running.client() as client:
        starts = client.rows("SELECT max(valid_from) AS starts FROM audit_runs WHERE kind = 'live'")[0]["starts"]
    wait_for(lambda: datetime.now(UTC) > starts + timedelta(seconds=1), 30, "the new run has begun")
    text = "I want to dox this streamer, get me her home address."
    pair = [{"event_id": name, "organization_id": "acme", "text": text} for name in ("old", "new")]
    pair[0]["occurred_at"], pair[1]["occurred_at"] = (starts - timedelta(milliseconds=1)).isoformat(), starts.isoformat()
    running.send(lines(pair))
    landed(running, EVENTS + 2)
    severities = {row[0]: row[3] for row in by_stream(running, "event_id IN ('old', 'new')")}
    assert severities == {"old": "high", "new": "critical"}


def test_a_retag_agrees_too_also_on_what_lands_meanwhile(running: System, events: list[dict], folder: Path) -> None:
    late = [event | {"event_id": f"late-{event['event_id']}"} for event in events[:400]]
    sending = threading.Thread(target=running.send, args=(lines(late),))
    sending.start()
    done = running.run("policy", "retag", "--since", "2024-01-01", "--until", "2026-01-01", "--json")
    sending.join()
    landed(running, EVENTS + 2 + len(late))
    again = running.run("policy", "retag", "--since", "2024-01-01", "--until", "2026-01-01", "--json")
    assert json.loads(done.stdout)["verdicts"] > EVENTS / 5, done.stderr
    assert again.stdout == "", again.stderr
    expected = by_library(Pack.load(folder), [*events, *late])
    assert by_stream(running, "occurred_at < toDateTime64('2026-01-01 00:00:00', 3, 'UTC')") == expected
    wait_for(lambda: running.verify() == [], 120, "everything adds up")


def test_what_is_in_shadow_is_stored_beside_and_seen_by_nobody(running: System, events: list[dict], folder: Path) -> None:
    path = folder / "detectors" / "cyber_compromise.toml"
    change(path, 'id = "cyber_compromise"', 'id = "cyber_compromise"\nshadow = true')
    wait_for(lambda: running.count("SELECT count() FROM audit_runs WHERE kind = 'shadow'") == 1, 60, "the shadow run is open")
    with running.client() as client:
        starts = client.rows("SELECT max(valid_from) AS starts FROM audit_runs WHERE kind = 'live'")[0]["starts"]
    wait_for(lambda: datetime.now(UTC) > starts + timedelta(seconds=1), 30, "the new run has begun")
    before = running.count("SELECT count() FROM audit_events")
    text = "Help me hack into my ex-girlfriend's email account and read her messages."
    running.send(lines([{"event_id": "hack", "organization_id": "acme", "text": text, "occurred_at": starts.isoformat()}]))
    landed(running, before + 1)
    assert by_stream(running, "event_id = 'hack'") == set()
    assert running.count("SELECT count() FROM verdicts WHERE event_id = 'hack' AND startsWith(run_id, 'shadow-')") == 1
    assert running.count("SELECT count() FROM audit_signals_hour WHERE category = 'cyber_compromise' AND run_id LIKE 'shadow-%'") == 0
    wait_for(lambda: running.verify() == [], 120, "everything adds up")


def missed_by_a_retag(live: System, module: str, month: int, folder: Path) -> set[tuple]:
    """What a retag of a month does not have of events that the worker decided before it and landed after it."""
    worker = live.worker(module=module).wait_ready()
    hold, held = live.data_dir / "hold", live.data_dir / "held"
    hold.touch()
    held.unlink(missing_ok=True)
    since, until = (datetime(2024, number, 1, tzinfo=UTC) for number in (month, month + 1))
    one = {"organization_id": "acme", "text": "I want to dox this streamer, get me her home address."}
    some = [one | {"event_id": f"held-{month}-{day}", "occurred_at": (since + timedelta(days=day)).isoformat()} for day in range(9)]
    before = live.count("SELECT count() FROM audit_events")
    live.send(lines(some))
    wait_for(held.exists, 30, "the worker holds what it has decided")
    done = live.run("policy", "retag", "--since", since.isoformat(), "--until", until.isoformat(), "--json")
    assert json.loads(done.stdout)["run_id"].startswith("retag-"), done.stderr
    hold.unlink()
    landed(live, before + len(some))
    worker.stop()
    return by_library(Pack.load(folder), some) - by_stream(live, f"startsWith(event_id, 'held-{month}-')")


def test_a_retag_has_also_what_a_worker_held_until_it_was_complete(running: System, folder: Path) -> None:
    running.commands[0].stop()
    assert missed_by_a_retag(running, "faults.held_worker", 10, folder) == set()
    wait_for(lambda: running.verify() == [], 120, "everything adds up")


def test_a_worker_that_does_not_look_at_the_runs_after_landing_is_caught(running: System, folder: Path) -> None:
    assert len(missed_by_a_retag(running, "faults.blind_worker", 11, folder)) == 9
