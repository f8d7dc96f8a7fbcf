"""Removing a person on the real engine: nothing of theirs is left, everybody else is counted as before, and no replay brings them back."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from running import TINY_PACK

from schemas import Decision, FilterReason
from streams.cases.desk import CaseDesk
from streams.cases.telling import DecisionTeller
from streams.clickhouse.checks import verify
from streams.clickhouse.erasures import erased
from streams.clickhouse.runs import RunBook
from streams.clickhouse.volumes import VolumeRefresher
from streams.erasure.rows import COUNTED, TABLES, Erasure, Person
from streams.erasure.searching import search
from streams.erasure.sought import Sought
from streams.errors import Stop
from streams.landing.spans import RunSpan
from streams.policy import Pack
from streams.privacy import HashKey
from streams.settings import AlertsSettings, IntakeSettings, PolicySettings, RetentionSettings
from streams.worker.current import keep_pack
from streams.worker.packed import Packed
from streams.worker.process import NOBODY, Processed, Processor, SetUp, Task

pytestmark = pytest.mark.integration

KEY = HashKey(b"k" * 32)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
ANN, BOB = Person("acme", "ann"), Person("acme", "bob")


class Sent(NamedTuple):
    """One event as it is sent; all of one user within two hours of each of three days, every second one tagged."""

    number: int
    organization: str
    user: str

    @property
    def occurred_at(self) -> datetime:
        return NOW - timedelta(days=1 + self.number % 3, minutes=self.number % 100)

    @property
    def tagged(self) -> bool:
        return self.number % 2 == 0

    def bytes(self) -> bytes:
        text = f"Please track my ex by her phone, says {self.organization}-{self.user}" if self.tagged else "What is the weather in Oslo?"
        ids = {"event_id": f"{self.organization}-{self.user}-{self.number}", "organization_id": self.organization, "user_id": self.user}
        return json.dumps(ids | {"occurred_at": self.occurred_at.isoformat(), "text": text, "usage": {"input_tokens": 7}}).encode()


SENT = [Sent(number, organization, user) for number in range(60) for organization in ("acme", "other") for user in ("ann", "bob", "eve")]


class Way:
    """The way of a chunk through a worker, without a broker: the same decoder, tagger and columns, inserted in the same order."""

    def __init__(self, store: Any, folder) -> None:
        self.client, pack = store.client, Pack.load(TINY_PACK)
        keep_pack(folder, pack)
        book = RunBook(self.client)
        book.register(pack)
        self._span = RunSpan(book.open_live(pack.hash), pack.hash, 0, 1 << 50)
        self._processor = Processor(SetUp(IntakeSettings(), RetentionSettings(), PolicySettings(), KEY, True, folder))

    def land(self, sent: list[Sent], tombstones: Mapping[tuple[str, int], int] = NOBODY) -> Processed:
        values = [each.bytes() for each in sent]
        offsets, times = np.arange(len(values)), np.full(len(values), int(NOW.timestamp() * 1_000))
        packed = Packed("usage.events", 0, b"".join(values), np.fromiter(map(len, values), np.int64).cumsum(), offsets, times, frozenset(), {})
        done = self._processor.process(Task(packed, [self._span], tombstones))
        for name in ("excerpts", "events", "verdicts"):
            for stream in done.tables.get(name, ()):
                self.client.insert(name, pa.ipc.open_stream(stream).read_all())
        volumes = VolumeRefresher(self.client)
        volumes.touch(done.hours_ms)
        volumes.refresh()
        return done


@pytest.fixture
def way(store: Any, tmp_path) -> Iterator[Way]:
    way = Way(store, tmp_path)
    way.land(SENT)
    yield way
    for table in (*TABLES, "volumes_hour", "erasures", "runs"):
        store.client.command(f"TRUNCATE TABLE {table}")


def erasure(store: Any) -> Erasure:
    return Erasure(store.client, store.process_settings, pause=lambda _: None)


def counted(client) -> dict[str, int]:
    """What the page and the queries would say of all that is landed."""
    sql = {
        "events": "SELECT count() AS n FROM audit_events",
        "volumes": "SELECT sum(events) AS n FROM audit_volumes",
        "tokens": "SELECT sum(input_tokens) AS n FROM audit_volumes",
        "verdicts": "SELECT count() AS n FROM audit_verdicts",
        "excerpts": "SELECT count() AS n FROM audit_excerpts",
        "by minute": "SELECT sum(events) AS n FROM audit_signals_minute",
        "by hour": "SELECT sum(events) AS n FROM audit_signals_hour",
        "by day": "SELECT sum(events) AS n FROM audit_signals_day",
        "users": "SELECT sum(users) AS n FROM audit_signals_day",
    }
    return {name: client.rows(each)[0]["n"] for name, each in sql.items()}


def expected(sent: list[Sent]) -> dict[str, int]:
    tagged = [each for each in sent if each.tagged]
    users = {(each.organization, each.user, each.occurred_at.date()) for each in tagged}
    whole, some = len(sent), len(tagged)
    counts = dict.fromkeys(("verdicts", "excerpts", "by minute", "by hour", "by day"), some)
    return {"events": whole, "volumes": whole, "tokens": 7 * whole, **counts, "users": len(users)}


def without(*people: Person) -> list[Sent]:
    return [each for each in SENT if Person(each.organization, each.user) not in people]


def differences(store: Any) -> list[tuple[str, str]]:
    outcomes = verify(store.client, store.process_settings.retention, pause=lambda _: None)
    return [(outcome.check.name, each.difference) for outcome in outcomes for each in outcome.differences]


def test_nothing_of_a_person_is_left_and_everybody_else_is_counted_as_before(store: Any, way: Way) -> None:
    assert counted(store.client) == expected(SENT)
    found = erasure(store).count([ANN], KEY)
    erasure(store).ask([ANN], KEY, "asked by letter")
    assert erasure(store).complete() == found
    assert {each.place: each.removed for each in found if each.removed} == {"events": 60, "verdicts": 30, "excerpts": 30}
    assert counted(store.client) == expected(without(ANN))
    assert differences(store) == []
    assert {each.removed for each in erasure(store).count([ANN], KEY)} == {0}


def test_every_table_that_names_an_event_is_one_that_rows_are_removed_from(store: Any) -> None:
    rows = store.client.rows(
        """SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name IN ('event_id', 'user_hash')
             AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')"""
    )
    assert {row["table"] for row in rows} == {*COUNTED, "erasing", "erasures"}


