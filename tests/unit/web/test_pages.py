"""Pages: never empty, everything escaped, headers strict, errors with the next command."""

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from streams.cases.entries import Entry
from streams.errors import MissingPart
from streams.web.pages import PAGES
from streams.web.pages.visit import as_csv

NOW = datetime.now(UTC)
PIPELINE = {"seen": 0, "landed": 0, "dead_lettered": 0, "filtered": 0, "last_landed_at": None, "workers": 0}
HOSTILE = "<script>alert(1)</script>\u202e\"'&"
VIOLATION = {
    "occurred_at": NOW, "organization_id": HOSTILE, "event_id": HOSTILE, "category": "minors", "outcome": "violation", "severity": "high",
    "score": 0.9, "revision": "2025-09-15", "clause": HOSTILE, "rule": HOSTILE, "rule_version": 1, "missing_safeguards": [], "excused_by": "",
    "field": "text", "start": 1, "end": 2,
    "content_hash": 1, "model": HOSTILE, "country": "", "declared_use_case": "general", "run_id": "live",
}  # fmt: skip

EXCERPT = {name: VIOLATION[name] for name in ("organization_id", "event_id", "content_hash", "rule", "field", "start", "end")}
EXCERPT["excerpt"] = HOSTILE + "x" * 100_000


@pytest.fixture
def http(client, canned):
    canned.answers["pipeline"] = [PIPELINE]
    return client()


def test_without_data_the_page_says_what_to_do(http):
    text = http.get("/").text
    assert "Nothing has been audited yet" in text
    assert "plumbline up --demo" in text


def test_what_traffic_says_is_text(http, canned):
    canned.answers |= {"events": [VIOLATION], "excerpts_of": [EXCERPT]}
    for path in ("/", "/events"):
        text = http.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩&#34;&#39;&amp;" in text
        assert "\u202e" not in text
        assert len(text) < 60_000


