"""What people ask of alerts and do about them, as typed (`plumbline alerts …`) and on the page, on a real store."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alerted import evaluated
from landing import environment_of
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from streams.alerts.book import AlertBook, RouteState
from streams.alerts.desk import AlertDesk
from streams.alerts.sender import address_hash
from streams.cli import app
from streams.settings import Settings
from streams.settings_alerts import AlertRoute, AlertsSettings
from streams.web.application import build

pytestmark = pytest.mark.integration
SECRET = "whsec_" + "A" * 40
ROUTE_SETTINGS = {"kind": "webhook", "url": "https://127.0.0.1/", "secrets": [SECRET], "least_severity": "high"}  # where nobody may be called
ROUTE = AlertRoute.model_validate(ROUTE_SETTINGS)


@pytest.fixture(scope="module")
def alert(store) -> str:
    """One open alert of severity high, its delivery given up."""
    now = datetime.now(UTC)
    (made,) = evaluated(store.client, now, AlertsSettings(routes={"desk": ROUTE}, late_wait_s=0)).deliveries
    give_up(store)
    AlertBook(store.client).write_route(RouteState("desk", address_hash(ROUTE), disabled=True, reason="gone"), now)
    return made.alert_id


def give_up(store) -> None:
    """As the sender does after eleven attempts."""
    book = AlertBook(store.client)
    waiting = book.pending()
    now = max(datetime.now(UTC), *(each.next_at for each in waiting)) + timedelta(milliseconds=5)
    book.write_deliveries([replace(each, state="dead", attempts=11, error="status 500") for each in waiting], now)


@pytest.fixture
def alerts(store, alert, monkeypatch):
    """Runs a command on this module's database."""
    for name, value in environment_of(store.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLUMBLINE_ALERTS__ROUTES", json.dumps({"desk": ROUTE_SETTINGS}))
    return lambda *arguments: CliRunner().invoke(app, ["alerts", *arguments])


@pytest.fixture
def page(store, alert, tmp_path) -> TestClient:
    """The page on this module's database, for whoever is on this machine."""
    app = build(Settings(data_dir=tmp_path, clickhouse=store.settings, alerts={"routes": {"desk": ROUTE_SETTINGS}}))
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))


def lines(run: Result) -> list[dict]:
    assert run.exit_code == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_an_alert_is_listed_by_state_severity_and_time_and_shown_with_what_was_sent(alerts, alert):
    (row,) = lines(alerts("list", "--state", "open", "--severity", "high", "--since", "24h", "--json"))
    assert (row["alert_id"], row["organization_id"], row["state"]) == (alert, "org-a", "open")
    assert lines(alerts("list", "--severity", "critical", "--json")) == []
    (shown,) = lines(alerts("show", alert, "--json"))
    assert [each["state"] for each in shown["deliveries"]] == ["dead"]
    text = alerts("show", alert).stdout
    assert "organization_surge" in text and "deliveries: 1" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--state", "opn"), "'opn' is none of open, acknowledged, resolved"),
        (("show", "alert_nothing"), "there is no alert 'alert_nothing'"),
        (("ack", "alert_nothing", "--reason", "we look"), "there is no alert 'alert_nothing'"),
        (("silence", "organization_surg", "--reason", "known"), "did you mean organization_surge"),
        (("silence", "organization_surge", "--for", "soon", "--reason", "known"), "'soon' is no span"),
        (("enable", "desc"), "did you mean desk"),
        (("replay", "msg_nothing"), "there is no delivery msg_nothing"),
    ],
)
def test_a_mistake_is_said_with_what_was_meant_and_changes_nothing(alerts, alert, arguments, said):
    run = alerts(*arguments)
    assert getattr(run.exception, "exit_code", run.exit_code) == 2  # ours become an exit status at the border of the process
    assert said in run.stderr or said in str(run.exception)
    (shown,) = lines(alerts("show", alert, "--json"))
    assert (shown["actions"], shown["state"]) == ([], "open")


