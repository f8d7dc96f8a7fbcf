"""Settings, logs and a connected client: how every command on ClickHouse begins."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.clickhouse.client import ClickHouse
    from streams.settings import Settings


def connected(part: str) -> "tuple[Settings, ClickHouse]":
    """Read the settings, send logs to standard error as `part`, and connect to the ClickHouse that is in use.

    Raises:
        MissingPart: no ClickHouse is named and no store runs.
        Retry: it does not answer.
    """
    from streams import logs
    from streams.clickhouse.client import ClickHouse
    from streams.settings import load_settings
    from streams.store.endpoint import clickhouse_settings

    settings = load_settings()
    logs.configure(settings.log, part=part)
    return settings, ClickHouse.connect(clickhouse_settings(settings))
