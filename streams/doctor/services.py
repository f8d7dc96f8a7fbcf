"""Checks of what stands beside the pipeline: the page and Grafana. Each request has a time limit."""

import json
from collections.abc import Iterator
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from streams.doctor.finding import Finding, fail, ok, warn
from streams.settings import Settings

TIMEOUT_S = 5
PLUGIN = "grafana-clickhouse-datasource"


class Answer(NamedTuple):
    """Status 0: nobody answered, and `text` says why."""

    status: int
    text: str


def check_web(settings: Settings) -> Iterator[Finding]:
    """The page, if it has a fixed port."""
    web = settings.web
    if not web.port:
        yield ok("web", "its port is chosen at start: see what `plumbline up` printed")
        return
    host = f"[{web.host}]" if ":" in web.host else web.host
    answer = _get(f"http://{host}:{web.port}/livez")
    if answer.status == 200:
        yield ok("web", f"http://{host}:{web.port}")
    elif answer.status:
        yield fail("web", f"another server answers on {host}:{web.port} (status {answer.status})", "export PLUMBLINE_WEB__PORT=0")
    else:
        yield warn("web", f"nothing answers on {host}:{web.port}", "plumbline web")


def check_grafana(settings: Settings) -> Iterator[Finding]:
    """Grafana, if one is named: healthy, with our token admitted and the data source's plugin installed."""
    grafana = settings.grafana
    if not grafana.url:
        yield ok("grafana", "none is configured")
        return
    base, bearer = grafana.url.rstrip("/"), {"Authorization": f"Bearer {grafana.token.get_secret_value()}"}
    health = _get(f"{base}/api/health")
    if health.status != 200:
        yield fail("grafana", f"{base} does not answer: {health.text or f'status {health.status}'}", "plumbline config show grafana")
        return
    yield ok("grafana", f"{base}, version {_field(health.text, 'version')}")
    plugin = _get(f"{base}/api/plugins/{PLUGIN}/settings", bearer)
    if plugin.status == 200:
        yield ok("grafana plugin", f"{PLUGIN} is installed")
    elif plugin.status in (401, 403):
        yield fail("grafana plugin", f"the token is refused (status {plugin.status})", "export PLUMBLINE_GRAFANA__TOKEN=… of a service account")
    else:
        yield fail("grafana plugin", f"{PLUGIN} is not installed (status {plugin.status})", f"grafana cli plugins install {PLUGIN}")


def _get(url: str, headers: dict[str, str] | None = None) -> Answer:
    try:
        with urlopen(Request(url, headers=headers or {}), timeout=TIMEOUT_S) as response:  # noqa: S310  the operator's own address
            return Answer(response.status, response.read(65_536).decode("utf-8", "replace"))
    except HTTPError as error:
        return Answer(error.code, "")
    except (OSError, HTTPException, ValueError) as error:
        return Answer(0, str(getattr(error, "reason", error)))


def _field(text: str, name: str) -> str:
    try:
        return str(json.loads(text).get(name, "unknown"))
    except (ValueError, AttributeError):
        return "unknown"
