"""The one way to ClickHouse: reads as dictionaries or Arrow, inserts Arrow. The store and a server are the same to it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.httputil import get_pool_manager

from streams.clickhouse.failures import as_ours
from streams.errors import ConfigurationError
from streams.settings import ClickHouseSettings

# Rows are keyed: the server must neither buffer an insert nor judge whether it has seen it. Said in every insert: defaults have moved.
INSERT_SETTINGS = {"async_insert": 0, "deduplicate_insert": "disable"}
INSERT_SETTINGS_BEFORE_26_2 = {"async_insert": 0, "insert_deduplicate": 0}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CONNECTIONS = 16


class ClickHouse:
    """A client for any number of threads: each call is one HTTP request, none holds a session."""

    def __init__(self, client: Client, settings: ClickHouseSettings) -> None:
        self._client, self.settings = client, settings
        self._insert_settings = INSERT_SETTINGS if "deduplicate_insert" in client.server_settings else INSERT_SETTINGS_BEFORE_26_2

    @classmethod
    def connect(cls, settings: ClickHouseSettings) -> Self:
        """Connect. The database need not exist yet.

        Raises:
            Retry: the server does not answer.
            ConfigurationError: the address is none, or access is refused.
        """
        address = _address(settings.url)
        if address is None:
            raise ConfigurationError(
                f"clickhouse.url is no address: {settings.url!r}",
                cause="http://host:8123 or https://host:8443",
                command="plumbline config show",
            )
        with as_ours(settings.url):
            client = clickhouse_connect.get_client(
                host=address.hostname,
                port=address.port or (8443 if address.scheme == "https" else 8123),
                interface=address.scheme,
                username=settings.username,
                password=settings.password.get_secret_value(),
                compress=False if address.hostname in LOOPBACK else "lz4",
                connect_timeout=settings.connect_timeout_s,
                send_receive_timeout=settings.query_timeout_s,
                autogenerate_session_id=False,
                tz_mode="aware",
                pool_mgr=get_pool_manager(maxsize=CONNECTIONS, **_tls(settings)),
            )
        client.database = settings.database
        return cls(client, settings)

    @property
    def version(self) -> str:
        """The server's version."""
        return self._client.server_version or ""

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """All rows, as dictionaries by column; times are aware (UTC)."""
        with as_ours(self.settings.url):
            return list(self._client.query(sql, parameters=bound(parameters)).named_results())

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """All rows as an Arrow table."""
        with as_ours(self.settings.url):
            return self._client.query_arrow(sql, parameters=bound(parameters), use_strings=True)

    def insert(self, table: str, rows: pa.Table) -> None:
        """Insert into the columns of that name. When it returns, the rows are in; after any error, insert them again."""
        if rows.num_rows:
            with as_ours(self.settings.url):
                self._client.insert_arrow(table, rows, database=self.settings.database, settings=self._insert_settings)

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None, *, use_database: bool = True) -> None:
        """Run a statement that answers nothing."""
        settings = self._insert_settings if sql.lstrip().upper().startswith("INSERT") else None
        with as_ours(self.settings.url):
            self._client.command(sql, parameters=bound(parameters), settings=settings, use_database=use_database)

    def close(self) -> None:
        self._client.close()
        self._client.http.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _tls(settings: ClickHouseSettings) -> dict[str, Any]:
    files = {"ca_cert": settings.tls.ca_file, "client_cert": settings.tls.cert_file, "client_cert_key": settings.tls.key_file}
    return {name: str(path) for name, path in files.items() if path}


def bound(parameters: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Values as ClickHouse takes them: times as text with milliseconds, in UTC (the driver would cut them to seconds)."""
    if not parameters:
        return None
    return {name: _time(value) if isinstance(value, datetime) else value for name, value in parameters.items()}


def _time(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _address(url: str) -> SplitResult | None:
    """The address taken apart; None for what is none."""
    try:
        address = urlsplit(url)
        whole = address.scheme in ("http", "https") and address.hostname and address.port != 0
    except ValueError:  # brackets that do not pair, a port that is none
        return None
    return address if whole else None
