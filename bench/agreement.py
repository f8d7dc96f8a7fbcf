"""Do all do the same job? Each drains the same small topic to its end; a peer's rows must be Plumbline's, in number and in content."""

import time
from collections.abc import Sequence

from bench import contenders
from bench.events import events
from bench.rig import System, fill, say, wait_for
from streams.clickhouse.client import ClickHouse
from streams.kafka.admin import ensure_topics

TOPIC = "usage.agreement"
DRAIN_S, SETTLE_S = 120, 1.5
# Not compared: hashes of the content (each has its own form of it), the run, when a row was written, and where in Kafka it came from.
TABLES = {
    "events": "* EXCEPT (content_hash, landed_at, received_at, kafka_partition, kafka_offset, kafka_line)",
    "verdicts": "* EXCEPT (content_hash, landed_at, run_id)",
    "excerpts": "* EXCEPT (content_hash)",
}
OF_TOPIC = "(organization_id, event_id) IN (SELECT organization_id, event_id FROM {database}.events WHERE kafka_topic = {topic:String})"

Row = tuple


class Disagreement(AssertionError):
    """A peer's rows are not Plumbline's: what is compared is not the same job."""


def traffic(count: int) -> list[bytes]:
    """Short, usual and long events, a fifth of them violations."""
    return [value for size in (300, 1_000, 4_000) for value in events(count // 3, size=size, violations=0.2, prefix=f"s{size}")]


def check(system: System, peers: Sequence[str], processes: int, values: Sequence[bytes]) -> dict[str, int]:
    """Rows of each contender, all equal, once `values` have gone through it.

    Raises:
        Disagreement: they are not; the first few are told.
    """
    ensure_topics(system.broker.kafka, [TOPIC])
    fill(system.broker.kafka.bootstrap_servers, TOPIC, system.settings.kafka.partitions, iter(values))
    with contenders.plumbline(system, processes, PLUMBLINE_INTAKE__TOPICS=f'{{"{TOPIC}": {{"trusted": true}}}}', PLUMBLINE_KAFKA__GROUP_ID=TOPIC):
        ours = drained(system, "plumbline", len(values), None)
    found = {}
    for name in peers:
        with contenders.peer(system, name, processes, topic=TOPIC, database=f"agreement_{name}") as running:
            theirs = drained(system, f"agreement_{name}", len(values), running)
        for table in TABLES:
            compare(f"{name}, {table}", ours[table], theirs[table])
        found[name] = sum(map(len, theirs.values()))
        say(f"  {contenders.TITLES[name]}: {', '.join(f'{len(rows)} {table}' for table, rows in theirs.items())}, equal to Plumbline's")
    return found | {contenders.PLUMBLINE: sum(map(len, ours.values()))}


def compare(what: str, ours: Sequence[Row], theirs: Sequence[Row]) -> None:
    """Equal as bags of rows.

    Raises:
        Disagreement: they are not.
    """
    left, right = sorted(ours), sorted(theirs)
    if left != right:
        only_ours, only_theirs = sorted(set(left) - set(right))[:3], sorted(set(right) - set(left))[:3]
        raise Disagreement(f"{what}: {len(right)} rows, {len(left)} are Plumbline's\n  only Plumbline's: {only_ours}\n  only its: {only_theirs}")


def drained(system: System, database: str, count: int, running: contenders.Running | None) -> dict[str, list[Row]]:
    """All rows by table, once there are `count` events and none follows."""

    def landed() -> int:
        if running:
            running.check()
        return system.count(f"SELECT count() FROM {database}.events WHERE kafka_topic = '{TOPIC}'")

    wait_for(lambda: landed() >= count, DRAIN_S, f"{database} has {count} events")
    time.sleep(SETTLE_S)
    with system.client() as client:
        return {table: _rows(client, database, table, columns) for table, columns in TABLES.items()}


def _rows(client: ClickHouse, database: str, table: str, columns: str) -> list[Row]:
    """Copies count: the table is read, not the view that would hide them."""
    found = client.rows(f"SELECT {columns} FROM {database}.{table} WHERE {OF_TOPIC.replace('{database}', database)}", {"topic": TOPIC})
    return [tuple(tuple(value) if isinstance(value, list) else value for value in row.values()) for row in found]
