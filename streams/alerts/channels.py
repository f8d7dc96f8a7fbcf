"""How a body reaches a receiver. Each attempt gives an answer; whatever goes wrong is one, too."""

import asyncio
import json
import smtplib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import aiohttp
from standardwebhooks.webhooks import Webhook

from streams import __version__
from streams.alerts.guard import Refused, check_url, guarded_sockets
from streams.alerts.mail import send_mail
from streams.alerts.retries import Answer, retry_after
from streams.errors import PlumblineError
from streams.kafka.producer import EventProducer
from streams.settings import KafkaSettings
from streams.settings_alerts import AlertRoute, AlertsSettings

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
LONGEST_ANSWER = 16_384
CONNECTIONS_PER_ROUTE = 4


class Channels:
    """The ways out. Each web route has connections of its own, mail and topic have threads of theirs: a receiver that hangs holds nobody else up."""

    def __init__(self, settings: AlertsSettings, kafka: Callable[[], KafkaSettings]) -> None:
        self._settings, self._kafka = settings, kafka
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._threads = {"email": ThreadPoolExecutor(CONNECTIONS_PER_ROUTE, "mail"), "kafka": ThreadPoolExecutor(1, "topic")}
        self._producer: EventProducer | None = None

    async def send(self, name: str, route: AlertRoute, delivery_id: str, body: str) -> Answer:
        """One attempt."""
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                if route.kind == "email":
                    smtp, mail = self._settings.smtp, json.loads(body)
                    return await self._blocking("email", send_mail, smtp, route.to, delivery_id, mail, self._settings.timeout_s)
                if route.kind == "kafka":
                    return await self._blocking("kafka", self._to_topic, delivery_id, body)
                return await self._post(name, route, delivery_id, body)
        except TimeoutError:
            return Answer(0, f"no answer within {self._settings.timeout_s:g} s")
        except aiohttp.ClientConnectorError as error:
            return Answer(0, str(error.os_error) if isinstance(error.os_error, Refused) else f"no connection: {error.os_error or error}"[:400])
        except PlumblineError as error:
            return Answer(0, f"{error.what}{f': {error.cause}' if error.cause else ''}"[:400])
        except (aiohttp.ClientError, OSError, smtplib.SMTPException, UnicodeError, ValueError) as error:
            return Answer(0, f"{type(error).__name__}: {error}"[:400])

    async def _post(self, name: str, route: AlertRoute, delivery_id: str, body: str) -> Answer:
        url = address_of(route)
        check_url(url, self._settings.internal_receivers)
        if route.kind == "pagerduty":
            body = json.dumps({"routing_key": route.routing_key.get_secret_value(), **json.loads(body)}, ensure_ascii=False)
        headers = {"Content-Type": "application/json", "User-Agent": f"Plumbline/{__version__}"}
        if route.kind == "webhook":
            headers |= signed(route, delivery_id, body, datetime.now(UTC))
        async with self._session(name).post(url, data=body.encode(), headers=headers, allow_redirects=False) as response:
            text = await _beginning(response)
            wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            return Answer(response.status, "" if 200 <= response.status < 300 else f"status {response.status}", wait, text)

    async def _blocking(self, kind: str, call: Callable[..., Answer], *arguments: object) -> Answer:
        """In threads of that kind alone: a server that hangs holds them, and nobody else waits for one."""
        return await asyncio.get_running_loop().run_in_executor(self._threads[kind], call, *arguments)

    def _session(self, name: str) -> aiohttp.ClientSession:
        if name not in self._sessions:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS_PER_ROUTE,
                socket_factory=guarded_sockets(self._settings.internal_receivers),
                use_dns_cache=False,
                happy_eyeballs_delay=None,
            )
            self._sessions[name] = aiohttp.ClientSession(connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._sessions[name]

    def _to_topic(self, delivery_id: str, body: str) -> Answer:
        kafka = self._kafka()
        if self._producer is None:
            self._producer = EventProducer(kafka, linger_ms=0)
        value = json.loads(body)
        if "decision_id" in value:
            topic, key = kafka.decisions_topic, value["case_id"]
        else:
            topic, key = kafka.alerts_topic, value.get("alert_id") or value["finding_info"]["uid"]
        self._producer.send(topic, key=key.encode(), value=body.encode(), headers=[("webhook-id", delivery_id.encode())])
        self._producer.flush(self._settings.timeout_s)
        return Answer(200)

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        if self._producer is not None:
            await asyncio.to_thread(self._producer.close)


def address_of(route: AlertRoute) -> str:
    """Where a web route's receiver is."""
    return route.url.get_secret_value() or PAGERDUTY


def signed(route: AlertRoute, delivery_id: str, body: str, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks: one signature for each secret, so that a rotation loses nothing."""
    signatures = [Webhook(secret.get_secret_value()).sign(delivery_id, now, body) for secret in route.secrets]
    return {"webhook-id": delivery_id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": " ".join(signatures)}


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """The first bytes of an answer; the rest is not read, however much there is."""
    content = b""
    while len(content) < LONGEST_ANSWER and (block := await response.content.read(LONGEST_ANSWER - len(content))):
        content += block
    if not response.content.at_eof():
        response.close()  # or the connection would be drained for the next request
    return content.decode("utf-8", "replace")
