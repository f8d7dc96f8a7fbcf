"""Who may do what. Senders: a token binds the organization. Readers: a token gives a name and a role; on loopback without any token, everyone is the
operator.
"""

import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from starlette.requests import HTTPConnection

from streams.errors import ConfigurationError
from streams.settings import IntakeSettings, WebSettings
from streams.web.problems import Problem

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "testclient"})
GATEWAY = "*"
COOKIE = "plumbline_session"
SESSION_S = 12 * 3600


class Role(IntEnum):
    """What a reader may do; each role may do all that the one before may."""

    VIEWER = 1  # sees everything that is stored
    ANALYST = 2  # reviews tags, acknowledges and silences alerts
    ADMIN = 3  # sees who saw and did what


class Reader(NamedTuple):
    """A person or machine at the page."""

    name: str
    role: Role


class Sender(NamedTuple):
    """Who sends events: bound to one organization, or (None) trusted to name it in the payload."""

    organization_id: str | None


@dataclass(frozen=True)
class Access:
    """The rules for one process."""

    web: WebSettings
    intake: IntakeSettings

    def check(self) -> None:
        """Refuse to serve other machines without a token.

        Raises:
            ConfigurationError: the address is reachable from elsewhere and nobody needs a token.
        """
        if not self.on_loopback and not self._tokens():
            raise ConfigurationError(
                f"the page would be open to everyone who reaches {self.web.host}",
                cause="web.host is not a loopback address and neither web.token nor web.tokens is set",
                command='export PLUMBLINE_WEB__TOKEN="$(openssl rand -base64 32)"',
            )

    @property
    def on_loopback(self) -> bool:
        return self.web.host in LOOPBACK

    @property
    def open(self) -> bool:
        """Nobody needs a token: only this machine reaches us, and none is set."""
        return self.on_loopback and not self._tokens()

    def sender(self, connection: HTTPConnection) -> Sender:
        """Whose events a request may bring.

        Raises:
            Problem: 401 without a token that we know.
        """
        tokens = {name: secret.get_secret_value() for name, secret in self.intake.tokens.items()}
        if not tokens and self.on_loopback and _is_local(connection):
            return Sender(None)
        given = _bearer(connection)
        if not given:
            raise _unauthorized("no-token", "send the organization's token: Authorization: Bearer …")
        for name, token in tokens.items():
            if _same(given, token):
                return Sender(None if name == GATEWAY else name)
        raise _unauthorized("unknown-token", "no organization has this token (intake.tokens)")

    def reader(self, connection: HTTPConnection) -> Reader | None:
        """Who looks at the page; None when a token is needed and none or a wrong one came."""
        if self.open and _is_local(connection):
            return Reader("local", Role.ADMIN)
        if given := _bearer(connection):
            return self.holder(given)
        return self._of_session(connection.cookies.get(COOKIE, ""))

    def holder(self, given: str) -> Reader | None:
        """Whose token that is."""
        found = None
        for name, (token, role) in self._tokens().items():
            if _same(given, token):
                found = Reader(name, role)
        return found

    def session(self, reader: Reader, now: float | None = None) -> str:
        """A cookie's value for a reader: name and end, signed with the reader's own token, so that it ends when the token is changed."""
        name = base64.urlsafe_b64encode(reader.name.encode()).decode()
        ends = int((now or time.time()) + SESSION_S)
        return f"{name}.{ends}.{_signature(self._tokens()[reader.name][0], name, ends)}"

    def _of_session(self, value: str) -> Reader | None:
        name, _, rest = value.partition(".")
        ends, _, signature = rest.partition(".")
        try:
            plain = base64.urlsafe_b64decode(name).decode()
            token, role = self._tokens()[plain]
            valid = _same(signature, _signature(token, name, int(ends))) and time.time() < int(ends)
        except (binascii.Error, UnicodeDecodeError, ValueError, KeyError):
            return None
        return Reader(plain, role) if valid else None

    def _tokens(self) -> dict[str, tuple[str, Role]]:
        named = {name: (each.token.get_secret_value(), Role[each.role.upper()]) for name, each in self.web.tokens.items()}
        single = self.web.token.get_secret_value()
        return {**({"admin": (single, Role.ADMIN)} if single else {}), **named}


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a request that changes something was made by our own page, or by a program with a bearer token: never by another site's page."""
    if _bearer(connection):
        return True
    if site := connection.headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = connection.headers.get("origin")
    return bool(origin) and _parts(origin).netloc == connection.headers.get("host")


def _is_local(connection: HTTPConnection) -> bool:
    """From this machine, and asked for by a name of this machine: a page elsewhere may have its name resolve to 127.0.0.1."""
    host = _parts("//" + connection.headers.get("host", "")).hostname or ""
    return connection.client is not None and connection.client.host in LOOPBACK and host in {*LOOPBACK, "testserver"}


def _parts(address: str) -> SplitResult:
    """An address taken apart; nothing for what is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _same(given: str, token: str) -> bool:
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _signature(token: str, name: str, ends: int) -> str:
    return hmac.new(token.encode(), f"plumbline session {name} {ends}".encode(), hashlib.sha256).hexdigest()


def _unauthorized(kind: str, detail: str) -> Problem:
    return Problem(401, kind, detail, headers={"WWW-Authenticate": 'Bearer realm="plumbline"'})
