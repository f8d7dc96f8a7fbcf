"""Every question of the page on the real engine, and what it must count."""

from datetime import UTC, datetime

import pytest
from history import fill

from streams.clickhouse.library import queries
from streams.web.window import Window

pytestmark = pytest.mark.integration

GIVEN = {
    "since": "7d", "organization": "org-007", "event": "x", "similarity": "1", "around": "now", "at": "now", "category": "minors",
    "name": "audit_events", "organizations": ["org-007"], "events": ["it's"], "hours": ["2026-01-01 00:00:00"], "reviewer": "ana",
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(store):
    fill(store.client, per_hour=2)
    return store


def rows(store, name: str, **given: object) -> list[dict]:
    query = queries("page")[name]
    needed = {each.name: GIVEN[each.name] for each in query.parameters if each.default is None}
    return query.rows(store.client, {**needed, **given})


@pytest.mark.parametrize("name", sorted(set(queries("page")) - {"alerts"}))
def test_every_question_of_the_page_runs(filled, name):
    rows(filled, name)


def test_tags_are_counted_alike_in_one_pass_and_by_the_view_that_merges(filled):
    since = Window.parse("7d", "", datetime.now(UTC)).times["since"]  # pages ask from a whole hour
    series = rows(filled, "series", since=since, width_s="3600")
    counted = sum(row["tagged_events"] for row in series if not row["before"])
    merged = filled.client.rows("SELECT sum(events) AS n FROM audit_signals_hour WHERE bucket >= {since:DateTime64(3)}", {"since": since[:19]})
    for question, by in (("top_signals", "country"), ("top_verdicts", "rule"), ("top_verdicts", "user_hash")):
        assert sum(row["tagged_events"] for row in rows(filled, question, since=since, by=by, limit="10000")) == counted, by
    assert counted == merged[0]["n"] > 100


def test_a_copy_that_landed_twice_is_listed_and_counted_once(filled):
    before = rows(filled, "events", since="1d", limit="1000"), rows(filled, "top_verdicts", since="1d", by="rule")
    filled.client.command("INSERT INTO verdicts SELECT * REPLACE (landed_at + 1 AS landed_at) FROM verdicts WHERE occurred_at > now() - 86400")
    assert (rows(filled, "events", since="1d", limit="1000"), rows(filled, "top_verdicts", since="1d", by="rule")) == before


def test_an_unknown_country_can_be_asked_for(filled):
    assert {row["country"] for row in rows(filled, "events", since="14d", country="unknown", limit="1000")} == {""}


def test_a_superseded_run_counts_nowhere(filled):
    runs = {row["run_id"] for row in rows(filled, "events", since="14d", limit="10000")}
    assert runs == {"live-first", "retag-older"}
    older = rows(filled, "events", since="14d", limit="10000")[-1]
    assert older["run_id"] == "retag-older"


def test_tags_of_a_revision_are_those_of_the_current_run_also_on_the_day_in_which_the_range_that_was_decided_again_ends(demonstration):
    (border,) = demonstration.client.rows("SELECT min(valid_to) AS end FROM runs WHERE run_id = 'retag-1'")
    tags = demonstration.client.rows("SELECT * FROM verdicts FINAL")
    current = [tag for tag in tags if (tag["run_id"] == "retag-1") == (tag["occurred_at"] < border["end"])]
    keys, known = ("revision", "category", "outcome"), {}
    for tag in current:
        known.setdefault(tuple(tag[key] for key in keys), set()).add((tag["organization_id"], tag["event_id"]))
    counted = {tuple(row[key] for key in keys): row["tagged_events"] for row in rows(demonstration, "revision_counts")}
    assert counted == {key: len(events) for key, events in known.items()}
    superseded = [tag for tag in tags if tag["run_id"] != "retag-1" and tag["occurred_at"] < border["end"]]
    assert any(tag["occurred_at"].date() == border["end"].date() for tag in superseded), "nothing to be counted wrongly"
