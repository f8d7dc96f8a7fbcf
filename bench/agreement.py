"""Do all do the same job? Each drains the same small topic to its end; a peer's rows must be Plumbline's, in number and in content."""

from collections.abc import Sequence

from bench import contenders
from bench.events import events
from bench.rig import System, fill, say, wait_for
from streams.kafka.admin import ensure_topics
from streams.privacy import HashKey, load_key

TOPIC = "usage.agreement"
DRAIN_S = 120
OURS = """
SELECT e.event_id AS event_id, e.organization_id AS organization_id, e.occurred_at AS occurred_at, e.user_hash AS user, e.model AS model,
       e.country AS country, e.input_tokens AS input_tokens, e.output_tokens AS output_tokens, e.input_length AS text_length, v.tags AS tags
FROM audit_events AS e LEFT JOIN (
    SELECT event_key, content_hash, groupArray(toString(category)) AS tags FROM audit_verdicts GROUP BY event_key, content_hash
) AS v ON e.event_key = v.event_key AND e.content_hash = v.content_hash
WHERE e.kafka_topic = {topic:String}
"""
THEIRS = "SELECT event_id, organization_id, occurred_at, user_id AS user, model, country, input_tokens, output_tokens, text_length, tags FROM {table}"

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
    found, key, count = {}, load_key(system.settings), len(values)
    with contenders.plumbline(system, processes, PLUMBLINE_INTAKE__TOPICS=f'{{"{TOPIC}": {{"trusted": true}}}}', PLUMBLINE_KAFKA__GROUP_ID=TOPIC):
        ours = _drained(system, OURS, count, "plumbline")
    for name in peers:
        table = f"agreement_{name}_{processes}"
        with contenders.peer(system, name, processes, topic=TOPIC, table=table) as running:
            theirs = _drained(system, THEIRS.format(table=table), count, name, running)
        compare(name, ours, [_with_pseudonym(row, key) for row in theirs])
        found[name] = len(theirs)
        say(f"  {contenders.TITLES[name]}: {len(theirs)} rows, equal to Plumbline's")
    return found | {contenders.PLUMBLINE: len(ours)}


def compare(name: str, ours: Sequence[Row], theirs: Sequence[Row]) -> None:
    """Equal as bags of rows.

    Raises:
        Disagreement: they are not.
    """
    left, right = sorted(ours), sorted(theirs)
    if left != right:
        only_ours, only_theirs = sorted(set(left) - set(right))[:3], sorted(set(right) - set(left))[:3]
        raise Disagreement(f"{name}: {len(right)} rows, {len(left)} are Plumbline's\n  only Plumbline's: {only_ours}\n  only its: {only_theirs}")


def _drained(system: System, sql: str, count: int, name: str, running: contenders.Running | None = None) -> list[Row]:
    """All rows, once there are `count` and none follows."""

    def rows() -> list[Row]:
        if running:
            running.check()
        with system.client() as client:
            return [_row(found) for found in client.rows(sql, {"topic": TOPIC} if "{topic" in sql else None)]

    wait_for(lambda: len(rows()) >= count, DRAIN_S, f"{name} has drained {count} events")
    system.count("SELECT sleep(1.5)")
    return rows()


def _row(found: dict) -> Row:
    return (*(value for name, value in found.items() if name != "tags"), tuple(sorted(found["tags"])))


def _with_pseudonym(row: Row, key: HashKey) -> Row:
    """Peers write the user's id, Plumbline its keyed hash."""
    event, organization, moment, user, *rest = row
    return (event, organization, moment, key.of_id(organization, user or None), *rest)
