"""The demonstration's tracking incident, followed as an analyst does: from the alert to a decision that a gateway hears of, and to proof."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from demonstrated import Demonstration
from receiving import Receiver
from running import wait_for
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from serving import served

pytestmark = pytest.mark.integration
ORGANIZATION, EVENTS_PER_DAY = "org-quiet-lantern", 120
KEY = (b"k" * 32).hex()  # of the demonstration's pseudonyms


class Desk(NamedTuple):
    """The page and the process of the alerts on the demonstration, and the gateway that hears of decisions."""

    url: str
    store: object
    gateway: Receiver
    environment: dict[str, str]
    user: str  # raw id of one of the incident's users


@pytest.fixture(scope="module")
def desk(store, tmp_path_factory) -> Iterator[Desk]:
    demonstration = Demonstration(store.client, datetime.now(UTC), events_per_day=EVENTS_PER_DAY)
    sent = demonstration.sent()
    demonstration.land(sent)
    user = demonstration.users(ORGANIZATION, [each for each in sent if each.incident])[0]
    folder = tmp_path_factory.mktemp("incident")
    with Receiver() as gateway:
        routes = {"gateway": gateway.route(occasions=["decided"])}
        environment = {
            "PLUMBLINE_CLICKHOUSE__URL": store.settings.url, "PLUMBLINE_CLICKHOUSE__PASSWORD": store.settings.password.get_secret_value(),
            "PLUMBLINE_CLICKHOUSE__DATABASE": store.settings.database, "PLUMBLINE_PRIVACY__KEY": KEY, "PLUMBLINE_DATA_DIR": str(folder),
            "PLUMBLINE_ALERTS__ROUTES": json.dumps(routes), "PLUMBLINE_ALERTS__INTERNAL_RECEIVERS": '["127.0.0.1/32"]',
        }  # fmt: skip
        with served(folder, environment) as url:
            command = [sys.executable, "-m", "streams", "alerts", "run"]
            sender = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
            try:
                yield Desk(url, store, gateway, environment, user)
            finally:
                sender.terminate()
                sender.wait(15)


def plumbline(environment: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "streams", *arguments]
    known = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    return subprocess.run(command, cwd=folder, env={**known, **environment}, capture_output=True, text=True, timeout=120, check=False)


def send(browser, form: str, **fields: str) -> None:
    """Fill in the form of that name and send it."""
    element = browser.driver.find_element(By.CSS_SELECTOR, f'form[aria-label="{form}"]')
    for name, value in fields.items():
        field = element.find_element(By.NAME, name)
        Select(field).select_by_value(value) if field.tag_name == "select" else field.send_keys(value)
    pages = lambda: [each.id for each in browser.driver.find_elements(By.TAG_NAME, "html")]  # noqa: E731 - none between two pages
    before = pages()
    element.find_element(By.CSS_SELECTOR, "button").click()
    browser.until(lambda: pages() not in ([], before), f"{form} is answered")


def text(browser) -> str:
    return browser.run("return document.querySelector('main').innerText")


def test_the_incident_is_followed_from_its_alert_to_a_decision_that_the_gateway_hears_and_to_proof_that_stands_alone(desk, browser, tmp_path):
    sql = "SELECT alert_id FROM audit_alerts WHERE organization_id = {of:String} AND category = {in:String} ORDER BY severity DESC LIMIT 1"
    (alert,) = desk.store.client.rows(sql, {"of": ORGANIZATION, "in": "privacy_tracking"})
    browser.look(width=1440)
    browser.get(f"{desk.url}/alert?id={alert['alert_id']}")
    send(browser, "Open a case", reason="tracking of people, far above what is usual here")
    case = browser.driver.current_url.partition("id=")[2].partition("&")[0]
    assert ORGANIZATION in text(browser) and "It is in the history." in text(browser)

    browser.driver.find_element(By.CSS_SELECTOR, "[aria-label=Events] tbody a").click()
    browser.until(lambda: "/event?" in browser.driver.current_url, "the event")
    assert case in text(browser) and "Tracking and" in text(browser)

    browser.get(f"{desk.url}/lookup")
    reason = "the customer asks whether their user is among them"
    send(browser, "From an id to its rows", organization=ORGANIZATION, id=desk.user, reason=reason)
    assert "What is there of the user" in text(browser) and "Tracking and" in text(browser)
    logged = desk.store.client.rows("SELECT * FROM audit_access_log WHERE action = 'lookup'")
    assert [row["reason"] for row in logged] == [reason]
    assert desk.user not in json.dumps(logged, default=str)

    browser.get(f"{desk.url}/case?id={case}")
    send(browser, "Decide", decision="restrict", reason="people are followed without their knowledge")
    said = wait_for(lambda: [each for each in desk.gateway.bodies if each["type"] == "case.decided"], 30, "the gateway hears of it")[0]["data"]
    assert (said["case_id"], said["decision"], said["organizations"], desk.gateway.refused) == (case, "restrict", [ORGANIZATION], 0)
    assert said["user_hashes"] and desk.user not in json.dumps(said)

    ours, elsewhere = tmp_path / "ours", tmp_path / "elsewhere"
    ours.mkdir(), elsewhere.mkdir()
    for arguments in (("export", case, "--out", str(elsewhere / "case.json")), ("key", "--out", str(elsewhere / "evidence.pub"))):
        done = plumbline(desk.environment, ours, "evidence", *arguments)
        assert done.returncode == 0, done.stderr
    done = plumbline({}, elsewhere, "evidence", "verify", "case.json", "--key", "evidence.pub")
    assert (done.returncode, "nothing was altered, added or removed" in done.stderr) == (0, True), done.stdout + done.stderr
    sections = json.loads((elsewhere / "case.json").read_text())["sections"]
    assert [each["decision"] for each in sections["history"] if each["decision"]] == ["restrict"]
    assert sections["policy"][0]["clauses"] and sections["policy"][0]["files"]
