"""A backup of a running system and its restore: what was landed then, what came later, and who was removed since."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running import System, wait_for

pytestmark = pytest.mark.integration

EVENTS = "SELECT count() AS n FROM audit_events"
ANN = "SELECT countIf(startsWith(event_id, 'ann')) AS n FROM events"


def sent(first: int, last: int) -> Iterator[bytes]:
    """Events of ann and bob in turn, every one tagged, of an hour that is closed."""
    at = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    for number in range(first, last):
        user = ("ann", "bob")[number % 2]
        ids = {"event_id": f"{user}-{number}", "organization_id": "acme", "user_id": user, "occurred_at": at}
        yield json.dumps(ids | {"text": "Please track my ex by her phone"}).encode()


def landed(system: System, first: int, last: int) -> None:
    system.send(sent(first, last))
    wait_for(lambda: system.waiting() == 0, 60, "everything is committed")


def traces(system: System, user: str) -> set[str]:
    """Places where something of a user of acme is found, the events topic aside, which holds what was sent."""
    done = system.run("erase", "--verify", "--organization", "acme", "--user", user, "--json")
    places = {json.loads(line)["place"] for line in done.stdout.splitlines()}
    assert done.returncode == bool(places), done.stderr
    return {place for place in places if not place.startswith("broker/log/usage.events-")}


def test_nothing_is_lost_or_doubled_by_a_restore_and_nobody_who_was_removed_comes_back(live: System, tmp_path: Path) -> None:
    worker = live.worker().wait_ready()
    landed(live, 0, 200)
    assert live.run("evidence", "seal").returncode == 0
    made = live.run("backup", str(tmp_path / "backup.tar"), "--json")
    assert made.returncode == 0, made.stderr
    assert sum(row["next"] for row in json.loads(made.stdout)["landed"]) == 200
    landed(live, 200, 300)
    live.send(b'{"organization_id": "acme", "user_id": "%b", "occurred_at": "never"}' % user for user in (b"ann", b"bob"))
    wait_for(lambda: live.count("SELECT count() AS n FROM dead_letters") == 2, 30, "two dead letters")
    before = traces(live, "ann")
    assert {"plumbline.events.user_hash", "plumbline.signals_day.users"} <= before and any("usage.dead_letters" in each for each in before)
    erased = live.run("erase", "--organization", "acme", "--user", "ann", "--reason", "asked by letter", "--json")
    assert erased.returncode == 0, erased.stderr
    assert {"place": "dead_letters", "removed": 1} in map(json.loads, erased.stdout.splitlines())
    assert traces(live, "ann") == set()
    assert any("usage.dead_letters" in each for each in traces(live, "bob"))
    assert live.count(EVENTS) == 150
    assert live.run("restore", str(tmp_path / "backup.tar"), "--replace").returncode == 3  # the store runs
    assert worker.stop() == 0
    live.store.stop()

    (live.data_dir / "evidence.key").unlink()
    refused = live.run("restore", str(tmp_path / "backup.tar"))
    assert refused.returncode == 2 and "--replace" in refused.stderr
    done = live.run("restore", str(tmp_path / "backup.tar"), "--replace", "--json")
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    assert told["removed_again"] == 1 and sum(each["before"] - each["after"] for each in told["set_back"]) == 102
    assert told["differences"] == {} and done.returncode == 0, told

    live.start_store()
    assert (live.count(EVENTS), live.count(ANN)) == (100, 0)
    assert live.run("evidence", "seal").returncode == live.run("evidence", "verify").returncode == 0  # by the key that was in the backup
    live.worker().wait_ready()
    wait_for(lambda: live.waiting() == 0, 60, "what came after the backup is read again")
    wait_for(lambda: live.count(EVENTS) == 150, 30, "and lands")
    assert live.count(ANN) == 0
    wait_for(lambda: live.verify() == [], 30, "every check holds")
    assert traces(live, "ann") == set()  # a dead letter that is made again has nothing of hers
