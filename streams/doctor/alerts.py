"""Checks of the routes of alerts: reachable, signed as receivers verify, not switched off. Nothing is sent to any of them."""

import smtplib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from standardwebhooks.webhooks import WebhookVerificationError

from streams.alerts.desk import AlertDesk
from streams.alerts.reaching import reach, verifies
from streams.clickhouse.client import ClickHouse
from streams.doctor.finding import Finding, fail, ok, warn
from streams.errors import PlumblineError
from streams.settings import Settings
from streams.settings_alerts import AlertRoute
from streams.store.endpoint import clickhouse_settings

TIMEOUT_S = 5
AT_ONCE = 8
PAGERDUTY_KEY = 32  # characters of an integration key


def check_alerts(settings: Settings) -> Iterator[Finding]:
    """One line for each route, and what could not be delivered."""
    routes = settings.alerts.routes
    if not routes:
        yield ok("alert routes", "none is set: alerts are raised, and nobody is told")
        return
    known = _recorded(settings)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="routes") as dialling:
        yield from dialling.map(lambda name: _route(name, settings, known.get(name, {})), routes)
    for name, row in known.items():
        if row["dead"]:
            yield warn(f"alert route {name}", f"{row['dead']} deliveries were given up", f"plumbline alerts replay --route {name}")


def _route(name: str, settings: Settings, known: Mapping[str, Any]) -> Finding:
    check, route, show = f"alert route {name}", settings.alerts.routes[name], "plumbline config show alerts"
    if known.get("state") == "off":
        return fail(check, f"it is switched off: {known['reason']}", f"plumbline alerts enable {name}")
    try:
        reached = reach(route, settings.alerts, TIMEOUT_S)
        signatures = verifies(route) if route.kind == "webhook" else 0
    except PlumblineError as error:
        return fail(check, error.what, error.command or show)
    except WebhookVerificationError as error:
        return fail(check, f"what a secret signs does not verify: {error}", "plumbline alerts secret")
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        return fail(check, f"its receiver cannot be reached: {error}", show)
    if known.get("state") == "failing":
        since = f"{known['failing_from']:%Y-%m-%d %H:%M} UTC"
        return warn(check, f"reachable, but deliveries fail since {since}", f"plumbline alerts deliveries --route {name}")
    return _judged(check, route, reached, signatures)


def _judged(check: str, route: AlertRoute, reached: str, signatures: int) -> Finding:
    if route.kind == "pagerduty" and len(route.routing_key.get_secret_value()) != PAGERDUTY_KEY:
        return fail(check, f"an integration key has {PAGERDUTY_KEY} characters; this one has not", "plumbline config show alerts")
    secrets = [secret.get_secret_value() for secret in route.secrets]
    if len(set(secrets)) < len(secrets):
        return warn(check, "the same secret is set twice: no rotation is under way", "plumbline alerts secret")
    rotation = ", a rotation: receivers may verify with either" if signatures > 1 else ""
    signed = f"; signed with {signatures} secret{'s' if signatures > 1 else ''}{rotation}" if signatures else ""
    return ok(check, f"{route.kind} at {reached}{signed}")


def _recorded(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """How routes are, by name; nothing while ClickHouse cannot say (its own check tells why)."""
    try:
        quick = clickhouse_settings(settings).model_copy(update={"connect_timeout_s": TIMEOUT_S, "query_timeout_s": TIMEOUT_S})
        with ClickHouse.connect(quick) as client:
            return {row["route"]: row for row in AlertDesk(client).routes(settings.alerts.routes)}
    except PlumblineError:
        return {}
