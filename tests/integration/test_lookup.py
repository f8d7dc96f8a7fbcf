"""From a raw id to its rows and from a hash to its id, on a real store and a gateway on loopback: with a reason, on record, and without the id."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from landing import Lander, open_run
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient
from typer.testing import CliRunner

from faults.alerts import surge
from streams.cli import app
from streams.privacy import HashKey
from streams.settings import Settings
from streams.web.application import build

pytestmark = pytest.mark.integration
KEY, SECRET, REASON = b"k" * 32, "whsec_" + "A" * 40, "asked for by the customer"
HASH = HashKey(KEY).of_id("org-a", "mia@example.org")


class Gateway(BaseHTTPRequestHandler):
    """Knows one user, by any hash; asks for a signature."""

    def do_POST(self) -> None:
        said = Webhook(SECRET).verify(self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers))
        body = json.dumps({"id": "mia@example.org"} if said["data"]["organization_id"] == "org-a" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", autouse=True)
def rows(store) -> None:
    """Events of org-a, all of one user and one key."""
    open_run(store.client)
    mine = [each._replace(user=HASH, api_key=HASH) for each in surge("org-a")]
    Lander(store.client).land(mine, landed_at=datetime.now(UTC))


@pytest.fixture
def look(store, gateway, monkeypatch):
    """Runs `plumbline lookup …`."""
    clickhouse = {"URL": store.settings.url, "PASSWORD": store.settings.password.get_secret_value(), "DATABASE": store.settings.database}
    environment = {f"CLICKHOUSE__{name}": value for name, value in clickhouse.items()} | {"PRIVACY__KEY": KEY.hex()}
    environment |= {"RESOLVER__URL": gateway, "RESOLVER__SECRETS": json.dumps([SECRET]), "ALERTS__INTERNAL_RECEIVERS": '["127.0.0.1/32"]'}
    for name, value in environment.items():
        monkeypatch.setenv(f"PLUMBLINE_{name}", value)
    return lambda *arguments, **options: CliRunner().invoke(app, ["lookup", *arguments], **options)


def logged(store) -> list[dict]:
    return store.client.rows("SELECT * FROM audit_access_log WHERE action = 'lookup' ORDER BY at, entry_id")


@pytest.mark.parametrize("kind", ["user", "key"])
def test_a_raw_id_leads_to_its_rows_and_only_its_hash_is_on_record(store, look, kind):
    before = len(logged(store))
    found = json.loads(look(kind, "org-a", "-", "--reason", REASON, "--by", "ada", "--json", input="mia@example.org\n").stdout)
    assert (found["hash"], found["events"] > 0, found["tagged_events"] > 0) == (f"{HASH:016x}", True, True)
    (line,) = logged(store)[before:]
    assert (line["reader"], line["reason"], line["detail"]) == ("ada", REASON, f"{kind} {HASH:016x}")
    assert "mia" not in json.dumps(line, default=str)


def test_another_organizations_user_of_that_name_is_somebody_else(look):
    assert json.loads(look("user", "org-b", "mia@example.org", "--reason", REASON, "--json").stdout)["events"] == 0


def test_without_a_reason_nothing_is_looked_at_or_logged(store, look):
    before = logged(store)
    assert "a reason has" in str(look("user", "org-a", "mia@example.org", "--reason", "why not").exception)
    assert logged(store) == before


def test_the_gateway_is_asked_whose_hash_it_is_and_believed_only_if_the_hash_agrees(store, look):
    assert look("resolve", "org-a", f"{HASH:016x}", "--reason", REASON).stdout == "mia@example.org\n"
    assert logged(store)[-1]["detail"] == f"resolve user {HASH:016x}"
    assert "named somebody else" in str(look("resolve", "org-a", "00000000000000ff", "--reason", REASON).exception)
    assert "does not know" in str(look("resolve", "org-b", f"{HASH:016x}", "--reason", REASON).exception)
    assert "is no hash" in str(look("resolve", "org-a", "ff", "--reason", REASON).exception)


def test_an_internal_address_is_not_asked_unless_it_is_admitted(look, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_ALERTS__INTERNAL_RECEIVERS", "[]")
    assert "did not say whose hash" in str(look("resolve", "org-a", f"{HASH:016x}", "--reason", REASON).exception)


def test_on_the_page_an_admin_looks_up_and_an_analyst_does_not(store, tmp_path):
    tokens = {name: {"token": f"{name}-secret-0123456789", "role": name} for name in ("analyst", "admin")}
    page = TestClient(build(Settings(data_dir=tmp_path, clickhouse=store.settings, privacy={"key": KEY.hex()}, web={"tokens": tokens})))
    form = {"action": "find", "kind": "user", "organization": "org-a", "id": "mia@example.org", "reason": REASON}
    before = len(logged(store))
    for name, status in (("analyst", 403), ("admin", 200)):
        bearer = {"Authorization": f"Bearer {name}-secret-0123456789"}
        assert page.get("/lookup", headers=bearer).status_code == status
        answer = page.post("/lookup", data=form, headers=bearer)
        assert (answer.status_code, f"{HASH:016x}" in answer.text) == (status, name == "admin")
    assert [line["reader"] for line in logged(store)[before:]] == ["admin"]
