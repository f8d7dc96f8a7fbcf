"""Where the group goes on, and what of a topic is no longer needed."""

import time
from collections.abc import Mapping
from typing import NamedTuple

from kafka import TopicPartition
from kafka.errors import NoError
from kafka.structs import OffsetAndMetadata

from streams.errors import Stop
from streams.kafka.admin import lag, opened
from streams.settings import KafkaSettings

PATIENCE_S, POLL_S = 15.0, 1.0
Place = tuple[str, int]  # topic and partition


class Moved(NamedTuple):
    """A partition whose group goes on from another offset."""

    topic: str
    partition: int
    before: int
    after: int


def set_back(kafka: KafkaSettings, topics: list[str], landed: Mapping[Place, int]) -> list[Moved]:
    """Have the group read again what it has committed and `landed` (the first offset that has not) does not hold. It never goes forward.

    Raises:
        Stop: a worker of the group runs.
        Retry: the broker is away.
    """
    moves = [
        Moved(row["topic"], row["partition"], row["committed"], target)
        for row in lag(kafka, topics)
        if row["committed"] is not None and (target := max(row["begin"], landed.get((row["topic"], row["partition"]), 0))) < row["committed"]
    ]
    deadline = time.monotonic() + kafka.session_timeout_s + PATIENCE_S  # so long a worker that was killed, or has a fixed name, is still a member
    while refused := _alter(kafka, moves):
        if time.monotonic() > deadline:
            raise Stop(
                f"the group {kafka.group_id} cannot be set back: {', '.join(sorted(refused))}",
                cause="a worker of it runs", command="stop all workers, and do this again",
            )  # fmt: skip
        time.sleep(POLL_S)
    return moves


def _alter(kafka: KafkaSettings, moves: list[Moved]) -> set[str]:
    """Why partitions were refused; empty when all are done."""
    if not moves:
        return set()
    wanted = {TopicPartition(each.topic, each.partition): OffsetAndMetadata(each.after, "", -1) for each in moves}
    with opened(kafka) as admin:
        return {error.__name__ for error in admin.alter_group_offsets(kafka.group_id, wanted).values() if error is not NoError}
