"""The book of opinions in memory, over texts by event id."""

from collections.abc import Callable, Iterable, Mapping

from streams.judge.book import Candidate, Opinion
from streams.judge.round import Rounds


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


Make = Callable[..., tuple[Rounds, MemoryBook]]  # of the fixture `rounds`
