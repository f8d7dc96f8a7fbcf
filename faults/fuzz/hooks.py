"""What meets at a webhook: what the receiver is sent, what it answers, and the addresses that routes name."""

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from pydantic import SecretStr

from faults.fuzz.cases import Case, must
from faults.fuzz.mutation import as_json, damaged_bytes, damaged_text, damaged_tree
from streams.alerts.channels import signed
from streams.alerts.guard import admitted, check_url
from streams.alerts.retries import LONGEST_RETRY_AFTER, Answer, next_delay, retry_after
from streams.errors import ConfigurationError
from streams.settings_alerts import AlertRoute

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "integration"))
from receiving import SECRET, verified

OTHER = "whsec_" + base64.b64encode(b"another key of 24 bytes or more").decode()
DATA = {"alert_id": "a", "organization": "org-é", "count": 7, "list": [1, {"x": None}]}
BODY = {"type": "alert.opened", "timestamp": "2026-01-15T09:30:00Z", "data": DATA}
WAITS = ("120", "Wed, 21 Oct 2026 07:28:00 GMT", "Wednesday, 21-Oct-26 07:28:00 GMT", "0", "1e3", "2026-01-15T09:30:00Z")
ADDRESSES = (
    "https://receiver.example/hooks?x=y", "http://10.0.0.7:8080/", "https://[::1]:443/", "https://user:pass@receiver.example/", "https://h:99999/",
    "https://[::ffff:10.0.0.1%eth0]/", "//receiver.example", "https:receiver",
)  # fmt: skip
HOSTS = (
    "127.0.0.1", "10.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "93.184.216.34", "2606:2800:220:1::1", "0x7f.1",
    "017700000001",
)  # fmt: skip


@contextmanager
def hooks() -> Iterator[Case]:
    """A receiver takes in what was signed for it and nothing else, and never breaks; answers and addresses are read or refused."""
    parts = [each.encode() for each in (",", "²", "v1,", "v1", " ", "whsec_", "=", "-", ".5", "nan", "[", "]", "@", ":", "%", "\u0660")]

    def case(chance: Random) -> str:
        match chance.randrange(3):
            case 0:
                return _received(chance, parts)
            case 1:
                return _answered(chance, parts)
            case _:
                return _addressed(chance, parts)

    yield case


def _received(chance: Random, parts: list[bytes]) -> str:
    body = as_json(chance, damaged_tree(chance, BODY)).decode("utf-8", "replace")
    secrets = [SecretStr(each) for each in chance.choice(((SECRET,), (OTHER, SECRET), (OTHER,)))]
    whole = signed(AlertRoute(kind="webhook", url=SecretStr("https://receiver.example/"), secrets=secrets), "msg_1", body, datetime.now(UTC))
    headers, content = dict(whole), body.encode()
    for name in list(headers):
        if chance.random() < 0.3:
            headers[name] = damaged_text(chance, headers[name], parts)
        if chance.random() < 0.05:
            del headers[name]
    if chance.random() < 0.3:
        content = damaged_bytes(chance, content, parts)
    said = verified(content, headers)
    if said is None:
        must((headers, content) != (whole, body.encode()) or (len(secrets) == 1 and secrets[0].get_secret_value() == OTHER) or _no_object(body),
             "what was signed is refused", (headers, content))  # fmt: skip
        return "refused"
    must(content == body.encode() and _same_signature(headers, whole), "what was not signed is taken in", (headers, content, whole))
    return "taken"


def _no_object(body: str) -> bool:
    try:
        return not isinstance(json.loads(body), dict)
    except ValueError:
        return True


def _same_signature(headers: Mapping[str, str], whole: Mapping[str, str]) -> bool:
    """Whether the id and the second are those that were signed; a signature may stand beside others, or be spelled otherwise in base64."""
    return headers["webhook-id"] == whole["webhook-id"] and int(float(headers["webhook-timestamp"])) == int(whole["webhook-timestamp"])


def _answered(chance: Random, parts: list[bytes]) -> str:
    """A receiver's `Retry-After`."""
    value = damaged_text(chance, chance.choice(WAITS), parts)
    wait = retry_after(value, datetime(2026, 1, 15, tzinfo=UTC))
    must(isinstance(wait, float) and wait >= 0, f"waits {wait}", value)
    delay = next_delay(1, Answer(503, "", wait), chance.random)
    must(0 < delay <= LONGEST_RETRY_AFTER, f"tries again after {delay}", value)
    return "read" if wait else "refused"


def _addressed(chance: Random, parts: list[bytes]) -> str:
    """An address that the settings name, and one that its name leads to."""
    host = damaged_text(chance, chance.choice(HOSTS), parts)
    must(not (admitted(host) and host.startswith(("127.", "10.", "::1"))), "an internal address is admitted", host)
    url = damaged_text(chance, chance.choice(ADDRESSES), parts)
    try:
        check_url(url, chance.choice(([], ["10.0.0.0/8"])))
    except ConfigurationError:
        return "refused"
    return "read"
