"""A server that speaks both protocols, and rounds over candidates in memory."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path

import pytest
from judge_server import KEY, JudgeServer, serving
from pydantic import SecretStr

from streams.judge.book import Candidate, Opinion
from streams.judge.breaker import Breaker
from streams.judge.budget import Budget
from streams.judge.endpoint import Endpoint
from streams.judge.question import Judge
from streams.judge.round import Rounds
from streams.metrics import Metrics
from streams.policy.pack import Pack
from streams.privacy import HashKey
from streams.settings_judge import JudgeSettings

TINY = Path(__file__).parents[2] / "packs" / "tiny"


class MemoryBook:
    """The book in memory: what is settled is no candidate any more, as in the table."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.opinions: list[Opinion] = []

    def candidates(self, judges: Mapping[str, str], limit: int) -> list[Candidate]:
        settled = {each.candidate.row["event_id"] for each in self.opinions}
        rows = [row_of(name, text, judges) for name, text in self.texts.items() if name not in settled]
        return [Candidate(row) for row in rows][:limit]

    def known(self, hashes: Iterable[int]) -> dict[int, float]:
        wanted = set(hashes)
        return {each.question_hash: each.score for each in self.opinions if each.state == "answered" and each.question_hash in wanted}

    def record(self, opinions: list[Opinion]) -> None:
        self.opinions += opinions

    def said(self) -> dict[str, tuple[str, float, bool]]:
        """Event -> state, score, and whether it cost nothing."""
        return {each.candidate.row["event_id"]: (each.state, each.score, each.cached) for each in self.opinions}

    def content(self, candidate: Candidate) -> list[tuple[str, str]] | None:
        """A text that says it is gone is."""
        text = self.texts[candidate.row["event_id"]]
        return None if text == "GONE" else [("text", text)]


def row_of(name: str, text: str, judges: Mapping[str, str]) -> dict[str, object]:
    category = "political_lobbying"
    place = {"field": "text", "start": 0, "end": len(text)}
    return {"event_id": name, "category": category, "judge": judges[category], "our_rule": f"{category}.model-advocacy", "our_score": 0.5, **place}


@pytest.fixture(scope="session")
def pack() -> Pack:
    return Pack.load(None)


@pytest.fixture
async def server() -> AsyncIterator[JudgeServer]:
    async with serving(JudgeServer()) as running:
        yield running


Make = Callable[..., tuple[Rounds, MemoryBook]]


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
