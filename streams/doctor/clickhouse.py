"""Checks of ClickHouse or the store: reachable, new enough, schema at head, durable, with room, clocks that agree."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from streams.clickhouse.client import LOOPBACK, ClickHouse
from streams.clickhouse.migrations import Step, status
from streams.clickhouse.sources import sql_text
from streams.doctor.finding import Finding, fail, ok, warn
from streams.settings import ClickHouseSettings, Settings
from streams.store.endpoint import clickhouse_settings

LEAST_VERSION = (26, 3)  # before, defaults of deduplication differ and states were lost
LEAST_FREE_GB = 5
MOST_SKEW_S = 5


def check_clickhouse(settings: Settings) -> Iterator[Finding]:
    """Everything about ClickHouse. Without one, the error that tells how to get one."""
    in_use = clickhouse_settings(settings)
    in_use = in_use.model_copy(update={"query_timeout_s": min(10, in_use.query_timeout_s)})
    yield from judge_transport(in_use)
    with ClickHouse.connect(in_use.model_copy(update={"database": "default"})) as server:
        yield judge_version(in_use.url, server.version)
        asked_at = datetime.now(UTC)
        state = server.rows(sql_text("doctor/server"))[0]
        yield judge_clock((state["server_time"] - asked_at).total_seconds(), (datetime.now(UTC) - asked_at).total_seconds())
        yield judge_disk(state["free_bytes"])
    with ClickHouse.connect(in_use) as client:
        steps = status(client)
        yield judge_schema(steps)
        if all(step.state == "applied" for step in steps):
            yield judge_durability(in_use, [row["name"] for row in client.rows(sql_text("doctor/fsync"))])


def judge_version(url: str, version: str) -> Finding:
    """New enough?"""
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_VERSION:
        return fail("clickhouse", f"version {version} at {url} is too old", f"upgrade to {'.'.join(map(str, LEAST_VERSION))} or later")
    return ok("clickhouse", f"{url}, version {version}")


def judge_transport(in_use: ClickHouseSettings) -> Iterator[Finding]:
    """Is the password safe on its way?"""
    address = urlsplit(in_use.url)
    if address.scheme == "http" and address.hostname not in LOOPBACK and in_use.password.get_secret_value():
        message = "the password crosses the network in clear text"
        yield warn("clickhouse transport", message, "export PLUMBLINE_CLICKHOUSE__URL=https://host:8443 PLUMBLINE_CLICKHOUSE__TLS__CA_FILE=ca.pem")


def judge_clock(skew_s: float, took_s: float) -> Finding:
    """Seconds that the server is ahead, by a question that took so long."""
    if abs(skew_s) > MOST_SKEW_S + took_s:
        return fail("clickhouse clock", f"{abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} this machine", "timedatectl set-ntp true")
    return ok("clickhouse clock", "agrees with this machine")


def judge_disk(free_bytes: int | None) -> Finding:
    """Room on the fullest disk."""
    if free_bytes is None:
        return ok("clickhouse disk", "the server does not tell its disks")
    if free_bytes < LEAST_FREE_GB * 1e9:
        return fail("clickhouse disk", f"{free_bytes / 1e9:.1f} GB free", "free some space, or shorten retention: plumbline config show retention")
    return ok("clickhouse disk", f"{free_bytes / 1e9:.0f} GB free")


def judge_schema(steps: list[Step]) -> Finding:
    """All migrations applied, none changed?"""
    wrong = [step for step in steps if step.state != "applied"]
    if wrong:
        return fail("schema", ", ".join(f"{step.name} is {step.state}" for step in wrong), "plumbline db migrate")
    return ok("schema", f"at {steps[-1].name}")


def judge_durability(in_use: ClickHouseSettings, without: list[str]) -> Finding:
    """Does an acknowledged row survive a power cut?"""
    if not without:
        return ok("durability", "inserts return when their rows are on the disk")
    if in_use.cluster:
        return ok("durability", "by replicas")
    message = f"a power cut can lose acknowledged rows of {', '.join(without)}"
    return warn("durability", message, "export PLUMBLINE_CLICKHOUSE__FSYNC=true && plumbline db migrate")
