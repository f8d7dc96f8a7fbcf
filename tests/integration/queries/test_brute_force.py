"""The queries on two weeks of the demonstration, with copies and a stretch decided again, against plain Python over all rows."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from brute import BRUTE, SEVERITIES, Facts

from streams.clickhouse.library import queries

pytestmark = pytest.mark.integration

# Ranges: the last week; one across the end of the stretch that was decided again; all of it, from the archives on.
RANGES = {"week": timedelta(days=7), "across": timedelta(days=12), "years": timedelta(days=999)}


@pytest.fixture(scope="module")
def until(demonstration: Any) -> datetime:
    """Now, when all has landed: the suite may have begun long before."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def rows(demonstration: Any) -> dict[str, list[dict[str, Any]]]:
    """All rows that Python looks at, read from the tables below the views, made single and current by plain Python."""
    client = demonstration.client
    ends = client.rows("SELECT max(valid_to) AS end FROM runs WHERE run_id = 'retag-1'")[0]["end"]
    newest: dict[tuple, dict[str, Any]] = {}
    for row in client.rows("SELECT * FROM verdicts ORDER BY landed_at"):
        newest[row["organization_id"], row["event_id"], row["content_hash"], row["run_id"], row["category"]] = row
    tags = [row for row in newest.values() if (row["run_id"] == "retag-1") == (row["occurred_at"] < ends)]
    events = {(row["organization_id"], row["event_id"], row["content_hash"]): row for row in client.rows("SELECT * FROM events ORDER BY landed_at")}
    return {"tags": tags, "events": list(events.values()), "reviews": reviews(client), "letters": client.rows("SELECT * FROM dead_letters")}


def reviews(client: Any) -> list[dict[str, Any]]:
    """The newest review of each tag; disputed if reviewers differ."""
    of: dict[tuple, list[dict[str, Any]]] = defaultdict(list)
    for row in client.rows("SELECT * FROM reviews ORDER BY reviewed_at"):
        of[row["organization_id"], row["event_id"], row["content_hash"], row["category"], row["rule"], row["rule_version"]].append(row)
    return [given[-1] | {"disputed": len({each["decision"] for each in given}) > 1, "drawn": given[0]["drawn"]} for given in of.values()]


@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("name", BRUTE)
def test_a_query_counts_what_plain_python_counts(demonstration: Any, rows: dict[str, Any], until: datetime, name: str, span: str) -> None:
    facts = Facts(**rows, since=until - RANGES[span], until=until)
    slow, columns = BRUTE[name]
    query = queries()[name]
    asked = {"since": facts.since.isoformat(), "until": facts.until.isoformat(), "limit": "100000"}
    taken = {key: value for key, value in asked.items() if key in {each.name for each in query.parameters}}
    found = {tuple(map(plain, (row[column] for column in columns.split()))) for row in query.rows(demonstration.client, taken)}
    assert found == {tuple(map(plain, row)) for row in slow(facts)}


def plain(value: Any) -> Any:
    """Floats as far as both sides can agree on, lists as tuples."""
    if isinstance(value, float):
        return round(value, 2) + 0.0
    return tuple(value) if isinstance(value, list) else value


def test_the_data_has_what_the_queries_ask_for(demonstration: Any, rows: dict[str, Any]) -> None:
    landed = demonstration.client.rows("SELECT count() AS n FROM verdicts")[0]["n"]
    assert landed > len(rows["tags"]) > 300, "no copies or no superseded run"
    assert len({tag["severity"] for tag in rows["tags"]} & set(SEVERITIES)) >= 3
    assert len(rows["reviews"]) > 100 and any(each["disputed"] for each in rows["reviews"])


def test_clusters_of_texts_are_near_one_another(demonstration: Any, rows: dict[str, Any]) -> None:
    found = queries()["coordinated_text"].rows(demonstration.client, {"since": "14d", "organizations": "3"})
    assert found, "the demonstration has a campaign of one text"
    for row in found:
        near = [tag for tag in rows["tags"] if tag["category"] == row["category"] and (tag["similarity"] ^ row["similarity"]).bit_count() <= 3]
        assert {tag["organization_id"] for tag in near} >= set(row["organization_ids"])
