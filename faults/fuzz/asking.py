"""What comes over HTTP: events at the intake, in process and without a socket."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from faults.fuzz.cases import Case, must
from faults.fuzz.mutation import damaged_bytes, damaged_text
from faults.fuzz.reading import record
from streams.decode import Decoder, Record
from streams.kafka.async_producer import Outgoing
from streams.settings import Settings
from streams.web.application import build

DOCUMENTED = {202: "landed", 400: "refused", 401: "refused", 403: "refused", 413: "refused", 415: "refused", 422: "refused"}
KINDS = ("application/json", "application/json", "application/x-ndjson", "application/jsonl; charset=utf-8", "application/cloudevents+json")
OTHER_KINDS = ("application/cloudevents-batch+json", "text/plain", "application/json;;;", "", "é", "multipart/form-data; boundary=x")
CE = {"ce-specversion": "1.0", "ce-id": "i", "ce-source": "s", "ce-type": "t", "ce-time": "2026-01-15T09:30:00Z", "ce-subject": "%C3%A9%FF%"}
TOKENS, OTHER_TOKENS = ("gateway-secret", "gateway-secret", "acme-secret"), ("wrong", "", "é")
HOSTS, OTHER_HOSTS = ("127.0.0.1",), ("[", "[::1", "evil.example", "", "\u00b2", "localhost:99999", "[::1]:x")
ODD_SHARE = 0.08  # of each part of a request
MOST_BYTES = 200_000


class Remembering:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def deliver(self, topic: str, records: Sequence[Outgoing]) -> None:  # noqa: ARG002
        self.records += records


@contextmanager
def intake() -> Iterator[Case]:
    """A documented status with a document; and what is accepted is what the worker will read of it."""
    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        producer = Remembering()
        tokens = {"acme": "acme-secret", "*": "gateway-secret"}
        settings = Settings(data_dir=Path(folder), intake={"tokens": tokens}, web={"max_body_bytes": MOST_BYTES})
        without = Settings(data_dir=Path(folder), web={"max_body_bytes": MOST_BYTES})
        apps = [build(each, producer=producer) for each in (settings, settings, without)]  # the last: no tokens, this machine is trusted
        decoder = Decoder(settings.intake, settings.retention)

        def case(chance: Random) -> str:
            scope, parts = _request(chance)
            producer.records.clear()
            status, body = runner.run(_asked(chance.choice(apps), scope, parts))
            given = (scope["headers"], scope["query_string"], parts)
            must(status in DOCUMENTED, f"status {status}", given)
            document = json.loads(body)
            if status != 202:
                must(document["status"] == status and document["detail"] and document["type"], "no problem document", given)
                must(not producer.records, "refused and delivered", given)
                return "refused"
            now = datetime.now(UTC)
            stamp = int(now.timestamp() * 1_000)
            records = [Record("usage.events", 0, at, stamp, None, one.value, one.headers) for at, one in enumerate(producer.records)]
            read = decoder.decode(records, now)
            must(len(read.events) == document["accepted"], f"{document['accepted']} accepted, the worker reads {len(read.events)}", given)
            return "landed" if document["accepted"] else "dead_lettered" if document["rejected"] else "filtered"

        yield case


def _request(chance: Random) -> tuple[dict[str, Any], list[bytes]]:
    """The scope of a request, and its body in parts."""
    body = record(chance).value or b""
    kind, token = _mostly(chance, KINDS, OTHER_KINDS), _mostly(chance, TOKENS, OTHER_TOKENS)
    headers = {"host": _mostly(chance, HOSTS, OTHER_HOSTS), "content-type": kind, "authorization": f"Bearer {token}"}
    encoding = _mostly(chance, ("identity", "identity", "identity", "gzip", "deflate"), ("br", "gzip, gzip"))
    if encoding != "identity" or chance.random() < 0.1:
        headers["content-encoding"] = encoding
    packed = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, bytes)
    if chance.random() < 0.003:
        body = b" " * (2 * MOST_BYTES)
    body = packed(body)
    if encoding != "identity" and chance.random() < 0.3:
        body = damaged_bytes(chance, body)
    if chance.random() < 0.2:
        headers |= {name: damaged_text(chance, value) for name, value in CE.items() if chance.random() < 0.8}
    if chance.random() < 0.2:
        headers["plumbline-source"] = damaged_text(chance, chance.choice(("openai.chat", "otel.log", "litellm", "x")))
    if chance.random() < ODD_SHARE:
        headers["content-length"] = chance.choice((damaged_text(chance, str(len(body))), "9" * 4_500))
    sent = [(name.encode(), _as_header(value)) for name, value in headers.items()]
    query = chance.choice((b"", b"", b"partial=true", b"partial=%ff", damaged_bytes(chance, b"partial=true&x=y")))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/v1/events",
        "raw_path": b"/v1/events", "query_string": query.replace(b"\n", b""), "root_path": "", "headers": sent, "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }  # fmt: skip
    cut = chance.randrange(len(body) + 1)
    return scope, [body] if chance.random() < 0.7 else [body[:cut], b"", body[cut:]]


def _mostly(chance: Random, usual: Sequence[str], others: Sequence[str]) -> str:
    return chance.choice(others if chance.random() < ODD_SHARE else usual)


def _as_header(value: str) -> bytes:
    """As a server admits it: no control characters, at most some kilobytes; Latin 1 where that does."""
    try:
        encoded = value.encode("latin-1")
    except UnicodeEncodeError:
        encoded = value.encode("utf-8", "surrogatepass")
    return bytes(each for each in encoded if each >= 32 and each != 127)[:5_000].strip()


async def _asked(app: Any, scope: dict[str, Any], parts: Sequence[bytes]) -> tuple[int, bytes]:
    waiting = [{"type": "http.request", "body": part, "more_body": at < len(parts) - 1} for at, part in enumerate(parts)]
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    await app(scope, receive, send)
    return answered[0]["status"], b"".join(message.get("body", b"") for message in answered[1:])
