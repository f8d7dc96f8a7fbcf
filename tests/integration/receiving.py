"""A receiver of webhooks on loopback: verifies each delivery with the reference library, and remembers what it has taken in."""

import random
import select
import socket
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "A" * 40


class Taken(NamedTuple):
    """A delivery that was taken in. `at`: seconds since 1970 at which the request was read."""

    delivery: str
    alert: str
    organization: str
    occasion: str
    at: float


def verified(body: bytes, headers: Mapping[str, str]) -> dict[str, Any] | None:
    """What a delivery says, or None for one that was not signed with SECRET or says nothing."""
    try:
        said = Webhook(SECRET).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):  # the second for a header that is no list of signatures, and for a body that is no text
        return None
    return said if isinstance(said, dict) else None


class Receiver(ThreadingHTTPServer):
    """Answers 204 after `wait_s`. Half of the deliveries it takes in at once, so that only the answer can be lost; the others it takes in as it
    answers, unless the sender is gone by then, so that the delivery itself is lost."""

    daemon_threads = True

    def __init__(self, *, wait_s: float = 0.0, seed: int = 1) -> None:
        self.taken: list[Taken] = []
        self.bodies: list[dict] = []  # of every request that verified
        self.begun, self.refused = 0, 0
        self.wait_s, self.chance = wait_s, random.Random(seed)
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def route(self, **options: object) -> dict[str, object]:
        """The setting of a route to here."""
        return {"kind": "webhook", "url": self.url, "secrets": [SECRET], "occasions": ["opened"], **options}

    def ids(self) -> dict[str, set[str]]:
        """Alert -> ids under which it came."""
        found: dict[str, set[str]] = {}
        for each in self.taken:
            found.setdefault(each.alert, set()).add(each.delivery)
        return found

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body, at = self.rfile.read(int(self.headers["Content-Length"])), time.time()
        said = verified(body, dict(self.headers))
        if said is None:
            self.server.refused += 1
            return self._answer(401)
        about = said["data"]
        self.server.bodies.append(said)
        taken = Taken(self.headers["webhook-id"], about["alert_id"] or "", about.get("organization_id") or "", said["type"], at)
        self.server.begun += 1
        at_once = not self.server.wait_s or self.server.chance.random() < 0.5
        if at_once:
            self.server.taken.append(taken)
        time.sleep(self.server.wait_s)
        if not at_once and not self._gone():
            self.server.taken.append(taken)
        return self._answer(204)

    def _gone(self) -> bool:
        """Whether the sender has closed the connection."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _answer(self, status: int) -> None:
        try:
            self.send_response(status)
            self.end_headers()
        except OSError:
            pass  # the sender was killed

    def log_message(self, *_: object) -> None:
        pass
