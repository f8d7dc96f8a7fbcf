"""The page in a real browser: every view renders, is accessible and quiet; filters survive; hostile text is text; the stream moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pyarrow as pa
import pytest
from history import CATEGORIES, HOSTILE, rows_of
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from streams.alerts.book import AlertBook
from streams.alerts.notices import Notice
from streams.alerts.route_trouble import trouble_with
from streams.landing.columns import EVENTS, EXCERPTS, VERDICTS

pytestmark = pytest.mark.integration

RULES = Path(__file__).with_name("accessibility.js").read_text()
VIEWS = {
    "overview": "/", "overview of a day": "/?since=24h", "live": "/live", "events": "/events", "filtered": "/events?category=minors&severity=medium",
    "top": "/top", "top rules": "/top?by=rule&since=30d", "top users": "/top?by=user", "alerts": "/alerts", "cases": "/cases",
    "lookup": "/lookup", "review": "/review", "untagged": "/review?queue=untagged&since=7d", "policy": "/policy",
    "pipeline": "/pipeline", "access log": "/access-log", "category": "/category?id=election_misinformation",
    "organization": "/organization?id=org-007",
    "alert": "/alert?id=" + trouble_with("desk", "ana", 0).alert_id, "event": "",
    "hostile event": "/event?" + urlencode({"organization": HOSTILE["organization_id"], "id": HOSTILE["event_id"]}),
    "nothing found": "/events?organization=nobody", "no such event": "/event?organization=x&id=y", "bad period": "/?since=yesterday",
    "nowhere": "/nowhere",
}  # fmt: skip
NOT_FOUND = {"no such event", "bad period", "nowhere"}  # whose status the console reports
SCREENS = [(1440, False), (1440, True), (375, False), (375, True)]


@pytest.fixture(scope="module")
def an_event(site) -> str:
    """The address of an event that several runs have judged."""
    sql = "SELECT event_id FROM verdicts WHERE organization_id = 'org-007' GROUP BY event_id ORDER BY uniqExact(run_id) DESC, event_id LIMIT 1"
    return "/event?" + urlencode({"organization": "org-007", "id": site.store.client.rows(sql)[0]["event_id"]})


@pytest.fixture(scope="module", autouse=True)
def an_alert(site) -> None:
    """One that waits for somebody, of which one delivery was given up."""
    book, now = AlertBook(site.store.client), datetime.now(UTC)
    incident = replace(trouble_with("desk", "ana", 0), window_start=int(now.timestamp()) - 3_600, window_end=int(now.timestamp()))
    book.write_alerts([incident], "x", now)
    (made,) = book.write_notices([Notice("msg_1", incident.alert_id, "other", "opened-0", "high", "{}")], now)
    book.write_deliveries([replace(made, state="dead", attempts=11, status=503, error="status 503")], now + timedelta(seconds=1))


def land(site, organization: str, event_id: str, excerpt: str) -> None:
    """What a worker does with one violation, now."""
    now = datetime.now(UTC)
    rows = rows_of(Random(3), organization, event_id, now, CATEGORIES[0], excerpt, "0" * 16)
    for name, schema in (("events", EVENTS), ("verdicts", VERDICTS), ("excerpts", EXCERPTS)):
        table = [{column: {**row, "landed_at": now}.get(column) for column in schema.names} for row in rows[name]]
        site.store.client.insert(name, pa.Table.from_pylist(table, schema))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("width", "dark"), SCREENS, ids=lambda value: {True: "dark", False: "light"}.get(value, str(value)))
def test_a_view_renders_quietly_and_accessibly(site, browser, an_event, view, width, dark):
    browser.look(width=width, dark=dark)
    browser.get(site.url + (VIEWS[view] or an_event))
    assert len(browser.run("return document.querySelector('main').innerText")) > 60
    assert [each for each in browser.errors() if not (view in NOT_FOUND and "status of 4" in each)] == []
    assert [each for each in browser.requests() if not each.startswith(site.url)] == []
    assert browser.run(RULES) == []
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_the_accessibility_rules_find_what_is_wrong(site, browser):
    browser.look(width=1440)
    browser.get(site.url + "/alerts")
    browser.run("""
        const main = document.querySelector("main");
        const add = (tag, fill) => main.append(Object.assign(document.createElement(tag), fill));
        add("h1", { textContent: "second" }); add("h4", { textContent: "skips" }); add("input", {}); add("button", {}); add("img", {});
        add("p", { textContent: "pale" }); main.lastChild.style.color = "#ccc"; add("b", { id: "main", textContent: "twice" });
    """)
    found = " ".join(browser.run(RULES))
    for rule in ("exactly one h1", "skips a level", "field without label", "image without name", "contrast 1.", "id occurs twice"):
        assert rule in found


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_breaks_no_rule_of_wcag_in_light_or_dark(site, browser, an_event, view):
    browser.get(site.url + (VIEWS[view] or an_event))
    found = []
    for width, dark in SCREENS[:3]:  # colours depend on the scheme, sizes on the width
        browser.look(width=width, dark=dark)
        found += [(width, "dark" if dark else "light", each) for each in browser.violations()]
    assert found == []


@pytest.mark.parametrize(("dark", "pale", "clear"), [(False, "#bbb", "#333"), (True, "#444", "#bbb")], ids=["light", "dark"])
def test_a_page_that_breaks_rules_of_wcag_is_caught(site, browser, dark, pale, clear):
    browser.look(width=1440, dark=dark)
    browser.get(site.url + "/alerts")
    browser.run(
        """
        const add = (tag, id, color = "") => {
            const made = Object.assign(document.createElement(tag), { id, textContent: "text" });
            made.style.color = color;
            document.querySelector("main").append(made);
        };
        add("img", "unnamed"); add("input", "unlabelled"); add("p", "pale", arguments[0]); add("p", "clear", arguments[1]);
        """,
        pale,
        clear,
    )
    found = [":".join(each.split(":")[:2]) for each in browser.violations()]
    assert sorted(found) == ["color-contrast: #pale", "image-alt: #unnamed", "label: #unlabelled"]


def test_a_hostile_event_shows_as_text_everywhere(site, browser):
    browser.look(width=1440)
    of = urlencode({"organization": HOSTILE["organization_id"]})
    for path in (
        "/",
        "/live",
        f"/events?{of}",
        f"/organization?{urlencode({'id': HOSTILE['organization_id']})}",
        VIEWS["hostile event"],
        "/top?limit=100",
    ):
        browser.get(site.url + path)
        text = browser.run("return document.body.innerText")
        assert "<script>alert(1)</script>⟨U+202E⟩evil" in text, path
        assert not set(text) & set("\u202e\u202c\u2066"), path
        assert browser.driver.title != "owned"
        assert browser.run("return document.querySelectorAll('main script, main img').length") == 0
        assert len(text) < 40_000
        assert browser.errors() == []


def test_the_live_stream_moves_and_pauses_and_keeps_its_filter(site, browser):
    browser.look(width=1440)
    browser.get(site.url + "/live?organization=mover")
    text = lambda: browser.run("return document.getElementById('tags').innerText")  # noqa: E731
    browser.until(lambda: browser.run("return document.getElementById('state').textContent") == "live", "the stream is connected")
    land(site, "mover", "m1", "the first of them")
    land(site, "other", "o1", "of somebody else")
    browser.until(lambda: "the first of them" in text(), "the tag is shown")
    browser.driver.find_element(By.ID, "pause").click()
    land(site, "mover", "m2", "while it was paused <b>bold</b>")
    browser.until(lambda: "1 waiting" in browser.run("return document.getElementById('state').textContent"), "the tag waits")
    assert "while it was paused" not in text()
    browser.driver.find_element(By.ID, "pause").click()
    assert "while it was paused <b>bold</b>" in text()
    assert "of somebody else" not in text()
    browser.driver.refresh()
    assert browser.run("return document.querySelector('[name=organization]').value") == "mover"
    assert "the first of them" in text() and "of somebody else" not in text()
    assert browser.errors() == []


def test_filters_live_in_the_url_and_survive_a_reload(site, browser):
    browser.look(width=1440)
    browser.get(site.url + "/events?since=30d")
    Select(browser.driver.find_element(By.NAME, "category")).select_by_value("minors")
    Select(browser.driver.find_element(By.NAME, "outcome")).select_by_value("violation")
    browser.driver.find_element(By.CSS_SELECTOR, ".filters button").click()
    browser.until(lambda: "category=minors" in browser.driver.current_url, "the filter is in the URL")
    assert "organization=" not in browser.driver.current_url
    browser.driver.refresh()
    assert Select(browser.driver.find_element(By.NAME, "category")).first_selected_option.get_attribute("value") == "minors"
    assert browser.run("return document.querySelector('.periods [aria-current]').textContent") == "30d"
    found = browser.run("return [...document.querySelectorAll('.violations .category')].map((each) => each.getAttribute('href'))")
    assert found and all("id=minors" in each for each in found)


def test_every_number_of_the_overview_leads_to_what_it_counts(site, browser):
    browser.look(width=1440)
    browser.get(site.url + "/?since=7d")
    row = browser.driver.find_element(By.XPATH, "//h2[@id='categories']/ancestor::section//tbody/tr[1]")
    shown, link = row.find_element(By.CSS_SELECTOR, ".num a").text, row.find_element(By.CSS_SELECTOR, ".num a").get_attribute("href")
    browser.get(link)
    heading = browser.driver.find_element(By.ID, "events").text
    assert heading.startswith(shown if int(shown.replace(",", "")) < 50 else "50 newest")


def test_the_theme_is_remembered_and_there_with_the_first_byte(site, browser):
    browser.look(width=1440)
    browser.get(site.url + "/pipeline")
    light = browser.run("return getComputedStyle(document.body).backgroundColor")
    browser.driver.find_element(By.ID, "theme").click()
    assert browser.run("return getComputedStyle(document.body).backgroundColor") != light
    browser.driver.refresh()
    assert browser.run("return document.documentElement.dataset.theme") == "dark"
    browser.driver.find_element(By.ID, "theme").click()


def test_the_keyboard_reaches_the_content_and_shows_where_it_is(site, browser):
    browser.look(width=1440)
    browser.get(site.url + "/")
    body = browser.driver.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert browser.run("return document.activeElement.className") == "skip"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.run("return document.activeElement.id") == "main"
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.run("return document.activeElement.closest('main') !== null")
    assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_a_review_is_recorded_and_precision_follows(site, browser):
    browser.look(width=1440)
    browser.get(site.url + "/review?category=privacy_tracking")
    text = lambda: browser.run("return document.querySelector('main').innerText")  # noqa: E731
    for decision in ("confirmed", "dismissed"):
        browser.driver.find_element(By.CSS_SELECTOR, "form.review [name=reason]").send_keys(f"looked at it: {decision}")
        browser.driver.find_element(By.CSS_SELECTOR, f"form.review [value={decision}]").click()
        browser.until(lambda said=f"looked at it: {decision}": said in text(), "it is listed")
        assert browser.run("return document.querySelector('[role=status]').textContent") == "Your review is on record."
    assert "50 % (9 %–91 %, n = 2)" in text()
    assert browser.errors() == []
    rows = site.store.client.rows("SELECT decision, drawn, reviewer FROM audit_reviews WHERE category = 'privacy_tracking' ORDER BY decision")
    assert [(row["decision"], row["drawn"], row["reviewer"]) for row in rows] == [("confirmed", "random", "local"), ("dismissed", "random", "local")]


def test_who_saw_what_is_on_record(site, browser):
    browser.get(site.url + "/organization?id=org-003&since=24h")

    def logged():
        sql = "SELECT reader, action, page FROM audit_access_log WHERE organization_id = 'org-003' AND action = 'view'"
        return site.store.client.rows(sql)

    assert browser.until(logged, "the view is logged") == [{"reader": "local", "action": "view", "page": "/organization"}]
