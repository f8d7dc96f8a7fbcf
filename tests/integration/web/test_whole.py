"""From POST /v1/events to the page: broker, worker, store and page as processes of their own."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from running import System, wait_for
from serving import served

pytestmark = pytest.mark.integration

OF = {"organization": "acme", "id": "whole-1"}
FAR = "a word that stands far from the evidence: heliotrope"
TEXT = f"{FAR}. {'Something else entirely is said here, at some length. ' * 4}Please track my neighbour and his phone tonight."
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


class Page:
    """The page over HTTP."""

    def __init__(self, url: str, system: System) -> None:
        self.url, self.system = url, system

    def get(self, path: str, **query: str) -> str:
        return self._ask(urllib.request.Request(f"{self.url}{path}?{urllib.parse.urlencode(query)}", headers={"Accept": "text/html"}))[1]

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        return self._ask(urllib.request.Request(self.url + path, body, headers))

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def page(live: System) -> Iterator[Page]:
    """The page beside one worker, and one violation sent through it."""
    live.worker().wait_ready()
    with served(live.data_dir, live.environment()) as url:
        made = Page(url, live)
        event = {"event_id": OF["id"], "organization_id": OF["organization"], "occurred_at": datetime.now(UTC).isoformat(), "text": TEXT}
        status, answer = made.post("/v1/events", json.dumps(event).encode(), {"Content-Type": "application/json"})
        assert (status, json.loads(answer)["accepted"]) == (202, 1)
        wait_for(lambda: OF["id"] in made.get("/events", since="24h"), 20, "the event is on the page")
        yield made


def test_everything_is_ready(page):
    assert page._ask(urllib.request.Request(page.url + "/readyz")) == (200, '{"status":"ready","problems":{}}')


def test_the_event_shows_the_clause_in_force_and_its_evidence_and_no_more(page):
    text = page.get("/event", **OF)
    assert "track my neighbour and his phone" in text
    assert "heliotrope" not in text
    assert 'class="clause"' in text and "is not known here" not in text


def test_the_overview_counts_it_and_knows_how_far_the_workers_are_behind(page):
    text = page.get("/", since="24h")
    assert '<span class="name">Violations</span><strong>1</strong>' in text
    assert '<span class="name">Records behind</span><strong>0</strong>' in text


def test_the_text_is_shown_on_a_reason_which_is_on_record_first(page):
    form = {"organization": OF["organization"], "event": OF["id"], "reason": "appeal 17 of the customer"}
    status, text = page.post("/event/reveal", urllib.parse.urlencode(form).encode(), FORM)
    assert status == 200 and "heliotrope" in text and "<mark>" in text
    with page.system.client() as client:
        rows = client.rows("SELECT reader, organization_id, event_id, reason FROM audit_access_log WHERE action = 'reveal'")
    assert rows == [{"reader": "local", "organization_id": "acme", "event_id": "whole-1", "reason": "appeal 17 of the customer"}]


@pytest.mark.parametrize("reason", ["", "curious"])
def test_without_a_reason_nothing_is_revealed_and_nothing_logged(page, reason):
    form = {"organization": OF["organization"], "event": OF["id"], "reason": reason}
    status, text = page.post("/event/reveal", urllib.parse.urlencode(form).encode(), FORM)
    assert status == 400 and "heliotrope" not in text
    with page.system.client() as client:
        assert client.rows("SELECT count() AS n FROM audit_access_log WHERE reason = {reason:String} AND action = 'reveal'", {"reason": reason}) == [
            {"n": 0}
        ]


def test_what_is_rejected_after_the_intake_shows_as_a_dead_letter(page):
    page.system.send(iter([b'{"event_id": "broken"']))
    wait_for(lambda: "Bad json" in page.get("/pipeline", since="24h"), 20, "the dead letter is on the page")
