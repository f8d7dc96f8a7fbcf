"""A worker of the version before: it does not know of the topics' ids, neither in its rows nor in its commits."""

import asyncio

from streams.landing import records
from streams.worker import lander, run


class Unaware:
    """Knows no ids, and looks for none."""

    ids: dict[str, str] = {}

    async def follow(self) -> None:
        await asyncio.Event().wait()


lander.ledger_table = lambda rows: records.ledger_table(rows).drop_columns(["topic_id"])
lander.dead_letter_table = lambda rows: records.dead_letter_table(rows).drop_columns(["topic_id"])
run.TopicWatch = lambda _kafka, _topics: Unaware()
