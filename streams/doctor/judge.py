"""Checks the judge of the second opinion: whether its address answers, and what is left of the day's budget. Nothing is sent to it."""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from streams.doctor.finding import Finding, fail, ok, warn
from streams.judge.budget import budget_of
from streams.judge.question import policies_of
from streams.policy.pack import Pack
from streams.settings import Settings

TIMEOUT_S = 5


def check_judge(settings: Settings) -> Iterator[Finding]:
    """One line."""
    judge = settings.judge
    if not judge.url:
        yield ok("judge", "none is named: nobody is asked for a second opinion")
        return
    policies_of(Pack.load(settings.policy.pack), judge.policies)
    try:
        reached = _reached(judge.url)
    except OSError as error:
        yield fail("judge", f"{judge.url} cannot be reached: {error}", "plumbline config show judge")
        return
    left = budget_of(settings).left
    if not left:
        yield warn("judge", f"{reached}; today's {judge.requests_per_day} requests are spent", "plumbline config show judge")
        return
    yield ok("judge", f"{reached}; {left} of {judge.requests_per_day} requests are left today")


def _reached(url: str) -> str:
    """How it was reached.

    Raises:
        OSError: it was not, or its certificate is not trusted.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    with socket.create_connection((host, port), TIMEOUT_S) as connection:
        if secure:
            with ssl.create_default_context().wrap_socket(connection, server_hostname=host) as encrypted:
                return f"{host}:{port}, {encrypted.version()}"
    return f"{host}:{port}"
