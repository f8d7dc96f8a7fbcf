"""Checks of the routes of alerts: reachable, signed as receivers verify, not switched off. Nothing is sent to any of them."""

import smtplib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from standardwebhooks.webhooks import WebhookVerificationError

from streams.alerts.book import AlertBook, RouteState
from streams.alerts.desk import AlertDesk
from streams.alerts.reaching import reach, verifies
from streams.alerts.sender import address_hash
from streams.clickhouse.client import ClickHouse
from streams.doctor.finding import Finding, fail, ok, warn
from streams.errors import PlumblineError
from streams.settings import Settings
from streams.settings_alerts import AlertRoute
from streams.store.endpoint import clickhouse_settings

TIMEOUT_S = 5
AT_ONCE = 8
PAGERDUTY_KEY = 32  # characters of an integration key
MOST_DEAD = 1_000


def check_alerts(settings: Settings) -> Iterator[Finding]:
    """One line for each route, and what could not be delivered."""
    routes = settings.alerts.routes
    if not routes:
        yield ok("alert routes", "none is set: alerts are raised, and nobody is told")
        return
    states, dead = _recorded(settings)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="routes") as dialling:
        yield from dialling.map(lambda name: _route(name, settings, states), routes)
    for name in sorted(set(dead) & set(routes)):
        count = f"{MOST_DEAD} or more" if dead[name] >= MOST_DEAD else dead[name]
        yield warn(f"alert route {name}", f"{count} deliveries were given up", f"plumbline alerts replay --route {name}")


def _route(name: str, settings: Settings, states: Mapping[tuple[str, str], RouteState]) -> Finding:
    check, route = f"alert route {name}", settings.alerts.routes[name]
    show = "plumbline config show alerts"
    state = states.get((name, address_hash(route)))
    if state and state.disabled:
        return fail(check, f"it is switched off: {state.reason}", f"plumbline alerts enable {name}")
    try:
        reached = reach(route, settings.alerts, TIMEOUT_S)
        signatures = verifies(route) if route.kind == "webhook" else 0
    except PlumblineError as error:
        return fail(check, error.what, error.command or show)
    except WebhookVerificationError as error:
        return fail(check, f"what a secret signs does not verify: {error}", "plumbline alerts secret")
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        return fail(check, f"its receiver cannot be reached: {error}", show)
    return _judged(check, route, reached, signatures) if state is None or not state.failing_from else _failing(check, name, state)


def _judged(check: str, route: AlertRoute, reached: str, signatures: int) -> Finding:
    if route.kind == "pagerduty" and len(route.routing_key.get_secret_value()) != PAGERDUTY_KEY:
        return fail(check, f"an integration key has {PAGERDUTY_KEY} characters; this one has not", "plumbline config show alerts")
    secrets = [secret.get_secret_value() for secret in route.secrets]
    if len(set(secrets)) < len(secrets):
        return warn(check, "the same secret is set twice: no rotation is under way", "plumbline alerts secret")
    rotation = ", a rotation: receivers may verify with either" if signatures > 1 else ""
    signed = f"; signed with {signatures} secret{'s' if signatures > 1 else ''}{rotation}" if signatures else ""
    return ok(check, f"{route.kind} at {reached}{signed}")


def _failing(check: str, name: str, state: RouteState) -> Finding:
    since = f"{state.failing_from:%Y-%m-%d %H:%M} UTC"
    return warn(check, f"reachable, but deliveries fail since {since}", f"plumbline alerts deliveries --route {name}")


def _recorded(settings: Settings) -> tuple[Mapping[tuple[str, str], RouteState], dict[str, int]]:
    """How routes are, and how many dead deliveries they have; nothing while ClickHouse cannot say (its own check tells why)."""
    dead: dict[str, int] = {}
    try:
        quick = clickhouse_settings(settings).model_copy(update={"connect_timeout_s": TIMEOUT_S, "query_timeout_s": TIMEOUT_S})
        with ClickHouse.connect(quick) as client:
            for row in AlertDesk(client).deliveries(state="dead", limit=MOST_DEAD):
                dead[row["route"]] = dead.get(row["route"], 0) + 1
            return AlertBook(client).routes(), dead
    except PlumblineError:
        return {}, dead
