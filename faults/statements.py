"""What can happen to a statement between a worker and its store, as faults of the proxy. Each is drawn anew for every statement, from a seed."""

import asyncio
import re
from collections.abc import Callable, Sequence
from random import Random

from faults.proxy import Exchange, Fault

Drawn = Callable[[Random], Fault]
PATH = re.compile(rb"^([A-Z]+ /)\??")
LEAST, MOST = 2e4, 2e7  # bytes: from what no statement can do with to what each can


NEVER, LATE, LATE_ANSWER = range(3)


def late(patience_s: float, kinds: Sequence[int] = (NEVER, LATE, LATE_ANSWER)) -> Drawn:
    """Beyond the client's patience: the statement never arrives, arrives late (after it was repeated), or its answer does."""

    def drawn(chance: Random) -> Fault:
        async def fault(exchange: Exchange) -> None:
            kind, delay_s = chance.choice(kinds), patience_s * chance.uniform(1.2, 2.5)
            if kind == LATE_ANSWER:
                answer = await exchange.ask()
                await asyncio.sleep(delay_s)
                return await exchange.tell(answer)
            await asyncio.sleep(delay_s)
            return exchange.cut() if kind == NEVER else await exchange.tell(await exchange.ask())

        return fault

    return drawn


def cut_after(chance: Random) -> Fault:
    """The store has the whole statement, and has done it or is still at it, when the client's connection ends."""

    async def fault(exchange: Exchange) -> None:
        politely, done = chance.random() < 0.5, asyncio.ensure_future(exchange.ask())
        await asyncio.wait([done], timeout=None if chance.random() < 0.5 else chance.uniform(0, 0.03))
        exchange.cut(politely=politely)
        await done

    return fault


def cut_within(chance: Random) -> Fault:
    """The store has a part of the statement when both connections end."""

    async def fault(exchange: Exchange) -> None:
        await exchange.send_part(chance.randrange(1, len(exchange.request)))
        exchange.cut(politely=chance.random() < 0.5)

    return fault


def no_memory(_chance: Random) -> Fault:
    """The engine gives every statement less than it needs."""
    return _limited(lambda: LEAST)


def little_memory(chance: Random) -> Fault:
    """The engine gives a statement as much as makes it fail at the beginning, in one of its views, or not at all."""
    return _limited(lambda: LEAST * (MOST / LEAST) ** chance.random())


def _limited(limit: Callable[[], float]) -> Fault:
    async def fault(exchange: Exchange) -> None:
        settings = b"?max_memory_usage=%d&max_untracked_memory=1&" % limit()
        await exchange.tell(await exchange.ask(PATH.sub(rb"\1" + settings, exchange.request, count=1)))

    return fault
