"""Pushing to, comparing with and removing from a Grafana."""

import json

import pytest
from pydantic import SecretStr
from stand_in import ADMIN, VIEWER, StandIn
from typer.testing import CliRunner

from streams.cli import app
from streams.errors import ConfigurationError, Retry
from streams.grafana.classic import SOURCE_UID
from streams.grafana.publication import Difference, differences, push, remove, with_contact
from streams.grafana.resources import Reading, Resource, resources
from streams.grafana.server import Grafana
from streams.settings import GrafanaSettings

READING = Reading("http://clickhouse:8123", "plumbline", "reader", "secret")


def opened(there: StandIn, token: str = ADMIN) -> Grafana:
    return Grafana.connect(GrafanaSettings(url=there.url, token=SecretStr(token)))


def wanted(contact: str = "https://receiver.example/hook", reading: Reading = READING) -> list[Resource]:
    return resources(reading, contact, "test")


def states(outcomes) -> list[str]:
    return [outcome.state for outcome in outcomes]


def test_a_push_makes_everything(there):
    outcomes = list(push(opened(there), wanted()))
    assert {outcome.state for outcome in outcomes} == {"created"}
    assert set(there.dashboards) == {f"plumbline-{name}" for name in ("overview", "category", "organization", "policy", "pipeline")}
    assert list(there.folders) == ["plumbline"] and list(there.sources) == [SOURCE_UID] and list(there.contacts) == ["plumbline-contact"]
    assert all(board["folderUid"] == "plumbline" for board in there.dashboards.values())
    [group] = there.groups.values()
    assert {rule["notification_settings"]["receiver"] for rule in group["rules"]} == {"Plumbline"}


def test_a_second_push_writes_nothing(there):
    list(push(opened(there), wanted()))
    written = len(there.written())
    assert set(states(push(opened(there), wanted()))) == {"unchanged"}
    assert len(there.written()) == written


def test_what_somebody_changed_is_found_and_mended(there):
    list(push(opened(there), wanted()))
    there.dashboards["plumbline-overview"]["dashboard"]["panels"][0]["title"] = "mine"
    there.sources[SOURCE_UID]["jsonData"]["username"] = "root"
    [group] = there.groups.values()
    group["rules"].pop()
    found = list(differences(opened(there), wanted()))
    assert [(each.kind, each.where) for each in found] == [
        ("data source", "jsonData.username"), ("dashboard", "panels[0].title"), ("alert rules", "rules"),
    ]  # fmt: skip
    assert states(push(opened(there), wanted())).count("updated") == 3
    assert list(differences(opened(there), wanted())) == []


def test_what_is_missing_is_named(there):
    list(push(opened(there), wanted()))
    del there.dashboards["plumbline-policy"]
    assert list(differences(opened(there), wanted())) == [Difference("dashboard", "Plumbline: policy change", "is missing")]


def test_a_new_password_is_sent_when_asked(there):
    list(push(opened(there), wanted()))
    changed = wanted(reading=READING._replace(password="other"))
    assert set(states(push(opened(there), changed))) == {"unchanged"}
    list(push(opened(there), changed, renew=True))
    assert there.sources[SOURCE_UID]["version"] == 2
    assert "secret" not in json.dumps(there.sources)


def test_without_a_contact_alerts_follow_grafanas_own_policy(there):
    list(push(opened(there), wanted(contact="")))
    [group] = there.groups.values()
    assert not there.contacts and not any("notification_settings" in rule for rule in group["rules"])


@pytest.mark.parametrize(
    ("address", "kind", "settings"),
    [
        ("https://receiver.example/hook", "webhook", {"url": "https://receiver.example/hook", "httpMethod": "POST"}),
        ("a@example.org, b@example.org", "email", {"addresses": "a@example.org;b@example.org", "singleEmail": False}),
    ],
)
def test_a_contact_is_a_webhook_or_mail_addresses(there, address, kind, settings):
    list(push(opened(there), wanted(contact=address)))
    point = there.contacts["plumbline-contact"]
    assert (point["type"], point["settings"]) == (kind, settings)


def test_removal_takes_what_a_push_made_and_leaves_the_rest(there):
    there.folders["other"] = {"id": 9, "uid": "other", "title": "Other", "version": 1}
    there.dashboards["theirs"] = {"folderUid": "other", "dashboard": {"uid": "theirs", "version": 1}}
    list(push(opened(there), wanted()))
    assert set(states(remove(opened(there), wanted()))) == {"removed"}
    assert list(there.folders) == ["other"] and list(there.dashboards) == ["theirs"]
    assert not (there.sources or there.groups or there.contacts)
    assert set(states(remove(opened(there), wanted()))) == {"absent"}