def test_filters_of_the_url_are_escaped_too(http):
    text = http.get("/events", params={"organization": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text


def test_nothing_inline_is_allowed_and_nothing_inline_is_there(http, canned):
    canned.answers |= {"events": [VIOLATION], "excerpts_of": [EXCERPT]}
    answer = http.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    for inline in (" style=", " onclick=", "<style", "javascript:"):
        assert inline not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_when_clickhouse_is_away_the_page_says_so_and_what_comes_next(http, canned):
    canned.answers["pipeline"] = MissingPart("there is no ClickHouse to talk to", cause="no store runs", command="plumbline store")
    answer = http.get("/")
    assert answer.status_code == 503
    assert "there is no ClickHouse to talk to" in answer.text and "plumbline store" in answer.text


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(http):
    assert "There is nothing at this address" in http.get("/nowhere", headers={"Accept": "text/html"}).text
    assert http.get("/nowhere", headers={"Accept": "*/*"}).headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("since", ["yesterday", "7y", "99999999999d", "2026-13-01"])
def test_a_period_that_is_none_is_a_bad_request(http, since):
    assert http.get("/", params={"since": since}).status_code == 400


def test_a_series_becomes_columns_that_lead_to_their_events(http, canned):
    canned.answers["series"] = [{"before": 0, "slot": 3, "name": "minors", "outcome": "violation", "tagged_events": 5}]
    text = http.get("/?since=24h").text
    assert "UTC: 5, before 0\nMinors: 5</title>" in text
    assert 'href="/events?since=24h&amp;category=minors&amp;outcome=violation">5</a>' in text


def test_a_table_comes_as_csv_under_its_name(http, canned):
    canned.answers |= {"events": [VIOLATION], "excerpts_of": [EXCERPT]}
    answer = http.get("/?csv=latest")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text.startswith("occurred_at,organization_id,event_id,")
    assert http.get("/?csv=nonsense").status_code == 404


def test_a_csv_cell_is_never_a_formula():
    rows = [{"name": "=HYPERLINK(1)", "at": NOW - timedelta(0), "n": -5}]
    assert as_csv(rows).splitlines()[1].startswith("'=HYPERLINK(1),")
    assert as_csv(rows).splitlines()[1].endswith(",-5")


EMPTY_PAGES = [
    *(path for path in PAGES if path not in ("/alert", "/case", "/event", "/category", "/organization")),
    "/category?id=minors",
    "/organization?id=acme",
]


@pytest.mark.parametrize("path", EMPTY_PAGES)
def test_every_page_without_data_says_so_and_is_never_blank(http, canned, path):
    canned.answers["has_view"] = [{"there": 0}]
    answer = http.get(path)
    assert answer.status_code == 200, answer.text[-2_000:]
    assert 'class="empty"' in answer.text
    assert " style=" not in answer.text


def test_the_page_of_an_organization_leads_to_its_cases_and_to_a_new_one(http, canned):
    opened = [asdict(Entry(f"case_{name}", 0, name, NOW, "ana", "open", title=f"about {name}", organizations=(name,))) for name in ("acme", "other")]
    canned.answers["case_entries"] = opened
    assert 'href="/cases?organization=acme"' in http.get("/organization?id=acme").text
    text = http.get("/cases?organization=acme").text
    assert ("about acme" in text, "about other" in text, 'name="organization" required' in text, 'value="acme"' in text) == (True, False, True, True)


def test_an_event_that_is_not_there_is_a_page_that_says_where_to_look(http):
    answer = http.get("/event", params={"organization": "acme", "id": "gone"})
    assert answer.status_code == 404
    assert "plumbline dead-letters list" in answer.text


@pytest.mark.parametrize("path", ["/event", "/category", "/organization"])
def test_a_page_about_something_needs_to_know_what(http, path):
    assert http.get(path).status_code == 400


@pytest.mark.parametrize("query", ["by=nonsense", "by=__class__", "by=user_hash"])
def test_only_known_dimensions_can_be_asked_for(http, query):
    assert http.get(f"/top?{query}").status_code == 400


def test_alerts_are_listed_when_the_database_has_them(http, canned):
    alert = {
        "alert_id": "a1",
        "rule": "surge",
        "state": "open",
        "severity": "high",
        "title": HOSTILE,
        "category": "minors",
        "organization_id": "acme",
    }
    alert |= {"window_start": NOW - timedelta(hours=1), "window_end": NOW, "value": 40.0, "threshold": 10.0, "query": "x", "link": ""}
    canned.answers |= {"has_view": [{"there": 1}], "alerts": [alert, {**alert, "alert_id": "a2", "state": "resolved"}]}
    text = http.get("/alerts").text
    assert text.count('value="acknowledge"') == 1 and text.count('value="silence"') == 1
    assert "open 1" in text and "resolved 1" in text
    assert "<script>alert" not in text
    assert "<strong>1</strong>" in http.get("/").text


OF_CATEGORY = {
    "alert_id": "a1", "rule": "category_spike", "state": "open", "severity": "medium", "title": "a rise", "category": "minors", "organization_id": "",
    "group_key": "category=minors", "window_start": NOW - timedelta(hours=1), "window_end": NOW, "value": 40.0, "threshold": 10.0, "query": "x",
}  # fmt: skip


@pytest.mark.parametrize(("organization", "scope"), [("", "category=minors"), ("acme", "acme")])
def test_a_silence_covers_the_organization_or_group_of_the_alert_and_never_all_that_the_rule_finds(http, canned, organization, scope):
    canned.answers |= {"has_view": [{"there": 1}], "alerts": [{**OF_CATEGORY, "organization_id": organization}]}
    assert f'name="scope" value="{scope}"' in http.get("/alerts").text


SILENCE = {"action": "silence", "alert_id": "a1", "rule": "category_spike", "scope": "category=minors", "for": "8h", "reason": "a known exercise"}


@pytest.mark.parametrize(
    ("changed", "status", "written"), [({}, 303, 1), ({"for": "1y"}, 400, 0), ({"reason": "x"}, 400, 0), ({"action": "burn"}, 400, 0)]
)
def test_a_silence_is_written_with_its_scope_its_end_and_who_asked_for_it(http, canned, changed, status, written):
    rows = []

    class Client:
        def insert(self, table, given):
            rows.extend((table, row) for row in given.to_pylist())

    async def run(call):
        return call(Client())

    canned.run = run
    answer = http.post("/alerts", data=SILENCE | changed, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert (answer.status_code, len(rows)) == (status, written), answer.text[-500:]
    for table, row in rows:
        assert (table, row["action"], row["scope"], row["reason"]) == ("alert_actions", "silence", "category=minors", "a known exercise")
        assert row["until"] - row["acted_at"] >= timedelta(hours=7.9) and row["reader"]


def test_a_defect_of_ours_is_a_page_too_with_all_headers(client, canned):
    canned.answers["pipeline"] = [{}]
    http = client()
    http._transport.raise_server_exceptions = False
    answer = http.get("/")
    assert answer.status_code == 500
    assert "This page has a defect" in answer.text and "Traceback" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_policy_page_shows_what_each_rule_costs_its_readers(http, canned):
    cost = {"category": "minors", "rule": "minors.age", "rule_version": 2, "tagged_events": 30, "per_day": 4.3, "alone": 7, "organizations": 3}
    canned.answers["rule_cost"] = [
        {**cost, "reviewed": 12, "reads_per_right_one": 1.5},
        {**cost, "rule": "minors.new", "reads_per_right_one": None, "reviewed": 0},
    ]
    text = http.get("/policy").text
    assert "What each rule costs its readers" in text and ">7</td>" in text and ">1.5</td>" in text and ">–</td>" in text
    assert http.get("/policy?csv=costs").text.startswith("category,rule,rule_version,tagged_events,per_day,alone,")


def test_an_organization_shows_what_its_system_prompts_declare_and_nothing_of_it_when_they_declare_nothing(http, canned):
    declared = {"organization_id": "acme", "category": "minors", "outcomes": ["violation"], "declaring_events": 3, "all_events": 12, "share": 0.25}
    assert "its system prompts declare" not in http.get("/organization?id=acme").text
    canned.answers["declared_in_system_prompt"] = [declared | {"first_seen": NOW, "last_seen": NOW}]
    text = http.get("/organization?id=acme").text
    assert re.search(r'<h2 id="prompts">.*?<td class="num">3</td><td class="num">25(\.0)? ?%', text, re.DOTALL)


EVENT = {
    **{name: VIOLATION[name] for name in ("organization_id", "event_id", "occurred_at", "content_hash", "model", "country", "declared_use_case")},
    **dict.fromkeys(("audience", "organization_type", "end_user_age", "operation", "provider", "source", "kafka_topic", "pack_hash"), "x"),
    **dict.fromkeys(("input_tokens", "output_tokens", "input_length", "output_length", "user_hash", "api_key_hash", "similarity"), 0),
    **dict.fromkeys(("kafka_partition", "kafka_offset", "kafka_line", "schema_version", "conversation_hash", "key_version", "text_hash"), 0),
    "safeguards": [], "detections": [], "received_at": NOW, "landed_at": NOW, "in_organization": 1,
}  # fmt: skip
OPINION = {"content_hash": 1, "category": "minors", "rule": "minors.judge-any", "rule_version": 1, "score": 0.123, "our_score": 0.5}


def test_an_event_shows_a_second_opinion_on_its_content_and_none_on_another(http, canned, monkeypatch):
    async def unknown(*_: object) -> None:
        """Of a pack that this machine does not have."""

    monkeypatch.setattr("streams.web.facts.Facts.pack_of", unknown)
    said = OPINION | {"state": "answered", "model": HOSTILE, "asked_at": NOW}
    canned.answers |= {"event": [EVENT], "event_opinions": [said | {"content_hash": 2}]}
    assert "A second opinion" not in http.get("/event?organization=acme&id=e").text
    canned.answers["event_opinions"] = [said]
    text = http.get("/event?organization=acme&id=e").text
    assert "A second opinion" in text and "0.12" in text and "<script>alert" not in text
