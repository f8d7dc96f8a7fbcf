"""From an id to its rows, and from a hash to its id: for administrators, with a reason, and on record before anything is looked at."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from streams.access_log import record
from streams.alerts.channels import Channels
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import ConfigurationError, Retry, UsageError
from streams.privacy import HashKey
from streams.settings import KafkaSettings, Settings
from streams.settings_alerts import AlertRoute

KINDS = ("user", "key")
LEAST_REASON, MOST_REASON = 10, 1_000
MOST_TAGS = 100


@dataclass(frozen=True)
class Found:
    """What is there of a pseudonym. `summary`: events, tagged events, first and last. `tags`: the newest."""

    kind: str
    organization_id: str
    hash: int
    summary: dict[str, Any]
    tags: list[dict[str, Any]]

    @property
    def hex(self) -> str:
        return f"{self.hash:016x}"


@dataclass(frozen=True)
class Seeker:
    """Who looks, and why."""

    name: str
    role: str
    reason: str

    def check(self) -> None:
        """
        Raises:
            UsageError: the reason is none to speak of.
        """
        if not LEAST_REASON <= len(self.reason.strip()) <= MOST_REASON:
            raise UsageError(f"a reason has {LEAST_REASON} to {MOST_REASON} characters", cause="whoever reads the log later should understand it")


class Lookup:
    """Looks people up. The raw id is hashed here and goes nowhere: not into the log, not into a statement."""

    def __init__(self, client: ClickHouse, key: HashKey) -> None:
        self._client, self._key = client, key

    def find(self, kind: str, organization: str, raw: str, seeker: Seeker) -> Found:
        """The rows of a user or API key of an organization.

        Raises:
            UsageError: the kind is unknown, nobody is named, or there is no reason.
        """
        if kind not in KINDS:
            raise UsageError(f"{kind!r} is no kind of id", cause=f"one of {', '.join(KINDS)}", command="plumbline lookup --help")
        if not organization or not raw:
            raise UsageError(
                "nobody is named", cause="an id means something within an organization only", command="plumbline lookup user ORG ID --reason …"
            )
        return self.rows_of(kind, organization, self._key.of_id(organization, raw), seeker)

    def rows_of(self, kind: str, organization: str, pseudonym: int, seeker: Seeker) -> Found:
        """The rows of a pseudonym."""
        self._record(f"{kind} {pseudonym:016x}", organization, seeker)
        asked = {"organization": organization, "user": pseudonym if kind == "user" else 0, "key": pseudonym if kind == "key" else 0}
        (summary,) = self._client.rows(sql_text("lookup/found"), asked)
        return Found(kind, organization, pseudonym, summary, self._client.rows(sql_text("lookup/tagged"), {**asked, "limit": MOST_TAGS}))

    async def resolve(
        self, kind: str, organization: str, pseudonym: int, seeker: Seeker, settings: Settings, kafka: Callable[[], KafkaSettings]
    ) -> str:
        """Ask the gateway whose hash that is. Its answer is believed only if it hashes to the same.

        Raises:
            ConfigurationError: nobody is named who could be asked.
            Retry: no answer, or another than 200 to 299.
            UsageError: the gateway does not know, or names somebody else.
        """
        resolver = settings.resolver
        if not resolver.url.get_secret_value():
            raise ConfigurationError(
                "there is nobody to ask for the id behind a hash", cause="resolver.url is not set", command="plumbline config show resolver"
            )
        await asyncio.to_thread(self._record, f"resolve {kind} {pseudonym:016x}", organization, seeker)
        route = AlertRoute(kind="webhook", url=resolver.url, secrets=resolver.secrets)
        data = {"organization_id": organization, "kind": kind, "hash": f"{pseudonym:016x}", "key_version": self._key.version, "asked_by": seeker.name}
        body = json.dumps({"type": "pseudonym.resolve", "data": {**data, "reason": seeker.reason}}, ensure_ascii=False)
        channels = Channels(settings.alerts, kafka)
        try:
            answer = await channels.send("resolver", route, f"msg_{uuid4().hex}", body)
        finally:
            await channels.close()
        if not answer.delivered:
            raise Retry("the gateway did not say whose hash that is", cause=answer.error, command="plumbline config show resolver")
        return self._believed(answer.text, organization, pseudonym)

    def _believed(self, text: str, organization: str, pseudonym: int) -> str:
        try:
            found = json.loads(text).get("id")
        except (ValueError, AttributeError):
            found = None
        if not isinstance(found, str) or not found:
            raise UsageError("the gateway does not know whose hash that is", cause='it answers {"id": "…"} where it does')
        if self._key.of_id(organization, found) != pseudonym:
            raise UsageError("the gateway named somebody else: that id has another hash", cause="another key, organization or kind of id")
        return found

    def _record(self, detail: str, organization: str, seeker: Seeker) -> None:
        """On record first: what cannot be recorded is not looked at."""
        seeker.check()
        texts = {"page": "/lookup", "organization_id": organization, "detail": detail, "reason": seeker.reason.strip()}
        record(self._client, seeker.name, seeker.role, "lookup", **texts)


def pseudonym_of(text: str) -> int:
    """A hash as the pages show it: 16 hex digits.

    Raises:
        UsageError: it is none.
    """
    try:
        if len(text) == 16:
            return int(text, 16)
    except ValueError:
        pass
    raise UsageError(f"{text[:40]!r} is no hash", cause="a hash has 16 hexadecimal digits, as the page of an event shows it")
