"""The proof: sql/checks/*.sql return rows only when something is lost, extra or counted wrongly."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_folder
from streams.settings import RetentionSettings

HEADER = re.compile(r"-- (check|next|needs): (.+)")
# While events land, a table can be ahead of another for a moment. A difference counts when it is still there after a while.
ATTEMPTS, PAUSE_S = 4, 1.5


class Check(NamedTuple):
    """One check: what should hold, and what to do when it does not."""

    name: str
    claim: str
    command: str
    needs: str
    sql: str


class Difference(NamedTuple):
    """One place where a check does not hold."""

    place: str
    expected: int
    found: int
    difference: str


class Outcome(NamedTuple):
    """One check after it ran. `skipped` says why it did not."""

    check: Check
    differences: Sequence[Difference]
    seconds: float
    skipped: str = ""


class PartitionOffsets(NamedTuple):
    """What Kafka says of one partition. `committed` is None before the group's first commit."""

    topic: str
    partition: int
    begin: int
    end: int
    committed: int | None


def checks() -> list[Check]:
    """All checks, by name."""
    return [_parse(file.stem, file.read_text()) for file in sorted((sql_folder() / "checks").glob("*.sql"))]


def verify(
    client: ClickHouse,
    retention: RetentionSettings,
    offsets: Sequence[PartitionOffsets] | None = None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Outcome]:
    """Run every check, and yield each outcome when it is known. Without `offsets`, checks that need the broker are skipped."""
    parameters = _parameters(retention, offsets or [], datetime.now(UTC))
    for check in checks():
        if check.needs == "broker" and offsets is None:
            yield Outcome(check, [], 0, "no broker is configured")
            continue
        began = time.monotonic()
        yield Outcome(check, lasting(lambda sql=check.sql: _run(client, sql, parameters), pause), time.monotonic() - began)


def lasting(run: Callable[[], list[Difference]], pause: Callable[[float], None]) -> list[Difference]:
    """The differences that are found each time, in as many attempts as it takes to tell."""
    found = run()
    for _ in range(ATTEMPTS - 1):
        if not found:
            break
        pause(PAUSE_S)
        before = {difference.place for difference in found}
        found = [difference for difference in run() if difference.place in before]
    return found


def _run(client: ClickHouse, sql: str, parameters: Mapping[str, Any]) -> list[Difference]:
    used = {name: value for name, value in parameters.items() if f"{{{name}:" in sql}
    return [Difference(**row) for row in client.rows(sql, used)]


def _parameters(retention: RetentionSettings, offsets: Sequence[PartitionOffsets], now: datetime) -> dict[str, Any]:
    """`since`: the first whole day that no retention has touched yet."""
    since = (now - timedelta(days=28 * retention.events_months)).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return {
        "since": since,
        "dead_letters_days": retention.dead_letters_days,
        "topics": [each.topic for each in offsets],
        "partitions": [each.partition for each in offsets],
        "begins": [each.begin for each in offsets],
        "committed": [each.committed or 0 for each in offsets],
    }


def _parse(name: str, text: str) -> Check:
    fields = {found[1]: found[2] for line in text.splitlines() if (found := HEADER.fullmatch(line))}
    return Check(name, fields["check"], fields["next"], fields.get("needs", ""), text)
