"""The doctor on routes of alerts: whether their receivers are there and would believe us, found out without sending them anything."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from streams.doctor import State, alerts
from streams.doctor.alerts import check_alerts
from streams.settings import Settings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, NEW = (f"whsec_{letter * 40}" for letter in "AB")


class Silent:
    """Takes connections, says `greeting`, and remembers every byte that it is sent."""

    def __init__(self, greeting: bytes = b"") -> None:
        self.heard = b""
        self._listener, self._greeting = socket.create_server(("127.0.0.1", 0)), greeting
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            with connection, suppress(ConnectionResetError):
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.sendall(self._greeting)
        while heard := connection.recv(1_024):
            self.heard += heard
            if self._greeting:
                connection.sendall(b"221 bye\r\n" if heard.upper().startswith(b"QUIT") else b"250 ok\r\n")

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def receiver() -> Iterator[Silent]:
    running = Silent()
    yield running
    with suppress(OSError):  # closed by the test
        running.close()


def webhook(port: int, *secrets: str, **more: object) -> dict:
    return {"kind": "webhook", "url": f"http://127.0.0.1:{port}/hook", "secrets": [*secrets] or [OLD], **more}


def found(tmp_path, route: dict, **changes: object) -> list:
    sections = {"routes": {"desk": route}, "internal_receivers": ["127.0.0.1/32"], **changes}
    return list(check_alerts(Settings(data_dir=tmp_path, alerts=sections)))


def only(findings: list):
    (finding,) = findings
    return finding


def test_without_routes_all_is_well_and_it_is_said_that_nobody_is_told(tmp_path):
    finding = only(list(check_alerts(Settings(data_dir=tmp_path))))
    assert (finding.state, "nobody is told" in finding.message) == (State.OK, True)


def test_a_webhook_that_can_be_reached_is_well_and_has_been_sent_nothing(tmp_path, receiver):
    finding = only(found(tmp_path, webhook(receiver.port)))
    assert finding.state is State.OK, finding
    assert "signed with 1 secret" in finding.message
    assert receiver.heard == b""


def test_two_secrets_are_a_rotation_and_twice_the_same_is_none(tmp_path, receiver):
    assert "a rotation" in only(found(tmp_path, webhook(receiver.port, OLD, NEW))).message
    assert only(found(tmp_path, webhook(receiver.port, OLD, OLD))).state is State.WARN


def test_a_receiver_that_is_away_fails_and_says_what_to_look_at(tmp_path, receiver):
    receiver.close()
    finding = only(found(tmp_path, webhook(receiver.port)))
    assert (finding.state, finding.command) == (State.FAIL, "plumbline config show alerts")
    assert "cannot be reached" in finding.message


def test_a_receiver_inside_that_the_settings_do_not_name_fails_as_its_deliveries_would(tmp_path, receiver):
    away = {"url": "https://127.0.0.1:8443/", "kind": "webhook", "secrets": [OLD]}
    assert "no public address" in only(found(tmp_path, away, internal_receivers=[])).message
    assert "not https" in only(found(tmp_path, webhook(receiver.port), internal_receivers=[])).message


def test_a_receiver_without_tls_behind_an_https_address_fails_in_time(tmp_path):
    plain = Silent(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    finding = only(found(tmp_path, webhook(plain.port) | {"url": f"https://127.0.0.1:{plain.port}/"}))
    plain.close()
    assert finding.state is State.FAIL


def test_an_integration_key_of_another_length_fails(tmp_path, receiver):
    pager = {"kind": "pagerduty", "url": f"http://127.0.0.1:{receiver.port}/", "routing_key": "short"}
    assert only(found(tmp_path, pager)).state is State.FAIL
    assert only(found(tmp_path, pager | {"routing_key": "r" * 32})).state is State.OK


def test_a_mail_server_is_greeted_and_given_no_mail(tmp_path):
    server = Silent(b"220 mail.example.org\r\n")
    smtp = {"host": "127.0.0.1", "port": server.port, "starttls": False}
    finding = only(found(tmp_path, {"kind": "email", "to": ["desk@example.org"]}, smtp=smtp))
    server.close()
    assert finding.state is State.OK, finding
    assert server.heard.upper() == b"NOOP\r\nQUIT\r\n"


def test_a_mail_route_without_a_mail_server_fails(tmp_path):
    finding = only(found(tmp_path, {"kind": "email", "to": ["desk@example.org"]}))
    assert (finding.state, finding.message) == (State.FAIL, "alerts.smtp.host is not set")


def test_a_route_that_is_switched_off_fails_and_one_that_has_been_failing_is_pointed_out(tmp_path, receiver, monkeypatch):
    row = {"route": "desk", "state": "off", "reason": "the receiver says that it is gone (410)", "failing_from": NOW, "dead": 3}
    monkeypatch.setattr(alerts, "_recorded", lambda _settings: {"desk": row})
    off, dead = found(tmp_path, webhook(receiver.port))
    assert (off.state, off.command) == (State.FAIL, "plumbline alerts enable desk")
    assert (dead.state, dead.command) == (State.WARN, "plumbline alerts replay --route desk")
    row |= {"state": "failing", "dead": 0}
    failing = only(found(tmp_path, webhook(receiver.port)))
    assert (failing.state, "since 2026-03-02 12:00 UTC" in failing.message) == (State.WARN, True)


def test_secrets_and_addresses_are_in_no_finding(tmp_path, receiver):
    text = repr(found(tmp_path, webhook(receiver.port, url=f"http://127.0.0.1:{receiver.port}/hook?token=hidden")))
    assert OLD not in text and "hidden" not in text
    assert SecretStr(OLD).get_secret_value()[6:] not in text
