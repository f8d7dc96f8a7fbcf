"""Workers killed at random moments lose nothing and count nothing twice; a worker that acknowledges too early is caught by the same test."""

import json
import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running import System, Worker, system, wait_for

pytestmark = pytest.mark.integration

LONG = os.environ.get("PLUMBLINE_LONG") == "1"
EVENTS, KILLS = (1_000_000, 50) if LONG else (200_000, 20)
STATIC = {"PLUMBLINE_KAFKA__GROUP_INSTANCE_ID": "w1"}  # a static member's successor takes over at once, as with a restarted pod
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)


def traffic(seed: int) -> Iterator[bytes]:
    """EVENTS events in random order of time, one in fifty tagged, 1 % of them delivered twice."""
    chance = random.Random(seed)
    for number in range(EVENTS):
        text = "Please track my ex by her phone" if number % 50 == 0 else "Convert twelve miles to kilometres"
        moment = START + timedelta(milliseconds=chance.randrange(86_400_000))
        who = {"organization_id": f"org-{number % 100}", "user_id": f"u{number % 997}"}
        value = json.dumps({"event_id": f"e{number}", "occurred_at": moment.isoformat(), "text": text} | who).encode()
        yield value
        if number % 100 == 7:
            yield value


def test_random_kills_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(20)
    with system(tmp_path) as running:
        running.send(traffic(20))
        kill_at_random(running, chance)
        finish(running)
        assert running.count("SELECT count() FROM events FINAL") == EVENTS
        assert running.count("SELECT uniqExact(event_id) FROM events") == EVENTS
        assert running.count("SELECT sum(events) FROM audit_signals_hour WHERE category = 'tracking'") == EVENTS // 50
        wait_for(lambda: not running.verify(), 60, "verify finds no difference")


def kill_at_random(running: System, chance: random.Random) -> None:
    """Kill KILLS workers, each after it has begun to land; a moment later than that by chance."""
    for _ in range(KILLS):
        before = running.count("SELECT count() FROM ledger")
        worker = running.worker(PLUMBLINE_WORKER__CHUNK_RECORDS="500", PLUMBLINE_WORKER__BATCH_ROWS="1000", **STATIC)
        deadline = time.monotonic() + 30
        while running.count("SELECT count() FROM ledger") == before and time.monotonic() < deadline and running.waiting():
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 0.4))
        worker.kill()


def finish(running: System) -> Worker:
    """One worker lands the rest."""
    worker = running.worker(**STATIC).wait_ready()
    wait_for(lambda: running.waiting() == 0, 180, "all is landed and committed")
    return worker
