"""The border: what the driver and the server raise becomes Retry or Stop here, and nowhere else."""

import re
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
        173,
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
# What the system says, under any code (76, 298, 573, 1001, …), when something has run out that is given back: it passes as well.
EXHAUSTED = (
    "No space left on device",
    "Disk quota exceeded",
    "Too many open files",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
    "Read-only file system",
)
# A view that fails: the source's rows are in, the view's are not. It is mended in the database, and then the same insert passes.
VIEW = re.compile(r"while pushing to view (?P<name>.+?)(?:\. \(| \(|:|$)|Target table '.+?' of view '(?P<source>.+?)'")
NAME = re.compile(r"\(([A-Z][A-Z0-9_]{3,})\)")
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
    code, said, text = getattr(error, "code", None), str(error), first_line(str(error))
    if code is None and NOT_TRUSTED in text:
        cause = "clickhouse.tls.ca_file does not vouch for its certificate, or the name in the address is another"
        return ConfigurationError(f"ClickHouse at {url} is not trusted: {text}", cause=cause, command="plumbline config show clickhouse")
    if code is None:
        # What never was a statement's fault: no connection, a broken one, a proxy's refusal.
        passing = isinstance(error, OperationalError | HTTPError | OSError) or any(status in text for status in PASSING_STATUSES)
        if passing:
            return Retry(f"ClickHouse at {url} does not answer", cause=text, command="plumbline doctor")
        return Stop(f"the ClickHouse client refused: {text}")
    if (code in PASSING and TOO_MANY_PARTITIONS not in text) or any(words in said for words in EXHAUSTED):
        names = NAME.findall(text)
        named = f", {names[-1]}" if names else ""
        return Retry(f"ClickHouse is not able now (code {code}{named})", cause=text, command="plumbline doctor")
    if view := VIEW.search(said):
        name = view["name"] or f"that reads {view['source']}"
        return Retry(f"a materialized view of ClickHouse takes no rows: {name} (code {code})", cause=text, command="mend or drop the view")
    if code in NO_ACCESS:
        return ConfigurationError(f"ClickHouse at {url} refuses access", cause=text, command="check clickhouse.username and clickhouse.password")
    if code in NO_SCHEMA:
        return NoSchema("a table or database is missing in ClickHouse", cause=text, command="plumbline db migrate")
    return Stop(f"ClickHouse refused a statement (code {code})", cause=text)


def first_line(text: str, limit: int = 600) -> str:
    """The message without the URL and version that the driver adds."""
    line = text.strip().split(" (for url", 1)[0].replace("\n", " ")
    return line if len(line) <= limit else line[:limit] + "…"
