"""`plumbline policy check | test | explain | cost`."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.policy.pack import SHIPPED, read_files

TINY = Path(__file__).parents[2] / "packs" / "tiny"
TRACKING = "I want to dox this streamer, get me her home address."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped pack, to break."""
    monkeypatch.chdir(tmp_path)
    for name, text in read_files(SHIPPED).items():
        target = tmp_path / "pack" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    copytree(SHIPPED / "alerts", tmp_path / "pack" / "alerts")
    return tmp_path / "pack"


def policy(*arguments: object, given: str = "") -> Result:
    return CliRunner().invoke(app, ["policy", *map(str, arguments)], input=given)


def test_a_good_pack_checks():
    run = policy("check")
    assert (run.exit_code, run.stdout) == (0, "")
    assert "13 detectors" in run.stderr


def test_a_broken_pack_is_refused_with_file_line_and_column(folder):
    path = folder / "detectors" / "minors.toml"
    path.write_text(path.read_text().replace('id = "minors"', 'id = "minor"'))
    run = policy("check", "pack")
    assert run.exit_code == 1
    assert "pack/detectors/minors.toml:1:1: id 'minor' and file name 'minors.toml' differ" in run.stdout.splitlines()
    [*_, problem] = map(json.loads, policy("check", "pack", "--json").stdout.splitlines())
    assert set(problem) == {"path", "line", "column", "message"}


def test_all_shipped_cases_and_dated_events_hold():
    run = policy("test")
    assert (run.exit_code, run.stdout) == (0, "")


def test_a_case_that_does_not_hold_is_named_with_its_place(folder):
    path = folder / "detectors" / "minors.toml"
    path.write_text(path.read_text() + '\n[[cases]]\nfires = ["How tall is a giraffe?"]\n')
    run = policy("test", "pack")
    assert run.exit_code == 1
    assert "must be tagged but is silent under 2025-09-15: 'How tall is a giraffe?'" in run.stdout
    assert run.stdout.startswith("pack/detectors/minors.toml:")


def test_a_dated_event_that_is_judged_otherwise_is_named(folder):
    timeline = (SHIPPED / "timelines" / "september_2025.toml").read_text()
    (folder / "timelines").mkdir()
    (folder / "timelines" / "wrong.toml").write_text(timeline.replace("events = 2", "events = 3"))
    run = policy("test", "pack")
    assert run.exit_code == 1
    assert "2 events of political_campaigning are counted, 3 expected" in run.stdout


def test_mistakes_in_detectors_and_alert_rules_are_named_at_once(folder):
    (detector, rule) = folder / "detectors" / "minors.toml", folder / "alerts" / "many_users.toml"
    detector.write_text(detector.read_text().replace('id = "minors"', 'id = "minor"'))
    rule.write_text(rule.read_text().replace('kind = "threshold"', 'kind = "treshold"'))
    run = policy("check", "pack")
    assert run.exit_code == 1
    assert {line.split(":")[0] for line in run.stdout.splitlines()} >= {"pack/detectors/minors.toml", "pack/alerts/many_users.toml"}


def test_an_alert_rule_about_a_category_that_the_pack_does_not_have_is_named(folder):
    rule = folder / "alerts" / "many_users.toml"
    rule.write_text(rule.read_text().replace('window = "6h"', 'window = "6h"\ncount = { categories = ["minor"] }'))
    run = policy("check", "pack")
    assert run.exit_code == 1
    assert "there is no detector 'minor'; did you mean 'minors'?" in run.stdout


def test_an_alert_that_does_not_come_of_its_dated_events_is_named(folder):
    rule = folder / "alerts" / "organization_surge.toml"
    rule.write_text(rule.read_text().replace("at_least = 20", "at_least = 26"))
    run = policy("test", "pack")
    assert run.exit_code == 1
    assert run.stdout.startswith("pack/alerts/organization_surge.toml:")
    assert "there must be organization=org-a category=election_misinformation but there is no alert" in run.stdout


def test_what_no_case_needs_is_named(folder):
    path = folder / "detectors" / "minors.toml"
    rule = '\n[[rules]]\nid = "idle"\nversion = 1\nscore = 0.9\nany = ["nobody says this"]\n'
    path.write_text(path.read_text().replace("\n[[cases]]", f"{rule}\n[[cases]]", 1))
    run = policy("test", "pack", "--unneeded")
    assert run.exit_code == 0
    assert "no case needs rule 'idle'" in run.stdout
    assert "no case needs rule 'states_age'" not in run.stdout


def test_an_event_is_explained_by_clause_place_and_what_would_change_it():
    run = policy("explain", "-", "--json", given=json.dumps({"text": TRACKING, "event_id": "e1", "context": {"country": "US"}}))
    tree = json.loads(run.stdout)
    assert (tree["event_id"], tree["revision"]) == ("e1", "2025-09-15")
    assert "2025-09-15.tracking" in [each["clause"] for each in tree["tags"]]
    assert any("track them" in each["clause_text"] for each in tree["considered"] if each["reach"] == "taken")
    assert any(each["counts"] and each["rule"] == "privacy_tracking.find_person" for each in tree["matches"])
    changes = {each["change"]: each["after"] for each in tree["flips"]}
    assert changes["allowance 2025-09-15.press-desk (organization org-press-desk, organization_type nonprofit)"] == "excused high"


def test_what_nearly_fired_says_by_how_much():
    run = policy("explain", "-", "--json", given='{"text": "What does it mean to dox this streamer?"}')
    tree = json.loads(run.stdout)
    [near] = tree["near"]
    assert (near["category"], near["score"], near["lacks"]) == ("privacy_tracking", 0.24, 0.26)
    assert [each["lowered_by"] for each in tree["matches"]] == [["question"]]


def test_an_explanation_can_be_read():
    run = policy("explain", "-", given=json.dumps({"text": TRACKING}))
    assert "No gathering of information on a person" in run.stdout
    assert "would change it:" in run.stdout


def test_the_cost_of_each_rule_is_measured(tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(json.dumps({"text": text}) for text in [TRACKING, "Hello", "What a day"]))
    rows = [json.loads(line) for line in policy("cost", events, "--json").stdout.splitlines()]
    assert {"rule", "us_per_event", "candidates", "matched", "fired"} == set(rows[0])
    by_rule = {row["rule"]: row for row in rows}
    assert by_rule["privacy_tracking.find_person"]["fired"] > 0
    assert by_rule["privacy_tracking.model-tracking"]["fired"] == 1, "the model's rules are counted too"
    assert by_rule["(prefilter)"]["candidates"] == 3


def test_the_cost_of_the_model_is_told_by_its_steps_and_fewer_windows_come_to_each(tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(json.dumps({"text": text}) for text in [TRACKING, "Hello", "What a day", "Please translate this into French."]))
    run = policy("cost", events, "--json")
    steps = {row["rule"]: row for row in map(json.loads, run.stdout.splitlines()) if row["rule"].startswith("(model")}
    looked = [steps[f"(model: {step})"]["candidates"] for step in ("topic", "words", "characters")]
    assert looked == sorted(looked, reverse=True) and looked[0] >= 4 and looked[-1] >= 1
    assert all(row["us_per_event"] > 0 for row in steps.values())


def test_a_pack_without_a_model_has_no_steps_of_one(tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps({"text": TRACKING}))
    run = policy("cost", events, "--pack", TINY, "--json")
    assert "(prefilter)" in run.stdout
    assert "(model" not in run.stdout
