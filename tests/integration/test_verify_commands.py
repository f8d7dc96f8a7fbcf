"""The commands, as they are typed: output, exit status, the next step."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from streams.clickhouse.library import queries

pytestmark = pytest.mark.integration

MILLIS = pa.timestamp("ms", "UTC")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def plumbline(store):
    """Run the command line on this module's database."""
    environment = {
        **os.environ,
        "PLUMBLINE_CLICKHOUSE__URL": store.settings.url,
        "PLUMBLINE_CLICKHOUSE__PASSWORD": store.settings.password.get_secret_value(),
        "PLUMBLINE_CLICKHOUSE__DATABASE": store.settings.database,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess:
        code = "from streams.cli import main; main()"
        return subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture(scope="module")
def history(store):
    """Nine organizations with violations, three of them with nearly the same text, one with an excerpt."""
    count, client = 9, store.client
    client.insert(
        "runs",
        pa.table(
            {"run_id": ["live-x"], "kind": ["live"], "pack_hash": ["x"], "valid_from": pa.array([datetime(1970, 1, 1, tzinfo=UTC)], MILLIS)}
            | {"valid_to": pa.array([datetime(2299, 12, 31, tzinfo=UTC)], MILLIS)}
            | {name: pa.array([NOW], MILLIS) for name in ("opened_at", "completed_at")}
        ),
    )
    similar = [0b1111, 0b1101, 0b0111] + [int.from_bytes(hashlib.sha256(bytes([index])).digest()[:8]) for index in range(6)]
    times = pa.array([NOW - timedelta(minutes=10 * index) for index in range(count)], MILLIS)
    shared = {
        "organization_id": [f"org{index}" for index in range(count)],
        "event_id": [f"e{index}" for index in range(count)],
        "occurred_at": times,
    }
    shared |= {"event_key": pa.array(range(1, count + 1), pa.uint64()), "landed_at": times}
    verdicts = {"run_id": ["live-x"] * count, "category": ["election_integrity"] * count, "outcome": ["violation"] * count}
    verdicts |= {
        "severity": ["high"] * count,
        "similarity": pa.array(similar, pa.uint64()),
        "user_hash": pa.array([5] * count, pa.uint64()),
    }
    verdicts |= {
        "rule": ["r1"] * count,
        "field": ["text"] * count,
        "start": pa.array([3] * count, pa.uint32()),
        "end": pa.array([9] * count, pa.uint32()),
    }
    client.insert("events", pa.table(shared))
    client.insert("verdicts", pa.table(shared | verdicts))
    excerpt = {name: shared[name][:1] for name in ("organization_id", "event_id", "occurred_at")}
    excerpt |= {
        "rule": ["r1"],
        "field": ["text"],
        "start": pa.array([3], pa.uint32()),
        "end": pa.array([9], pa.uint32()),
        "excerpt": ["the words"],
    }
    client.insert("excerpts", pa.table(excerpt))


def lines(done: subprocess.CompletedProcess) -> list[dict]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


GIVEN = {
    "revision_boundary": {"at": "2025-09-15"},
    "event_history": {"organization": "org0", "event": "e0"},
    "dead_letters_one": {"topic": "usage.events", "partition": "0", "offset": "0"},
}


@pytest.mark.parametrize("name", sorted(queries()))
def test_every_query_runs_with_its_defaults(store, history, name):
    query = queries()[name]
    missing = [parameter for parameter in query.parameters if parameter.default is None]
    given = GIVEN.get(name, {parameter.name: "7d" if parameter.is_time else "0" for parameter in missing})
    query.rows(store.client, given)


def test_latest_violations_come_newest_first_with_their_evidence(plumbline, history):
    rows = lines(plumbline("query", "latest_violations", "--since", "2h", "--limit", "4", "--json"))
    assert [row["event_id"] for row in rows] == ["e0", "e1", "e2", "e3"]
    assert [row["excerpt"] for row in rows] == ["the words", "", "", ""]


def test_an_organization_filter_narrows_a_query(plumbline, history):
    rows = lines(plumbline("query", "top_organizations", "--param", "category=election_integrity", "--json"))
    assert len(rows) == 9
    assert lines(plumbline("query", "top_organizations", "--param", "category=other", "--json")) == []


def test_coordinated_text_finds_the_cluster_and_not_the_rest(plumbline, history):
    rows = lines(plumbline("query", "coordinated_text", "--since", "1d", "--json"))
    assert [row["organization_ids"] for row in rows] == [["org0", "org1", "org2"]]


def test_organizations_are_new_only_when_they_first_appear(plumbline, history):
    since = NOW - timedelta(minutes=35)  # from the history's own time: a suite may take half an hour to come here
    assert len(lines(plumbline("query", "new_organizations", "--since", "1d", "--json"))) == 9
    assert len(lines(plumbline("query", "new_organizations", "--since", since.isoformat(), "--json"))) == 4


def test_one_events_history_tells_all_that_is_stored(plumbline, history):
    facts = [row["fact"] for row in lines(plumbline("query", "event_history", "--param", "organization=org0", "--param", "event=e0", "--json"))]
    assert sorted(facts) == ["detected", "evidence", "received", "verdict"]


def test_csv_has_a_header_and_a_table_is_for_eyes(plumbline, history):
    assert plumbline("query", "outcome_mix", "--csv").stdout.splitlines()[0] == "category,outcome,tagged_events,share,organizations,worst_severity"
    assert plumbline("query", "outcome_mix").stdout.splitlines()[1].split() == ["election_integrity", "violation", "9", "1.0", "9", "high"]


def test_the_list_names_every_query(plumbline):
    assert [row["name"] for row in lines(plumbline("query", "--list", "--json"))] == sorted(queries())


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("query", "latest_violation"), "latest_violations"),
        (("query", "latest_violations", "--since", "yesterday"), "24h"),
        (("query", "event_history"), "--param organization="),
        (("query", "outcome_mix", "--param", "x"), "KEY=VALUE"),
    ],
)
def test_wrong_use_is_answered_with_the_right_one(plumbline, arguments, hint):
    done = plumbline(*arguments)
    assert done.returncode == 2
    assert hint in done.stderr and done.stdout == ""


def test_values_are_bound_and_never_become_sql(plumbline, history):
    rows = lines(plumbline("query", "latest_violations", "--param", "category=' OR 1=1 --", "--json"))
    assert rows == []


def test_verify_names_the_difference_and_the_next_command_and_that_mends_it(plumbline, history):
    done = plumbline("verify")
    assert done.returncode == 1
    assert "plumbline db refresh-volumes" in done.stdout
    assert plumbline("db", "refresh-volumes").returncode == 0
    done = plumbline("verify", "--json")
    assert done.returncode == 0, done.stdout
    states = {line["check"]: line["state"] for line in map(json.loads, done.stdout.splitlines())}
    assert states.pop("committed_offsets") == "skipped"
    assert set(states.values()) == {"ok"}


def test_db_status_lists_migrations_and_migrate_says_when_there_is_nothing_to_do(plumbline):
    assert {line["state"] for line in lines(plumbline("db", "status", "--json"))} == {"applied"}
    assert "up to date" in plumbline("db", "migrate").stdout
