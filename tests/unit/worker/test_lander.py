"""The ledger counts dead letters as the listing holds them: by place."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from schemas import ReasonCode
from streams.decode import Rejected
from streams.metrics import Metrics
from streams.worker.lander import Lander
from streams.worker.letters import Letter
from streams.worker.packed import EMPTY
from streams.worker.pipeline import Work
from streams.worker.process import Processed


class ClickHouse:
    """Keeps what is inserted."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}

    def insert(self, table: str, rows: pa.Table) -> None:
        self.tables[table] = rows


class Letters:
    async def send(self, rejects: Sequence[Rejected]) -> list[Letter]:
        return [Letter(rejected, "", truncated=False, partition=0, offset=at) for at, rejected in enumerate(rejects)]


class Volumes:
    def touch(self, hours: object) -> None:
        pass


def ledger(*offsets: int) -> dict:
    """The ledger's row of a chunk in which the originals of these offsets are rejected."""
    rejects = [Rejected("usage.events", 0, offset, 0, 0, ReasonCode.BAD_JSON, "", b"{", ()) for offset in offsets]
    done = Processed(len(rejects), 0, rejects, {}, {}, [], {})
    clickhouse = ClickHouse()
    lander = Lander(clickhouse, Letters(), Volumes(), Metrics(), "w", lambda: (), {"usage.events": "t1"})
    work = Work("usage.events", 0, EMPTY, 0, len(rejects) - 1, lambda: None, done, (), np.int64(len(rejects)).item())
    asyncio.run(lander([work]))
    return clickhouse.tables["ledger"].to_pylist()[0]


def test_a_letter_that_is_replayed_and_rejected_again_in_one_chunk_counts_once() -> None:
    row = ledger(3, 4, 3, 3)
    assert (row["inputs"], row["dead_lettered"], row["filtered"]) == (4, 2, [("repeated_letter", 2)])


def test_different_letters_all_count() -> None:
    row = ledger(3, 4, 5)
    assert (row["inputs"], row["dead_lettered"], row["filtered"]) == (3, 3, [])


def test_a_chunk_and_a_letter_tell_of_which_topic_their_offsets_are() -> None:
    assert ledger(3)["topic_id"] == "t1"
