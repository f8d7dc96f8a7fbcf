"""The alerts process as it is started: from a row that lands to the webhook; killed at random moments, every alert arrives under one id.

The long form of the kills, a thousand, is `python -m faults --only alert_kills`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from landing import Lander, environment_of, open_run
from receiving import Receiver
from running import wait_for

from faults.alerts import Ground, alert_kills, controls, surge
from streams.alerts.book import AlertBook
from streams.alerts.desk import AlertDesk

pytestmark = pytest.mark.integration


@pytest.fixture
def ground(store, tmp_path) -> Ground:
    """This module's database, and nothing else of the machine's settings."""
    return Ground(store.client, {"PLUMBLINE_DATA_DIR": str(tmp_path)} | environment_of(store.settings))


def quiet(_text: str) -> None:
    pass


def test_what_lands_is_delivered_within_seconds_and_the_process_stops_when_it_is_asked_to(store, ground):
    open_run(store.client)
    with Receiver() as receiver:
        routes = {"PLUMBLINE_ALERTS__ROUTES": json.dumps({"desk": receiver.route()}), "PLUMBLINE_ALERTS__INTERNAL_RECEIVERS": '["127.0.0.1/32"]'}
        routes |= {"PLUMBLINE_ALERTS__LATE_WAIT_S": "0"}
        running = subprocess.Popen([sys.executable, "-m", "streams", "alerts", "run"], env={**os.environ, **ground.environment, **routes})
        wait_for(lambda: AlertBook(store.client).evaluated() is not None or running.poll() is not None, 60, "the first evaluation")
        landed = time.time()
        Lander(store.client).land(surge("org-first"), landed_at=datetime.now(UTC))
        wait_for(lambda: receiver.taken or running.poll() is not None, 60, "the webhook")
        assert receiver.taken[0].at - landed < 15  # generous: the machine of the tests may be busy
        wait_for(lambda: {row["state"] for row in AlertDesk(store.client).deliveries()} == {"delivered"}, 30, "it is on record")
        running.send_signal(signal.SIGTERM)
        assert running.wait(15) == 0


def test_however_often_the_process_is_killed_every_alert_arrives_under_one_id(ground):
    outcome = alert_kills(ground, 20, 7, quiet)
    assert outcome.clean, outcome


def test_the_same_kills_find_a_sender_with_an_id_per_attempt_and_one_that_records_before_it_sends(ground):
    found = list(controls(ground, 8, quiet))
    assert [control.caught for control in found] == [True, True], found
