"""Cases from an alert to a decision, as typed (`plumbline cases …`), on a real store."""

import json
import os
import pwd
from datetime import UTC, datetime, timedelta

import pytest
from alerted import evaluated
from landing import environment_of
from typer.testing import CliRunner, Result

from streams.cases.telling import TOPIC, DecisionTeller
from streams.cli import app
from streams.settings_alerts import AlertRoute, AlertsSettings

pytestmark = pytest.mark.integration
GATEWAY = AlertRoute(kind="webhook", url="https://gateway.example/", secrets=["whsec_" + "A" * 40], occasions=["decided"])


@pytest.fixture(scope="module")
def alert(store) -> str:
    """One open alert."""
    (changed,) = evaluated(store.client, datetime.now(UTC)).changed
    return changed.alert_id


@pytest.fixture
def cases(store, alert, monkeypatch):
    """Runs a command on this module's database."""
    for name, value in environment_of(store.settings).items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, ["cases", *arguments])


def lines(run: Result) -> list[dict]:
    assert run.exit_code == 0, run.stderr or run.exception
    return [json.loads(line) for line in run.stdout.splitlines()]


def refused(run: Result) -> str:
    assert getattr(run.exception, "exit_code", run.exit_code) == 2
    return str(run.exception)


def tell(store, now: datetime) -> list[dict]:
    """What goes into the outbox for a gateway and the topic."""
    return [
        {"route": each.route, **json.loads(each.body)} for each in DecisionTeller(store.client, AlertsSettings(routes={"gateway": GATEWAY})).tell(now)
    ]


def test_a_case_goes_from_an_alert_by_a_decision_and_an_appeal_to_its_end(cases, alert, store):
    (opened,) = lines(cases("open", "--alert", alert, "--reason", "look into it", "--by", "ana", "--json"))
    case = opened["case_id"]
    assert (opened["status"], opened["organizations"], opened["alert_id"]) == ("open", ["org-a"], alert)
    assert opened["events"] > 3
    assert "already" in refused(cases("open", "--alert", alert, "--reason", "look again", "--by", "bob"))
    assert lines(cases("assign", case, "ana", "--by", "ana", "--json"))[0]["assignee"] == "ana"
    assert cases("note", case, "all from one key", "--by", "ana").exit_code == 0
    assert "is no decision" in refused(cases("decide", case, "ban", "--reason", "because", "--by", "ana"))
    (decided,) = lines(cases("decide", case, "restrict", "--reason", "repeated after a warning", "--by", "ana", "--json"))
    assert (decided["status"], decided["decision"], decided["decided_by"]) == ("decided", "restrict", "ana")

    now = datetime.now(UTC)
    assert tell(store, now) == []  # somebody else's may still come before it
    gateway, topic = sorted(tell(store, now + timedelta(seconds=5)), key=lambda each: each["route"] == TOPIC)
    assert (gateway["type"], gateway["data"]["decision"]) == ("case.decided", "restrict")
    assert gateway["data"] == {name: value for name, value in topic.items() if name != "route"}
    assert topic["events"] == opened["events"] and topic["user_hashes"] and topic["categories"]
    assert tell(store, now + timedelta(seconds=9)) == []

    assert "was decided by ana before" in refused(cases("appeal", case, "--reviewer", "ana", "--reason", "the customer objects", "--by", "cleo"))
    assert cases("appeal", case, "--reviewer", "bob", "--reason", "the customer objects", "--by", "cleo").exit_code == 0
    assert "was decided by ana before" in refused(cases("decide", case, "restrict", "--reason", "as before", "--by", "ana"))
    assert cases("decide", case, "dismiss", "--reason", "it was a test of theirs", "--by", "bob").exit_code == 0
    (told, _) = sorted(tell(store, datetime.now(UTC) + timedelta(seconds=5)), key=lambda each: each["route"] == TOPIC)
    assert told["data"]["replaces"] == gateway["data"]["decision_id"]
    assert lines(cases("close", case, "--reason", "nothing more to do", "--by", "bob", "--json"))[0]["status"] == "closed"
    (shown,) = lines(cases("show", case, "--json"))
    acts = [each["action"] for each in shown["history"] if each["action"] != "link"]
    assert acts == ["open", "assign", "note", "decide", "appeal", "decide", "close"]
    assert (len(shown["events"]), len(shown["deliveries"])) == (opened["events"], 4)


def test_who_says_another_name_is_recorded_with_the_account_that_said_it(cases, monkeypatch):
    ours = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setenv("LOGNAME", "mallory")
    (made,) = lines(cases("open", "--organization", "org-a", "--title", "by name", "--reason", "a test", "--by", "ana", "--json"))
    assert cases("note", made["case_id"], "without a name").exit_code == 0
    (shown,) = lines(cases("show", made["case_id"], "--json"))
    assert [(each["person"], each["account"]) for each in shown["history"]] == [("ana", ours), (ours, ours)]


def test_a_case_by_hand_is_about_an_organization_or_a_campaign_and_takes_events_that_exist(cases, store):
    (made,) = lines(
        cases("open", "--organization", "org-a", "--organization", "org-b", "--title", "alike", "--reason", "same words", "--by", "ana", "--json")
    )
    assert (made["subject"], made["events"]) == ("campaign", 0)
    (event,) = store.client.rows("SELECT event_id FROM audit_events WHERE organization_id = 'org-a' LIMIT 1")
    reason = ("--reason", "the first of them", "--by", "ana", "--json")
    assert lines(cases("link", made["case_id"], "--organization", "org-a", "--event", event["event_id"], *reason))[0]["events"] == 1
    assert "there is no event" in refused(cases("link", made["case_id"], "--organization", "org-a", "--event", "nothing", *reason))
    assert [row["case_id"] for row in lines(cases("list", "--organization", "org-b", "--json"))] == [made["case_id"]]
    assert lines(cases("list", "--organization", "org-c", "--json")) == []


def test_a_case_from_an_event_begins_with_it_and_is_opened_once(cases, store):
    (event,) = store.client.rows("SELECT event_id FROM audit_events WHERE organization_id = 'org-a' ORDER BY event_id LIMIT 1")
    arguments = ("open", "--organization", "org-a", "--event", event["event_id"], "--reason", "odd", "--by", "ana", "--json")
    assert lines(cases(*arguments))[0]["events"] == 1
    assert "already" in refused(cases(*arguments))
    assert "there is no case" in refused(cases("show", "case_nothing"))
