"""Kills of the process that evaluates alert rules and delivers alerts: every alert arrives, under one id however often it is sent."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.rig import Lander, Receiver, System, open_run, wait_for
from faults.outcome import Control, Outcome
from schemas.alert_rules import CaseEvents
from streams.alerts.desk import AlertDesk
from streams.alerts.rehearsal import Happened, happened
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import migrate

WAIT_S = 0.25  # the receiver's, so that kills fall between an attempt and its record
AT_ONCE = 0.25  # share of kills that do not wait for an attempt: they fall into start, evaluation and outbox
SETTLED_S = 120
KILLS_PER_ROUND, ROUNDS = 4, 8
VARIANTS = {"an_id_per_attempt": "faults.random_ids", "recorded_before_sent": "faults.early_sender"}
Say = Callable[[str], None]


class Ground(NamedTuple):
    """A migrated database, and the environment that leads a process to it."""

    client: ClickHouse
    environment: Mapping[str, str]


@contextmanager
def own_ground() -> Iterator[Ground]:
    """A store that is used for nothing else."""
    with tempfile.TemporaryDirectory(prefix="plumbline-faults-") as folder:
        system = System(Path(folder), pack=None)
        try:
            system.start_store()
            with system.client() as client:
                migrate(client, system.settings)
                yield Ground(client, system.environment())
        finally:
            system.stop()


def alert_kills(ground: Ground, kills: int, seed: int, say: Say) -> Outcome:
    """`kill -9`, once for each alert."""
    lost, extra, unsettled = _killed(ground, kills, seed, say)
    return Outcome("alert_kills", lost, extra, unsettled, f"{kills} kills")


def controls(ground: Ground, seed: int, say: Say) -> Iterator[Control]:
    """The known-wrong senders under the same kills, counted alike, until one is found out."""
    for name, module in VARIANTS.items():
        lost = extra = done = 0
        while not (lost or extra) and done < ROUNDS:
            lost, extra, _ = _killed(ground, KILLS_PER_ROUND, seed + done, say, module=module)
            done += 1
        yield Control(name, bool(lost or extra), f"{lost} alerts lost, {extra} with ids too many, after {done * KILLS_PER_ROUND} kills")


def _killed(ground: Ground, kills: int, seed: int, say: Say, *, module: str = "") -> tuple[int, int, int]:
    """Alerts that were lost, alerts that came under several ids or too many, and those about which nothing is on record as delivered."""
    open_run(ground.client)
    lander, chance, first = Lander(ground.client), random.Random(seed), time.time_ns()
    names = [f"org-{first}-{number}" for number in range(kills)]
    with Receiver(wait_s=WAIT_S, seed=seed) as receiver:
        for number, name in enumerate(names, 1):
            lander.land(surge(name), landed_at=datetime.now(UTC))
            _kill_one(_start(ground, receiver, module), receiver, chance)
            if number % 50 == 0:
                say(f"  kill {number} of {kills}: {len(receiver.ids())} alerts arrived")
        receiver.wait_s = 0.0
        last = _start(ground, receiver, module)
        try:
            unsettled = _settle(ground.client, set(names))
        finally:
            last.terminate()
            last.wait(30)
        arrived = receiver.ids()
        raised = {alert for alert, _ in _raised(ground.client, set(names))}
        extra = sum(len(arrived.get(alert, ())) > 1 for alert in raised) + max(0, len(raised) - kills) + receiver.refused
        return kills - len(raised & arrived.keys()), extra, unsettled


def _kill_one(running: subprocess.Popen, receiver: Receiver, chance: random.Random) -> None:
    begun = receiver.begun
    if chance.random() < AT_ONCE:
        time.sleep(chance.uniform(0.3, 2.0))
    else:
        wait_for(lambda: receiver.begun > begun or running.poll() is not None, 60, "the next attempt")
        time.sleep(chance.uniform(0, 2 * WAIT_S))
    assert running.poll() is None, f"the process ended by itself: exit {running.returncode}"
    running.kill()
    running.wait()


def _settle(client: ClickHouse, names: set[str]) -> int:
    """Wait until every alert was raised and nothing is pending about any. Returns what still is."""

    def waiting() -> int:
        raised = _raised(client, names)
        settled = {row["alert_id"] for row in AlertDesk(client).deliveries(state="delivered", limit=100_000)}
        return len(names) - sum(alert in settled for alert, _ in raised)

    try:
        wait_for(lambda: not waiting(), SETTLED_S, "every alert is delivered")
    except AssertionError:
        return waiting()
    return 0


def _raised(client: ClickHouse, names: set[str]) -> list[tuple[str, str]]:
    """Alert and organization, of severity high."""
    rows = AlertDesk(client).listed(severity="high", limit=100_000)
    return [(row["alert_id"], row["organization_id"]) for row in rows if row["organization_id"] in names]


def _start(ground: Ground, receiver: Receiver, module: str) -> subprocess.Popen:
    launch = ["-c", f"import {module}; from streams.cli import main; main()"] if module else ["-m", "streams"]
    settings = {
        "PLUMBLINE_ALERTS__ROUTES": json.dumps({"desk": receiver.route()}),
        "PLUMBLINE_ALERTS__INTERNAL_RECEIVERS": '["127.0.0.1/32"]',
        "PLUMBLINE_ALERTS__LATE_WAIT_S": "0",
        "PLUMBLINE_LOG__LEVEL": "error",
    }
    return subprocess.Popen([sys.executable, *launch, "alerts", "run"], env={**os.environ, **ground.environment, **settings})


def surge(organization: str) -> list[Happened]:
    """Enough for an alert of severity high, within these hours."""
    start = datetime.now(UTC) - timedelta(hours=3)
    return happened([CaseEvents(at=start, count=25, every="5m", organizations=[organization], category="privacy_tracking", users=2)])