def test_a_folder_that_holds_somebodys_dashboard_is_kept(there):
    list(push(opened(there), wanted()))
    there.dashboards["theirs"] = {"folderUid": "plumbline", "dashboard": {"uid": "theirs", "version": 1}}
    kept = [outcome for outcome in remove(opened(there), wanted()) if outcome.state == "kept"]
    assert [(each.kind, each.why) for each in kept] == [("folder", "it holds 1 things that are not Plumbline's")]
    assert "theirs" in there.dashboards


def test_removal_finds_a_contact_point_that_the_settings_no_longer_name(there):
    list(push(opened(there), wanted()))
    list(remove(opened(there), with_contact(wanted(contact=""))))
    assert not there.contacts


def test_without_the_plugin_nothing_is_called_done(there):
    there.plugins.clear()
    with pytest.raises(ConfigurationError, match="plugin"):
        list(push(opened(there), wanted()))
    assert not there.sources


def test_a_data_source_of_somebody_else_is_left_alone(there):
    there.sources["theirs"] = {"uid": "theirs", "name": "Plumbline", "id": 1, "version": 1, "secureJsonFields": {}}
    with pytest.raises(ConfigurationError, match="another data source"):
        list(push(opened(there), wanted()))
    assert there.sources["theirs"]["version"] == 1


def test_a_dashboard_from_files_is_left_to_the_files(there):
    list(push(opened(there), wanted()))
    there.provisioned.add("plumbline-overview")
    with pytest.raises(ConfigurationError, match="provisioning files"):
        list(differences(opened(there), wanted()))


@pytest.mark.parametrize(("token", "words"), [("wrong", "refuses the token"), (VIEWER, "may not do this")])
def test_a_token_that_does_not_suffice_is_said(there, token, words):
    with pytest.raises(ConfigurationError, match=words):
        list(push(opened(there, token), wanted()))
    assert not there.folders


def test_a_viewer_may_compare(there):
    list(push(opened(there), wanted()))
    assert list(differences(opened(there, VIEWER), wanted())) == []


def test_a_failing_grafana_and_one_that_is_away_are_to_be_tried_again(there):
    there.broken = 1
    with pytest.raises(Retry, match="failed"):
        opened(there).folder("x")
    with pytest.raises(Retry, match="does not answer"):
        Grafana.connect(GrafanaSettings(url="http://127.0.0.1:9", token=SecretStr("x"))).folder("x")


@pytest.mark.parametrize(("url", "token", "words"), [("", "x", "no address"), ("grafana:3000", "x", "no address"), ("http://g:3000", "", "token")])
def test_missing_settings_are_named(url, token, words):
    with pytest.raises(ConfigurationError, match=words):
        Grafana.connect(GrafanaSettings(url=url, token=SecretStr(token)))


def test_no_call_goes_by_numeric_id_or_to_what_newer_grafanas_lack(there):
    list(push(opened(there), wanted()))
    list(push(opened(there), wanted(), renew=True))
    list(remove(opened(there), wanted()))
    assert {each.status for each in there.asked} <= {200, 202, 204, 404}
    last = [each.path.rstrip("/").split("/")[-1] for each in there.asked]
    assert not any(part.isdigit() for part in last) and not any("/alert-notifications" in each.path or "/id/" in each.path for each in there.asked)
    assert [each for each in there.asked if each.status == 404 and each.method != "GET"] == []


def run(there: StandIn, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, list[str]]:
    variables = {"GRAFANA__URL": there.url, "GRAFANA__TOKEN": ADMIN, "CLICKHOUSE__URL": "http://clickhouse:8123", "GRAFANA__CONTACT": "a@example.org"}
    for name, value in variables.items():
        monkeypatch.setenv(f"PLUMBLINE_{name}", value)
    done = CliRunner().invoke(app, ["grafana", *arguments])
    return done.exit_code, done.stdout.splitlines()


def test_the_commands_push_compare_and_remove(there, monkeypatch):
    code, lines = run(there, monkeypatch, "diff", "--json")
    assert code == 1 and {json.loads(line)["where"] for line in lines} == {"is missing"}
    code, lines = run(there, monkeypatch, "push", "--json")
    assert code == 0 and len(lines) == 9
    assert run(there, monkeypatch, "diff") == (0, [])
    code, lines = run(there, monkeypatch, "remove")
    assert code == 0 and all(line.startswith("would go") for line in lines) and there.dashboards
    code, lines = run(there, monkeypatch, "remove", "--yes", "--json")
    assert code == 0 and {json.loads(line)["state"] for line in lines} == {"removed"} and not there.folders
