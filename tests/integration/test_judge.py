"""Second opinions in a real store: which events are uncertain, what is written, and that tags follow from it in a run of its own only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from streams.clickhouse.library import queries
from streams.clickhouse.runs import RunBook
from streams.history.retag import JUDGED, Retag, order_for
from streams.history.sides import Side
from streams.judge.advice import Advice
from streams.judge.book import OpinionBook
from streams.judge.breaker import Breaker
from streams.judge.budget import Budget
from streams.judge.endpoint import Reply
from streams.judge.question import Judge, Question
from streams.judge.round import Rounds
from streams.landing.columns import EVENTS, VERDICTS
from streams.metrics import Metrics
from streams.policy import Pack
from streams.privacy import HashKey
from streams.settings import PolicySettings
from streams.settings_judge import JudgeSettings

pytestmark = pytest.mark.integration

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
LOBBYING, TRACKING = ("political_lobbying", "political_lobbying.deceptive_lobbying"), ("privacy_tracking", "privacy_tracking.unmask")
TEXTS = {
    "raised": ("Yes, plainly.", [(*LOBBYING, 0.45)]),
    "cleared": ("No, not at all.", [(*LOBBYING, 0.6)]),
    "certain": ("No, not at all.", [(*LOBBYING, 0.8)]),
    "added_up": ("No, not at all.", [(*LOBBYING, 0.6), ("political_lobbying", "political_lobbying.model-deceptive", 0.6)]),
    "both": ("No, not at all.", [(*LOBBYING, 0.6), (*TRACKING, 0.85)]),
    "faint": ("Yes, plainly.", [(*LOBBYING, 0.25)]),
    "old": ("Yes, plainly.", [(*LOBBYING, 0.45)]),
    "excepted": ("Yes, plainly.", [(*LOBBYING, 0.45)]),
}


class Says:
    """A judge that reads yes and no."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, question: Question) -> Reply:
        self.asked += 1
        return Reply('{"match": true, "confidence": 0.9}' if "Yes" in question.material else '{"match": false, "confidence": 0.9}')


def landed(number: int, name: str) -> dict[str, Any]:
    found = TEXTS[name][1]
    return {
        "organization_id": "discreet" if name == "excepted" else "acme", "event_id": name, "content_hash": number, "event_key": number,
        "occurred_at": HOUR - timedelta(days=3 if name == "old" else 0), "audience": "unknown", "organization_type": "unknown",
        "declared_use_case": "general", "end_user_age": "unknown", "country": "", "model": "m", "pack_hash": "p", "landed_at": HOUR,
        "detections.category": [category for category, _, _ in found], "detections.rule": [rule for _, rule, _ in found],
        "detections.score": [score for _, _, score in found], "detections.rule_version": [1] * len(found),
        "detections.field": ["text"] * len(found), "detections.start": [1] * len(found), "detections.end": [4] * len(found),
    }  # fmt: skip


def insert(client: Any, table: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    fields = [schema.field(name) for name in rows[0]]
    plain = [pa.string() if pa.types.is_dictionary(each.type) else each.type for each in fields]
    client.insert(table, pa.table({each.name: pa.array([row[each.name] for row in rows], kind) for each, kind in zip(fields, plain, strict=True)}))


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.load(None)


@pytest.fixture(scope="module")
def history(store: Any, pack: Pack) -> Any:
    """The events, and the live tags of those that we tag ourselves."""
    book = RunBook(store.client)
    book.register(pack)
    run = book.open_live(pack.hash)
    rows = [landed(number, name) for number, name in enumerate(TEXTS, 1)]
    insert(store.client, "events", rows, EVENTS)
    tags = [(row, at) for row in rows for at, score in enumerate(row["detections.score"]) if score >= 0.5]
    shared = ("organization_id", "event_id", "content_hash", "event_key", "occurred_at", "model", "pack_hash", "landed_at")
    verdicts = [
        {name: row[name] for name in shared} | {"run_id": run, "category": row["detections.category"][at], "outcome": "violation", "severity": "high"}
        for row, at in tags
    ]
    insert(store.client, "verdicts", verdicts, VERDICTS)
    return store.client


def rounds(client: Any, pack: Pack, tmp_path: Path, judge: Says) -> Rounds:
    settings = JudgeSettings(url="https://judge.example/v1", model="m", except_organizations=["discreet"])
    parts = {"book": OpinionBook(client, settings), "endpoint": judge, "read": lambda each: [("text", TEXTS[each.row["event_id"]][0])]}
    parts |= {"breaker": Breaker(after=5, pause_s=1), "budget": Budget(tmp_path / "b.json", 100), "metrics": Metrics()}
    return Rounds(Judge(settings, pack), pack, HashKey(b"k" * 32), **parts)


def tagged(client: Any, source: str = "audit_verdicts", run: str = "") -> set[tuple[str, str]]:
    rows = client.rows(f"SELECT event_id, category, rule FROM {source} WHERE {{run:String}} = '' OR run_id = {{run:String}}", {"run": run})
    return {(row["event_id"], row["category"]) for row in rows}


async def test_uncertain_events_get_an_opinion_and_tags_change_in_a_run_of_its_own_only(history: Any, pack: Pack, tmp_path: Path) -> None:
    before, judge = tagged(history), Says()
    assert await rounds(history, pack, tmp_path, judge).run() == 3
    assert await rounds(history, pack, tmp_path, judge).run() == 0
    assert judge.asked == 2, "two of the three questions are the same"
    listed = OpinionBook(history, JudgeSettings()).listed(since=HOUR)
    assert {(row["event_id"], row["category"], row["score"]) for row in listed} == {
        ("raised", LOBBYING[0], 0.9), ("cleared", LOBBYING[0], 0.1), ("both", LOBBYING[0], 0.1)
    }  # fmt: skip
    assert len(OpinionBook(history, JudgeSettings()).listed(since=HOUR, differing=True)) == 3
    of = {"organization": "acme", "event": "raised", "at": HOUR.isoformat()}
    [shown] = queries("page")["event_opinions"].rows(history, of)
    assert (shown["score"], shown["our_score"], shown["state"]) == (0.9, 0.45, "answered")
    assert tagged(history) == before

    side, since, until = Side(JUDGED, pack, PolicySettings()), HOUR, HOUR + timedelta(hours=1)
    changed = (before | {("raised", LOBBYING[0])}) - {("cleared", LOBBYING[0]), ("both", LOBBYING[0])}
    for kind in ("shadow", "retag"):
        order = order_for(history, side, since, until, kind=kind, label=JUDGED)
        Retag(history, side, order, tmp_path, revise=Advice(history).of).run(lambda _: None, settle=lambda _: None)
        assert tagged(history, "verdicts", order.run_id) == changed
        assert tagged(history) == (before if kind == "shadow" else changed)
    rules = history.rows("SELECT rule, field, end FROM audit_verdicts WHERE event_id = 'raised'")
    assert rules == [{"rule": "political_lobbying.judge-deceptive", "field": "text", "end": 4}]


def test_a_plain_retag_after_a_judged_one_is_a_run_of_its_own(history: Any, pack: Pack) -> None:
    side = Side("live", pack, PolicySettings())
    plain = order_for(history, side, HOUR, HOUR + timedelta(hours=1))
    judged = order_for(history, side, HOUR, HOUR + timedelta(hours=1), label=JUDGED)
    assert plain is not None and JUDGED not in plain.run_id
    assert judged is not None and judged.run_id.endswith("-2")