def test_the_page_shows_an_alert_with_what_was_sent_and_one_that_is_not_there_as_missing(page, alert):
    text = page.get("/alert", params={"id": alert}).text
    assert "org-a" in text and "status 500" in text and "Send again what was given up" in text
    assert f'href="/alert?id={alert}"' in page.get("/alerts").text
    missing = page.get("/alert", params={"id": "alert_nothing"})
    assert (missing.status_code, "plumbline alerts list" in missing.text) == (404, True)


def test_the_page_sends_again_what_was_given_up_with_a_reason_and_not_without(page, alert, store):
    form = {"action": "replay", "alert_id": alert, "back": f"/alert?id={alert}"}
    ours = {"headers": {"Sec-Fetch-Site": "same-origin"}, "follow_redirects": False}
    assert page.post("/alerts", data=form | {"reason": ""}, **ours).status_code == 400
    (dead,) = AlertDesk(store.client).deliveries()
    assert dead["state"] == "dead"
    assert page.post("/alerts", data=form | {"reason": "the receiver is mended"}, **ours).status_code == 303
    (again,) = AlertDesk(store.client).deliveries()
    assert (again["delivery_id"], again["state"]) == (dead["delivery_id"], "pending")
    give_up(store)


def test_routes_are_listed_alike_by_the_command_and_on_the_page(alerts, page):
    (row,) = lines(alerts("routes", "--json"))
    assert (row["route"], row["state"], row["dead"], row["reason"]) == ("desk", "off", 1, "gone")
    text = page.get("/alerts").text
    assert "Who is told" in text and "1 given up" in text and "Switch on" in text


def test_the_page_says_when_a_sample_does_not_arrive_and_sends_none_to_what_is_no_route(page):
    ours = {"headers": {"Sec-Fetch-Site": "same-origin"}, "follow_redirects": False}
    answer = page.post("/alerts/route", data={"action": "test", "route": "desk", "reason": "is it mended?"}, **ours)
    assert (answer.status_code, "The sample did not arrive: 127.0.0.1 is no public address" in answer.text) == (400, True)
    for form in (
        {"action": "test", "route": "https://elsewhere.example/"},
        {"action": "burn", "route": "desk"},
        {"action": "test", "route": "desk", "reason": ""},
    ):
        assert page.post("/alerts/route", data={"reason": "because", **form}, **ours).status_code == 400


def test_a_dead_delivery_is_replayed_and_its_route_is_on_again(alerts, store):
    (dead,) = lines(alerts("deliveries", "--state", "dead", "--route", "desk", "--json"))
    assert alerts("enable", "desk").exit_code == 0
    assert [row["delivery_id"] for row in lines(alerts("replay", "--route", "desk", "--json"))] == [dead["delivery_id"]]
    (row,) = lines(alerts("deliveries", "--json"))
    assert (row["delivery_id"], row["state"], row["attempts"]) == (dead["delivery_id"], "pending", 0)
    assert not any(state.disabled for state in AlertBook(store.client).routes().values())


def test_people_silence_acknowledge_and_resolve_under_their_names(alerts, alert):
    assert alerts("silence", "organization_surge", "--scope", "org-a", "--for", "8h", "--reason", "known exercise", "--by", "ana").exit_code == 0
    (row,) = lines(alerts("list", "--severity", "high", "--json"))
    assert row["silenced_until"] > datetime.now(UTC).isoformat()
    assert alerts("unsilence", "organization_surge", "--scope", "org-a", "--reason", "exercise over", "--by", "ana").exit_code == 0
    assert alerts("ack", alert, "--reason", "we look at it", "--by", "ana").exit_code == 0
    assert lines(alerts("show", alert, "--json"))[0]["state"] == "acknowledged"
    assert alerts("resolve", alert, "--reason", "customer called", "--by", "bob").exit_code == 0
    (shown,) = lines(alerts("show", alert, "--json"))
    assert shown["state"] == "resolved"
    assert {(each["action"], each["reader"]) for each in shown["actions"]} >= {("acknowledge", "ana"), ("resolve", "bob")}