def test_what_was_removed_is_in_no_text_of_any_table(store: Any, way: Way) -> None:
    erasure(store).ask([ANN], KEY, "asked by letter")
    erasure(store).complete()
    assert holding(store, "acme-ann") == set()
    assert holding(store, "acme-bob") >= {("events", "event_id"), ("verdicts", "event_id"), ("excerpts", "event_id"), ("excerpts", "excerpt")}


def holding(store: Any, text: str) -> set[tuple[str, str]]:
    """Columns of tables that hold the text."""
    columns = store.client.rows(
        """SELECT table, name FROM system.columns
           WHERE database = currentDatabase() AND type LIKE '%String%'
             AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')"""
    )
    counts = " UNION ALL ".join(
        f"SELECT '{each['table']}' AS t, '{each['name']}' AS c, countIf(position(toString(`{each['name']}`), '{text}') > 0) AS n FROM {each['table']}"
        for each in columns
    )
    return {(row["t"], row["c"]) for row in store.client.rows(counts) if row["n"]}


def test_who_looked_stays_on_record_and_at_whom_does_not(store: Any, way: Way) -> None:
    user, at = str(KEY.of_id(*ANN)), pa.array([NOW] * 3, pa.timestamp("ms", "UTC"))
    rows = {"entry_id": ["event", "filter", "other"], "organization_id": ["acme"] * 3, "event_id": ["acme-ann-0", "", "acme-bob-0"]}
    store.client.insert("access_log", pa.table(rows | {"at": at, "detail": ["", f"user={user}", "page 2"]}))
    erasure(store).ask([ANN], KEY, "asked by letter")
    erasure(store).complete()
    logged = store.client.rows("SELECT entry_id, event_id, detail FROM audit_access_log ORDER BY entry_id")
    assert [tuple(row.values()) for row in logged] == [("event", "", "erased"), ("filter", "", "erased"), ("other", "acme-bob-0", "page 2")]


