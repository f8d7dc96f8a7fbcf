"""The border: what the driver and the server raise becomes Retry or Stop here, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from urllib3.exceptions import HTTPError

from streams.errors import ConfigurationError, PlumblineError, Retry, Stop

# ClickHouse's codes for what passes: too busy, too many parts, out of memory, disk or Keeper away, read-only, cancelled.
PASSING = frozenset(
    (
        74,
        75,
        159,
        160,
        164,
        202,
        203,
        209,
        210,
        225,
        236,
        241,
        242,
        243,
        252,
        279,
        285,
        286,
        290,
        319,
        394,
        425,
        439,
        499,
        517,
        571,
        745,
        999,
    )
)
TOO_MANY_PARTITIONS = "Too many partitions"  # also code 252, but the same rows will never fit one insert
NO_SCHEMA = frozenset((60, 81))
NO_ACCESS = frozenset((192, 193, 194, 497, 516))
NOT_TRUSTED = "CERTIFICATE_VERIFY_FAILED"
PASSING_STATUSES = ("status 429", "status 502", "status 503", "status 504")


class NoSchema(ConfigurationError):
    """A table or the database is not there."""


@contextmanager
def as_ours(url: str) -> Iterator[None]:
    """Raise our errors for the driver's.

    Raises:
        Retry: the same call may succeed later.
        ConfigurationError: no access, or (NoSchema) no such table or database.
        Stop: the statement can never succeed.
    """
    try:
        yield
    except (ClickHouseError, HTTPError, OSError) as error:
        raise classify(error, url) from error


def classify(error: Exception, url: str) -> PlumblineError:
    """What the caller should do about a driver's error."""
    code, text = getattr(error, "code", None), first_line(str(error))
    if code is None and NOT_TRUSTED in text:
        cause = "clickhouse.tls.ca_file does not vouch for its certificate, or the name in the address is another"
        return ConfigurationError(f"ClickHouse at {url} is not trusted: {text}", cause=cause, command="plumbline config show clickhouse")
    if code is None:
        # What never was a statement's fault: no connection, a broken one, a proxy's refusal.
        passing = isinstance(error, OperationalError | HTTPError | OSError) or any(status in text for status in PASSING_STATUSES)
        if passing:
            return Retry(f"ClickHouse at {url} does not answer", cause=text, command="plumbline doctor")
        return Stop(f"the ClickHouse client refused: {text}")
    if code in NO_ACCESS:
        return ConfigurationError(f"ClickHouse at {url} refuses access", cause=text, command="check clickhouse.username and clickhouse.password")
    if code in NO_SCHEMA:
        return NoSchema("a table or database is missing in ClickHouse", cause=text, command="plumbline db migrate")
    if code in PASSING and TOO_MANY_PARTITIONS not in text:
        return Retry(f"ClickHouse is not able now (code {code})", cause=text, command="plumbline doctor")
    return Stop(f"ClickHouse refused a statement (code {code})", cause=text)


def first_line(text: str, limit: int = 600) -> str:
    """The message without the URL and version that the driver adds."""
    line = text.strip().split(" (for url", 1)[0].replace("\n", " ")
    return line if len(line) <= limit else line[:limit] + "…"
