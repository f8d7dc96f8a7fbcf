"""`plumbline alerts rules | check | test | secret`: what works without a store."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import copytree

import pytest
from standardwebhooks.webhooks import Webhook
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.policy.pack import SHIPPED
from streams.settings_alerts import AlertRoute

SECRET = "whsec_" + "A" * 40


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    """Verifies what it is sent; answers with its `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append(Webhook(SECRET).verify(body, dict(self.headers)))
            self.send_response(self.server.status)
            self.end_headers()
            self.wfile.write(b"thank you\x1b[2J")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 200
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def routed(receiver, monkeypatch) -> HTTPServer:
    """A route `desk` to the receiver."""
    route = {"kind": "webhook", "url": f"http://127.0.0.1:{receiver.server_port}/", "secrets": [SECRET]}
    monkeypatch.setenv("PLUMBLINE_ALERTS__ROUTES", json.dumps({"desk": route}))
    monkeypatch.setenv("PLUMBLINE_ALERTS__INTERNAL_RECEIVERS", '["127.0.0.1/32"]')
    return receiver


def alerts(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["alerts", *arguments])


def test_the_rules_of_the_pack_are_listed_one_object_each():
    rows = [json.loads(line) for line in alerts("rules", "--json").stdout.splitlines()]
    assert {"organization_surge", "coordinated_text", "records_wait"} <= {row["rule"] for row in rows}
    assert all(row["cases"] and row["owner"] for row in rows)


def test_shipped_rules_hold_and_one_that_does_not_is_named_with_its_place(tmp_path: Path, monkeypatch):
    assert (alerts("check").exit_code, alerts("check").stdout) == (0, "")
    copytree(SHIPPED, tmp_path / "pack")
    rule = tmp_path / "pack" / "alerts" / "organization_surge.toml"
    rule.write_text(rule.read_text().replace("at_least = 20", "at_least = 26"))
    monkeypatch.setenv("PLUMBLINE_POLICY__PACK", str(tmp_path / "pack"))
    run = alerts("check")
    assert run.exit_code == 1
    assert run.stdout.startswith(f"{rule}:")


def test_a_sample_is_sent_marked_as_one_and_its_answer_cannot_steer_a_terminal(routed):
    run = alerts("test", "desk")
    assert (run.exit_code, run.stdout) == (0, "status 200\nthank you.[2J\n")
    (body,) = routed.got
    assert (body["test"], body["data"]["alert_id"].startswith("alert_test_")) == (True, True)


def test_a_sample_that_is_refused_fails_with_the_status(routed):
    routed.status = 503
    run = alerts("test", "desk", "--json")
    assert run.exit_code == 1
    line = json.loads(run.stdout)
    assert (line["delivered"], line["status"]) == (False, 503)


def test_a_route_that_is_not_there_is_a_mistake_that_names_the_nearest(routed):
    run = alerts("test", "desc")
    assert run.exit_code == 2
    assert "did you mean desk?" in run.stderr
    assert routed.got == []


def test_a_secret_is_one_that_routes_admit_and_never_the_same_twice():
    first, second = (alerts("secret").stdout.strip() for _ in range(2))
    assert first != second
    assert AlertRoute(kind="webhook", url="https://receiver.example/", secrets=[first, second])