def test_a_case_keeps_its_history_and_neither_it_nor_what_was_sent_tells_whose_event_was_linked(store: Any, way: Way) -> None:
    desk, ann, bob = CaseDesk(store.client), f"{KEY.of_id(*ANN):016x}", f"{KEY.of_id(*BOB):016x}"
    case = desk.open_event("acme", "acme-ann-0", reason="odd", person="ana")
    desk.link(case.case_id, "acme", "acme-bob-0", reason=f"odd too, see {ann} and {bob}", person="ana")
    decided = desk.decide(case.case_id, "warn", reason="as agreed", person="ana")
    later = decided.decided.at + timedelta(seconds=9)
    (made,) = DecisionTeller(store.client, AlertsSettings()).tell(later)
    assert ann in made.body and bob in made.body
    erasure(store).ask([ANN], KEY, "asked by letter")
    erasure(store).complete()
    case = desk.case(case.case_id)
    assert [each.reason for each in case.entries][2] == f"odd too, see {'0' * 16} and {bob}"
    assert ([each.action for each in case.entries], case.linked) == (["open", "link", "link", "decide"], [("acme", "acme-bob-0")])
    (body,) = (row["body"] for row in store.client.rows("SELECT body FROM audit_deliveries"))
    assert Decision.model_validate_json(body).user_hashes == sorted(["0" * 16, bob])
    assert holding(store, "acme-ann") == holding(store, ann) == set()


def test_a_replay_sets_aside_what_happened_before_and_lands_what_happened_later(store: Any, way: Way) -> None:
    erasure(store).ask([ANN, BOB], KEY, "asked by letter")
    erasure(store).complete()
    done = way.land(SENT, erased(store.client))
    assert (done.inputs, done.landed, done.filtered) == (len(SENT), len(without(ANN, BOB)), {FilterReason.ERASED: 120})
    assert counted(store.client) == expected(without(ANN, BOB))
    until = {whose: int((NOW - timedelta(days=30)).timestamp() * 1_000) for whose in erased(store.client)}
    assert way.land(SENT, until).filtered == {}


def test_a_removal_that_was_interrupted_is_gone_on_with(store: Any, way: Way, monkeypatch) -> None:
    erasure(store).ask([ANN], KEY, "asked by letter")
    for stage in ("erasure/signals", "erasure/events"):
        with monkeypatch.context() as patched:
            real = Erasure._mutate
            patched.setattr(Erasure, "_mutate", lambda self, name, stage=stage, real=real: _fail() if name == stage else real(self, name))
            with pytest.raises(Stop):
                erasure(store).complete()
    erasure(store).complete()
    assert counted(store.client) == expected(without(ANN))
    assert differences(store) == []


def _fail() -> None:
    raise Stop("the power went")


def test_what_comes_back_is_told_by_verify_and_removed_by_going_on(store: Any, way: Way) -> None:
    erasure(store).ask([ANN], KEY, "asked by letter")
    erasure(store).complete()
    way.land(SENT)  # by a worker that has not heard of it
    assert {name for name, _ in differences(store)} == {"erased"}
    again = erasure(store)
    again.ask_again()
    again.complete()
    assert counted(store.client) == expected(without(ANN))
    assert differences(store) == []


def test_thousands_of_people_are_counted_removed_and_searched_for_in_statements_that_fit(store: Any, way: Way, tmp_path: Path) -> None:
    people = [ANN, BOB, *(Person("a rather long organization", f"{number:0200}") for number in range(1_000))]
    found = {each.place: each.removed for each in erasure(store).count(people, KEY)}
    assert (found["events"], found["verdicts"]) == (120, 60)
    sought = Sought([each.user_id for each in people], [KEY.of_id(*each) for each in people])
    assert "events.user_hash" in {trace.place.partition(".")[2] for trace in search(store.client, tmp_path, sought).traces}
    erasure(store).ask(people, KEY, "closed accounts")
    assert {each.place: each.removed for each in erasure(store).complete()} == found
    hashes = Sought((), sought.hashes)
    assert search(store.client, tmp_path, hashes).traces == []
