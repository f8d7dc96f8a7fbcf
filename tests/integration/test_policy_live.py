"""One policy, one answer: the stream, `plumbline tag`, a retag and the library agree; packs change under a running worker.

The agreement of 100,000 events is `python -m faults --only identity`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running import System, wait_for

from faults.identity import by_chance, by_library, by_stream, compared, ground, lines
from streams.policy import Pack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, Path]]:
    """A system with a worker on a copy of the shipped pack."""
    with ground(tmp_path_factory.mktemp("live")) as (live, folder):
        live.worker().wait_ready()
        yield live, folder


@pytest.fixture
def running(ours: tuple[System, Path]) -> System:
    return ours[0]


@pytest.fixture
def folder(ours: tuple[System, Path]) -> Path:
    """The pack's, to change."""
    return ours[1]


def quiet(_text: str) -> None:
    pass


def landed(live: System, count: int) -> None:
    wait_for(lambda: live.count("SELECT count() FROM audit_events") >= count, 120, f"{count} events have landed")


def test_the_stream_a_retag_tag_and_the_library_agree_whatever_changes_meanwhile(running: System, folder: Path) -> None:
    outcome = compared(running, folder, 2_000, 11, quiet)
    assert outcome.clean, outcome


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.with_suffix(".new").write_text(text.replace(old, new))
    path.with_suffix(".new").replace(path)


def test_a_changed_pack_judges_what_happens_from_then_on(running: System, folder: Path) -> None:
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
    before = running.count("SELECT count() FROM audit_events")
    running.send(lines(pair))
    landed(running, before + 2)
    severities = {row[0]: row[3] for row in by_stream(running, "event_id IN ('old', 'new') AND category = 'privacy_tracking'")}
    assert severities == {"old": "high", "new": "critical"}


def test_what_is_in_shadow_is_stored_beside_and_seen_by_nobody(running: System, folder: Path) -> None:
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


def test_a_worker_that_detects_by_chance_is_caught(running: System, folder: Path) -> None:
    control = by_chance(running, folder, 600, 12, quiet)
    assert control.caught, control


def test_a_worker_that_does_not_look_at_the_runs_after_landing_is_caught(running: System, folder: Path) -> None:
    assert len(missed_by_a_retag(running, "faults.blind_worker", 11, folder)) == 9
