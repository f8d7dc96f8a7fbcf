"""The alerts process as it is started: from a row that lands to the webhook, killed at random moments, every alert arrives under one id."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from landing import Lander, open_run
from standardwebhooks.webhooks import Webhook

from schemas.alert_rules import CaseEvents
from streams.alerts.book import AlertBook
from streams.alerts.desk import AlertDesk
from streams.alerts.rehearsal import happened

pytestmark = pytest.mark.integration
SECRET = "whsec_" + "A" * 40
KILLS = int(os.environ.get("ALERT_KILLS", "20"))  # the long form: 1000


class Receiver(ThreadingHTTPServer):
    """Verifies every delivery with the reference library, and remembers id and moment."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[tuple[str, str, float]] = []
        self.wait_s = 0.0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def opened(self) -> dict[str, set[str]]:
        """Alert -> ids under which it was said to be open."""
        found: dict[str, set[str]] = {}
        for delivery, alert, _ in self.got:
            found.setdefault(alert, set()).add(delivery)
        return found


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        data = Webhook(SECRET).verify(body, dict(self.headers))
        if data["type"] == "alert.opened":
            self.server.got.append((self.headers["webhook-id"], data["data"]["alert_id"], time.time()))
        time.sleep(self.server.wait_s)
        try:
            self.send_response(204)
            self.end_headers()
        except OSError:
            pass  # the sender was killed

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    running = Receiver()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def process(store, receiver, tmp_path):
    """Starts `plumbline alerts run` on this module's database with a route to the receiver."""
    route = {"kind": "webhook", "url": f"http://127.0.0.1:{receiver.server_port}/", "secrets": [SECRET], "occasions": ["opened"]}
    environment = {
        **os.environ,
        "PLUMBLINE_DATA_DIR": str(tmp_path),
        "PLUMBLINE_LOG__LEVEL": "warning",
        "PLUMBLINE_CLICKHOUSE__URL": store.settings.url,
        "PLUMBLINE_CLICKHOUSE__PASSWORD": store.settings.password.get_secret_value(),
        "PLUMBLINE_CLICKHOUSE__DATABASE": store.settings.database,
        "PLUMBLINE_ALERTS__ROUTES": json.dumps({"desk": route}),
        "PLUMBLINE_ALERTS__INTERNAL_RECEIVERS": '["127.0.0.1/32"]',
    }
    started = []

    def start() -> subprocess.Popen:
        started.append(subprocess.Popen([sys.executable, "-m", "streams", "alerts", "run"], env=environment))
        return started[-1]

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.wait()


def surge(number: int):
    start = datetime.now(UTC) - timedelta(hours=3)
    return happened([CaseEvents(at=start, count=25, every="5m", organizations=[f"org-{number}"], category="privacy_tracking", users=2)])


def until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def test_what_lands_is_delivered_within_seconds_and_the_process_stops_when_it_is_asked_to(store, receiver, process):
    open_run(store.client)
    lander, running = Lander(store.client), process()
    until(lambda: AlertBook(store.client).evaluated() is not None or running.poll() is not None, 60)
    assert running.poll() is None
    landed = time.time()
    lander.land(surge(0), landed_at=datetime.now(UTC))
    until(lambda: receiver.got)
    assert receiver.got[0][2] - landed < 15  # generous: the machine of the tests may be busy
    until(lambda: {row["state"] for row in AlertDesk(store.client).deliveries()} == {"delivered"})
    running.terminate()
    assert running.wait(15) == 0


def test_however_often_the_process_is_killed_every_alert_arrives_under_one_id(store, receiver, process):
    open_run(store.client)
    lander, chance = Lander(store.client), random.Random(7)
    receiver.wait_s = 0.3  # so that kills fall between the attempt and its record
    for number in range(1, KILLS + 1):
        lander.land(surge(number), landed_at=datetime.now(UTC))
        running, before = process(), len(receiver.got)
        until(lambda before=before, running=running: len(receiver.got) > before or running.poll() is not None)
        time.sleep(chance.random() * 0.5)
        running.kill()
        running.wait()
    receiver.wait_s = 0.0
    process()
    killed = {f"org-{number}" for number in range(1, KILLS + 1)}
    until(lambda: len(raised := raised_by(store, killed)) == KILLS and receiver.opened().keys() >= raised)
    found = receiver.opened()
    assert {alert: len(ids) for alert, ids in found.items() if len(ids) != 1} == {}
    assert not an_id_per_attempt(receiver.got)


def raised_by(store, organizations: set[str]) -> set[str]:
    rows = AlertDesk(store.client).listed(severity="high", limit=10_000)
    return {row["alert_id"] for row in rows if row["organization_id"] in organizations}


def test_the_control_a_new_id_for_each_attempt_is_caught():
    again = [("msg_1", "alert_1", 0.0), ("msg_2", "alert_1", 1.0)]
    assert an_id_per_attempt(again)


def an_id_per_attempt(got: list[tuple[str, str, float]]) -> bool:
    """Whether more ids arrived than there are alerts."""
    return len({delivery for delivery, _, _ in got}) != len({alert for _, alert, _ in got})
