"""The evidence chain over a real store: sealing, what comes late, what is erased, and a case's bundle verified elsewhere with only the public key."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alerted import evaluated
from landing import environment_of
from typer.testing import CliRunner

from streams.cases.desk import CaseDesk
from streams.cli import app
from streams.evidence.bundle import bundle_of
from streams.evidence.canonical import plain
from streams.evidence.keys import load_sealing_key
from streams.evidence.sealer import Sealer
from streams.evidence.standing import check_chain
from streams.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings(store, tmp_path_factory) -> Settings:
    """Of this module's database, with keys in a folder of its own."""
    return Settings(data_dir=tmp_path_factory.mktemp("evidence"), clickhouse=store.settings)


@pytest.fixture
def sealed(store, settings):
    """Seals everything as if it were two hours later; returns the new seals."""
    return lambda **options: Sealer(store.client, settings).seal(datetime.now(UTC) + timedelta(hours=2), **options)


@pytest.fixture(scope="module")
def alert(store) -> str:
    (changed,) = evaluated(store.client, datetime.now(UTC)).changed
    return changed.alert_id


@pytest.fixture
def plumbline(settings, monkeypatch):
    """Runs a command on this module's database."""
    for name, value in environment_of(settings.clickhouse).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(settings.data_dir))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, [*arguments])
        assert done.exit_code == 0, done.stderr or done.exception
        return done.stdout

    return run


def whole(store, settings) -> list[str]:
    key = load_sealing_key(settings).public
    return check_chain(store.client, {key.id: key}).problems


def elsewhere(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The command in another folder, where nothing of this database is known."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")} | {
        "PYTHONPATH": os.environ.get("PYTHONPATH", "")
    }
    command = [sys.executable, "-m", "streams", "evidence", "verify", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_hours_are_sealed_once_each_and_from_the_chains_beginning_on_the_empty_ones_too(store, settings, sealed, alert):
    made = sealed()
    hours = [seal.hour for seal in made]
    assert (hours, made[0].leaves > 0) == (sorted(set(hours)), True)
    assert sum(seal.leaves for seal in made) == store.client.rows("SELECT count() AS n FROM verdicts FINAL")[0]["n"]
    assert (sealed(), sealed(everything=True), whole(store, settings)) == ([], [], [])
    later = Sealer(store.client, settings).seal(datetime.now(UTC) + timedelta(hours=5))
    assert [(seal.hour, seal.leaves) for seal in later] == [(hours[-1] + timedelta(hours=number), 0) for number in range(1, len(later) + 1)]
    assert (len(later) >= 3, whole(store, settings)) == (True, [])


def test_a_cases_bundle_verifies_in_another_folder_with_only_the_public_key_and_what_was_changed_in_it_is_named(
    store, settings, sealed, alert, plumbline, tmp_path
):
    sealed()
    (case,) = [json.loads(line) for line in plumbline("cases", "open", "--alert", alert, "--reason", "proof", "--by", "ana", "--json").splitlines()]
    plumbline("cases", "decide", case["case_id"], "restrict", "--reason", "as agreed", "--by", "ana")
    plumbline("evidence", "key", "--out", str(tmp_path / "evidence.pub"))
    plumbline("evidence", case["case_id"], "--out", str(tmp_path / "case.json"))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["case.json", "evidence.pub"]
    done = elsewhere(tmp_path, "case.json", "--key", "evidence.pub")
    assert (done.returncode, "nothing was altered, added or removed" in done.stderr) == (0, True), done.stdout + done.stderr

    document = json.loads((tmp_path / "case.json").read_text())
    sections = document["sections"]
    assert all(each["proof"] for each in sections["verdicts"]) and len(sections["verdicts"]) == case["events"]
    assert [row["decision"] for row in sections["history"] if row["action"] == "decide"] == ["restrict"]
    assert {row["name"] for row in sections["numbers"]} == {"tags_of_case", "tags_by_day", "alert_window"}
    for number in sections["numbers"]:  # what stands in the file gives them again
        assert number["rows"] and plain(store.client.rows(number["sql"], number["parameters"])) == number["rows"], number["name"]
    logged = store.client.rows("SELECT action, detail FROM audit_access_log WHERE page = 'plumbline evidence export'")
    assert logged == [{"action": "export", "detail": case["case_id"]}]
    content = (tmp_path / "case.json").read_text()
    (tmp_path / "changed.json").write_text(content.replace('"restrict"', '"dismiss"', 1))
    done = elsewhere(tmp_path, "changed.json", "--key", "evidence.pub")
    assert (done.returncode, "was altered: its hash is not the one in the manifest" in done.stdout) == (1, True)


def test_landing_again_changes_nothing_and_what_comes_late_is_an_amendment(store, settings, sealed, alert):
    columns = "* EXCEPT landed_at, now64(3) AS landed_at"
    store.client.command(f"INSERT INTO verdicts SELECT {columns} FROM verdicts FINAL")
    assert sealed(everything=True) == []
    store.client.command("INSERT INTO verdicts SELECT * REPLACE ('late' AS event_id, now64(3) AS landed_at) FROM verdicts FINAL LIMIT 1")
    (late,) = sealed(everything=True)
    assert (late.amendment, late.leaves, late.number > 1) == (1, 1, True)
    assert (sealed(everything=True), whole(store, settings)) == ([], [])


def test_the_chain_stays_whole_when_a_person_is_erased_and_what_was_not_erased_stays_proven(store, settings, sealed, alert):
    sealed()
    before = store.client.rows("SELECT count() AS n FROM verdicts FINAL")[0]["n"]
    (user,) = store.client.rows("SELECT user_hash, min(event_id) AS event_id FROM verdicts FINAL WHERE user_hash != 0 GROUP BY user_hash LIMIT 1")
    store.client.command("ALTER TABLE verdicts DELETE WHERE user_hash = {user:UInt64} SETTINGS mutations_sync = 2", {"user": user["user_hash"]})
    assert store.client.rows("SELECT count() AS n FROM verdicts FINAL")[0]["n"] < before
    assert (sealed(everything=True), whole(store, settings)) == ([], [])
    store.client.command("ALTER TABLE evidence_leaves DELETE WHERE position = 0 SETTINGS mutations_sync = 2")
    assert any("leaves, and was sealed over" in each for each in whole(store, settings))


def test_the_numbers_of_a_campaign_count_its_linked_events_and_no_others_of_the_same_ids(store, settings, alert):
    """Ids are an organization's own: the event 1 of org-x is not that of org-y."""
    values = "* REPLACE ({organization:String} AS organization_id, {event:String} AS event_id, now64(3) AS landed_at)"
    for table in ("events", "verdicts"):
        for organization, event in (("org-x", "1"), ("org-x", "2"), ("org-y", "1"), ("org-y", "2")):
            given = {"organization": organization, "event": event}
            store.client.command(f"INSERT INTO {table} SELECT {values} FROM {table} FINAL ORDER BY event_id LIMIT 1", given)
    desk = CaseDesk(store.client)
    case = desk.open_organizations(["org-x", "org-y"], title="two at once", reason="they seem to be one", person="ana").case_id
    desk.link(case, "org-x", "1", person="ana", reason="the first")
    desk.link(case, "org-y", "2", person="ana", reason="the second")
    sections = json.loads(bundle_of(store.client, settings, case, now=datetime.now(UTC)))["sections"]
    (number,) = [row for row in sections["numbers"] if row["name"] == "tags_of_case"]
    assert [(row["organization_id"], row["event_id"]) for row in sections["events"]] == [("org-x", "1"), ("org-y", "2")]
    assert sum(row["events"] for row in number["rows"]) == 2
