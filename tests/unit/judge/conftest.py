"""A server that speaks both protocols, and rounds over candidates in memory."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from judge_server import KEY, JudgeServer, serving
from memory_book import Make, MemoryBook
from pydantic import SecretStr

from streams.judge.breaker import Breaker
from streams.judge.budget import Budget
from streams.judge.endpoint import Endpoint
from streams.judge.question import Judge
from streams.judge.round import Rounds
from streams.metrics import Metrics
from streams.policy.pack import Pack
from streams.privacy import HashKey
from streams.settings_judge import JudgeSettings


@pytest.fixture(scope="session")
def pack() -> Pack:
    return Pack.load(None)


@pytest.fixture
async def server() -> AsyncIterator[JudgeServer]:
    async with serving(JudgeServer()) as running:
        yield running


@pytest.fixture
async def rounds(server: JudgeServer, pack: Pack, tmp_path: Path) -> AsyncIterator[Make]:
    """Make rounds over texts by event id, with settings and a clock for the breaker."""
    opened: list[Endpoint] = []

    def make(texts: Mapping[str, str], clock: Callable[[], float] = lambda: 0.0, **given: object) -> tuple[Rounds, MemoryBook]:
        settings = JudgeSettings(**{"url": server.url, "model": "m", "api_key": SecretStr(KEY), "timeout_s": 5, **given})
        book, endpoint = MemoryBook(texts), Endpoint(settings)
        opened.append(endpoint)
        parts = {"book": book, "endpoint": endpoint, "read": book.content, "metrics": Metrics()}
        parts |= {"breaker": Breaker(after=settings.break_after, pause_s=settings.break_s, clock=clock)}
        parts |= {"budget": Budget(tmp_path / "budget.json", settings.requests_per_day)}
        return Rounds(Judge(settings, pack), pack, HashKey(b"k" * 32), **parts), book

    yield make
    for endpoint in opened:
        await endpoint.close()
