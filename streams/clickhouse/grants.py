"""Roles, limits and quotas for readers of a ClickHouse server, as statements. The store needs none: it knows its readers by their tokens."""

import re
from collections.abc import Iterator
from hashlib import sha256

from streams.clickhouse.migrations import placeholders
from streams.clickhouse.sources import sql_text, statements
from streams.errors import ConfigurationError
from streams.settings import Settings
from streams.store.roles import ROLES

USER_NAME = re.compile(r"[A-Za-z_]\w{0,63}")


def grants(settings: Settings) -> Iterator[str]:
    """The statements in their order. Each may run again; a user is made if the settings name one for Grafana."""
    filled = {**placeholders(settings), **_limits(settings)}
    yield from statements(sql_text("grants/roles"), filled)
    for role, views in ROLES.items():
        for view in sorted(views):
            yield from statements(sql_text("grants/view"), {**filled, "view": view, "role": role})
    if settings.grafana.clickhouse_username:
        yield from statements(sql_text("grants/user"), {**filled, **_user(settings), "role": "dashboards"})


def _limits(settings: Settings) -> dict[str, str]:
    limits = settings.store.reader_limits
    numbers = {
        "seconds": limits.seconds, "memory_bytes": limits.memory_mb << 20, "rows_read": limits.rows_read, "result_rows": limits.result_rows,
        "result_bytes": limits.result_mb << 20, "statements_per_hour": limits.statements_per_hour, "rows_per_hour": limits.rows_per_hour,
        "seconds_per_hour": limits.seconds_per_hour,
    }  # fmt: skip
    return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in numbers.items()}


def _user(settings: Settings) -> dict[str, str]:
    name, password = settings.grafana.clickhouse_username, settings.grafana.clickhouse_password.get_secret_value()
    if not USER_NAME.fullmatch(name):
        raise ConfigurationError(
            f"grafana.clickhouse_username is no plain name: {name!r}", cause="letters, digits and _ only", command="plumbline config show grafana"
        )
    if not password:
        raise ConfigurationError(
            "grafana.clickhouse_password is not set", cause="the user would have none", command="export PLUMBLINE_GRAFANA__CLICKHOUSE_PASSWORD=…"
        )
    return {"user": name, "password_hash": sha256(password.encode()).hexdigest()}
