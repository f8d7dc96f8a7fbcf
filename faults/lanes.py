"""A lane: a topic, a group and a database of its own on a running system, so that many faults and their controls share a broker and a store."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from bench.rig import System, Worker, fill
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import migrate
from streams.kafka.admin import ensure_topics, lag
from streams.settings import KafkaSettings, Settings
from streams.store.endpoint import clickhouse_settings

SMALL = {"PLUMBLINE_WORKER__CHUNK_RECORDS": "500", "PLUMBLINE_WORKER__BATCH_ROWS": "1000", "PLUMBLINE_WORKER__POOL_PROCESSES": "1"}
COUNTER = (
    "CREATE TABLE counted (n UInt64) ENGINE = SummingMergeTree ORDER BY tuple()",
    "CREATE MATERIALIZED VIEW counter TO counted AS SELECT count() AS n FROM verdicts",
)


class Trial(NamedTuple):
    """What a fault is given: a running system, how many events it is about, the seed, and where to tell what is done."""

    system: System
    count: int
    seed: int
    say: Callable[[str], None]


class Lane:
    """Offers what a `System` offers, confined to itself. `address` may lead its workers to the store by another way (a proxy)."""

    def __init__(self, system: System, name: str, *, partitions: int = 1) -> None:
        self.system, self.name, self.topic, self.letters = system, name, f"{name}.events", f"{name}.letters"
        names = {"events_topic": self.topic, "dead_letters_topic": self.letters, "group_id": name, "partitions": partitions}
        self._kafka_names, self.partitions = names, partitions
        self._asking: ClickHouse | None = None
        ensure_topics(self.kafka, [self.topic])
        with self.client() as client:
            migrate(client, Settings(data_dir=system.data_dir, clickhouse=client.settings))

    @property
    def kafka(self) -> KafkaSettings:
        return self.system.broker.kafka.model_copy(update=self._kafka_names)

    @property
    def environment(self) -> dict[str, str]:
        """What leads a command into this lane."""
        return {
            "PLUMBLINE_KAFKA__EVENTS_TOPIC": self.topic, "PLUMBLINE_KAFKA__DEAD_LETTERS_TOPIC": self.letters, "PLUMBLINE_KAFKA__GROUP_ID": self.name,
            "PLUMBLINE_INTAKE__TOPICS": json.dumps({self.topic: {"trusted": True}}), "PLUMBLINE_CLICKHOUSE__DATABASE": self.name,
            "PLUMBLINE_KAFKA__SESSION_TIMEOUT_S": "6",
        }  # fmt: skip

    # -- in

    def send(self, values: Iterable[bytes | None]) -> int:
        """Produce values, spread over the partitions. Returns their number when the broker has acknowledged them."""
        return fill(self.kafka.bootstrap_servers, self.topic, self.partitions, values)

    def worker(self, *, module: str = "", **environment: str) -> Worker:
        return self.system.worker(module=module, **{**self.environment, **SMALL, **environment})

    def run(self, *arguments: str, **environment: str) -> Any:
        """A command to its end."""
        return self.system.run(*arguments, **{**self.environment, **environment})

    # -- out

    def client(self) -> ClickHouse:
        return ClickHouse.connect(clickhouse_settings(Settings(data_dir=self.system.data_dir)).model_copy(update={"database": self.name}))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        self._asking = self._asking or self.client()
        return self._asking.rows(sql)

    def count(self, sql: str) -> int:
        return int(next(iter(self.rows(sql)[0].values())))

    def command(self, *statements: str) -> None:
        with self.client() as client:
            for statement in statements:
                client.command(statement)

    def offsets(self) -> list[Mapping[str, Any]]:
        return lag(self.kafka, [self.topic])

    def committed(self) -> int:
        return sum(row["committed"] or 0 for row in self.offsets())

    def waiting(self) -> int:
        return sum(row["end"] - max(row["committed"] or 0, row["begin"]) for row in self.offsets())

    def verify(self) -> list[dict[str, Any]]:
        """The checks that found a difference."""
        done = self.run("verify", "--json")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, done.stderr
        return [line for line in lines if line["state"] == "difference"]

    def drop(self) -> None:
        """Remove the database: what a lane holds is of no use to the next."""
        if self._asking:
            self._asking.close()
        with self.client() as client:
            client.command(f"DROP DATABASE IF EXISTS {self.name}", use_database=False)


@contextmanager
def lane(system: System, name: str, *, partitions: int = 1) -> Iterator[Lane]:
    """A lane, its workers ended and its database removed afterwards."""
    before, made = len(system.commands), Lane(system, name, partitions=partitions)
    try:
        yield made
    finally:
        for command in system.commands[before:]:
            if command.process.poll() is None:
                command.kill()
        made.drop()
