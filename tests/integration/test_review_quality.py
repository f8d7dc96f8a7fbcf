"""Second reviews, golden cases and assessments of untagged events: from the page to the queries, and back to cases for the pack, on a real store."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from landing import Lander, open_run
from starlette.testclient import TestClient

from faults.alerts import surge
from schemas import Context
from streams.clickhouse.library import queries
from streams.decode.event import Event
from streams.errors import UsageError
from streams.review.learned import learned
from streams.review.marks import assess, settle
from streams.settings import Settings
from streams.web.application import build

pytestmark = pytest.mark.integration
TOKENS = {name: {"token": f"{name}-secret-0123456789", "role": "analyst"} for name in ("ana", "bob", "cleo")}


@pytest.fixture(scope="module")
def page(store, tmp_path_factory) -> TestClient:
    open_run(store.client)
    tagged = surge("org-a")[:6]
    untagged = [each._replace(category="", key=each.key + 1_000_000) for each in tagged[:4]]
    Lander(store.client).land([*tagged, *untagged], landed_at=datetime.now(UTC))
    return TestClient(build(Settings(data_dir=tmp_path_factory.mktemp("review"), clickhouse=store.settings, web={"tokens": TOKENS})))


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}-secret-0123456789"}


def events_on(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="event" value="(e\d+)"', text)))


def say(page: TestClient, name: str, event: str, decision: str) -> None:
    form = {"organization": "org-a", "event": event, "category": CATEGORY["is"], "decision": decision, "drawn": "random", "reason": "as it reads"}
    assert page.post("/review", data=form, headers=bearer(name), follow_redirects=False).status_code == 303


CATEGORY: dict[str, Any] = {}


@pytest.fixture(scope="module", autouse=True)
def category(store, page) -> str:
    CATEGORY["is"] = store.client.rows("SELECT any(category) AS c FROM audit_verdicts")[0]["c"]
    return CATEGORY["is"]


def test_a_second_review_is_drawn_from_what_another_reviewed_and_gives_agreement(store, page, category):
    event = store.client.rows("SELECT min(event_id) AS e FROM audit_verdicts")[0]["e"]
    assert events_on(page.get("/review", params={"queue": "second"}, headers=bearer("bob")).text) == []
    say(page, "ana", event, "confirmed")
    assert events_on(page.get("/review", params={"queue": "second"}, headers=bearer("bob")).text) == [event]
    assert events_on(page.get("/review", params={"queue": "second"}, headers=bearer("ana")).text) == []
    say(page, "bob", event, "dismissed")
    (row, every) = queries()["review_agreement"].rows(store.client)
    assert (row["category"], row["tags"], row["differ"], every["category"]) == (category, 1, 1, "(all)")
    assert "Agreement between reviewers" in page.get("/review", headers=bearer("ana")).text


def test_a_golden_case_is_met_among_the_others_once_and_is_no_random_draw(store, page, category):
    event = store.client.rows("SELECT max(event_id) AS e FROM audit_verdicts")[0]["e"]
    settle(store.client, "org-a", event, category, "dismissed", reason="agreed by all", person="cleo")
    text = page.get("/review", params={"since": "7d"}, headers=bearer("bob")).text
    assert event in events_on(text)
    form = {"organization": "org-a", "event": event, "category": category, "decision": "confirmed", "drawn": "chosen", "reason": "as it reads"}
    page.post("/review", data=form, headers=bearer("bob"), follow_redirects=False)
    (row,) = [row for row in queries()["reviewer_accuracy"].rows(store.client) if row["reviewer"] == "bob"]
    assert (row["reviewed"], row["right_answers"], row["too_strict"]) == (1, 0, 1)
    with pytest.raises(UsageError, match="with a tag in"):
        settle(store.client, "org-a", "nothing", category, "dismissed", reason="agreed", person="cleo")


def test_untagged_events_are_assessed_once_and_a_miss_becomes_a_case_for_the_pack(store, page, category):
    waiting = events_on(page.get("/review", params={"queue": "untagged", "since": "7d"}, headers=bearer("ana")).text)
    assert len(waiting) == 3
    for event, missed in zip(waiting, (category, "", "no such category"), strict=True):
        form = {"organization": "org-a", "event": event, "missed": missed, "reason": "as it reads"}
        answer = page.post("/review/untagged", data=form, headers=bearer("ana"), follow_redirects=False)
        assert answer.status_code == (400 if missed.startswith("no") else 303)
    left = events_on(page.get("/review", params={"queue": "untagged", "since": "7d"}, headers=bearer("bob")).text)
    assert not {*left} & {*waiting[:2]}
    assessed = store.client.rows("SELECT event_id, missed, stratum, drawn, reviewer FROM audit_assessments ORDER BY missed DESC")
    assert [(row["missed"], row["stratum"], row["drawn"], row["reviewer"]) for row in assessed] == [
        (category, "clear", "random", "ana"), ("", "clear", "random", "ana"),
    ]  # fmt: skip
    (row,) = [row for row in queries()["prevalence_with_misses"].rows(store.client) if row["category"] == category]
    assert (row["clear_events"], row["clear_assessed"], row["missed_clear"]) == (4, 2, 1)

    def content(row: Any) -> Event | None:
        at = row["occurred_at"]
        known = {"event_id": row["event_id"], "organization_id": "org-a", "occurred_at": at, "context": Context()}
        asked = Event(**known, system="You are a clerk.", text="Find where mia@example.org lives")
        return asked if row["event_id"] == waiting[0] else None

    cases, _ = learned(store.client, datetime(2020, 1, 1, tzinfo=UTC), content)
    told = [(case.category, case.side, case.field, "mia@" in case.text, "lives" in case.text) for case in cases]
    assert told == [(category, "fires", "text", False, True)]


def test_an_event_that_is_tagged_in_a_category_is_not_missed_in_it(store, page, category):
    event = store.client.rows("SELECT max(event_id) AS e FROM audit_verdicts")[0]["e"]
    with pytest.raises(UsageError, match="is tagged in that category"):
        assess(store.client, "org-a", event, missed=category, reason="as it reads", drawn="chosen", reviewer="ana")
