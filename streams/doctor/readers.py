"""Check of those who may only read: they can, and they can neither change anything nor see people. Proven by asking, not by reading grants."""

from collections.abc import Iterator

from pydantic import SecretStr

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.failures import NoSchema
from streams.doctor.finding import Finding, fail, ok, warn
from streams.errors import PlumblineError, Retry
from streams.settings import ClickHouseSettings, Settings
from streams.store.endpoint import clickhouse_settings, reader_token

READONLY = "(code 164)"  # passes where a server is read-only for a while; here it is the answer that is wanted
WAIT_S = 5
# What a reader must be refused. The table is none that there is, so that nothing happens where it is not.
FORBIDDEN = {
    "drop tables": "DROP TABLE IF EXISTS plumbline_doctor_probe",
    "see single events": "SELECT event_id FROM events LIMIT 1",
    "read the server's files": "SELECT file('/etc/hostname')",
}


def check_readers(settings: Settings) -> Iterator[Finding]:
    """As an analyst of the store, or as the user of a server that Grafana reads as."""
    in_use = clickhouse_settings(settings)
    in_use = in_use.model_copy(update={"query_timeout_s": min(WAIT_S, in_use.query_timeout_s)})
    reader = _reader(settings, in_use)
    if reader is None:
        message = f"nobody is named who may only read: Grafana would read as {in_use.username}, who may write"
        yield warn("readers", message, "set grafana.clickhouse_username and grafana.clickhouse_password, then: plumbline db grants --apply")
        return
    try:
        with ClickHouse.connect(reader) as client:
            client.rows("SELECT 1 AS there")
            allowed = [what for what, statement in FORBIDDEN.items() if not _is_refused(client, statement)]
    except (NoSchema, Retry):
        return  # nothing to read yet, or nobody who answers: the checks of ClickHouse tell it
    if allowed:
        yield fail("readers", f"{reader.username} may only read, but can {' and '.join(allowed)}", "plumbline db grants --apply")
    else:
        yield ok("readers", f"{reader.username} may read aggregates, and can neither {', '.join(FORBIDDEN)}")


def _reader(settings: Settings, in_use: ClickHouseSettings) -> ClickHouseSettings | None:
    if not settings.clickhouse.url:
        return in_use.model_copy(update={"username": "analyst", "password": SecretStr(reader_token(settings, "analyst"))})
    if settings.grafana.clickhouse_username:
        return in_use.model_copy(update={"username": settings.grafana.clickhouse_username, "password": settings.grafana.clickhouse_password})
    return None


def _is_refused(client: ClickHouse, statement: str) -> bool:
    try:
        client.command(statement)
    except Retry as error:
        if READONLY not in error.what:
            raise
        return True
    except PlumblineError:
        return True
    return False
