"""The demonstration's history in a store: decoded, detected, decided and landed by the real code, without a broker in between."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from streams.alerts.engine import Engine
from streams.alerts.rules import load_rules
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.runs import BEGINNING, RUNS, RunBook
from streams.clickhouse.volumes import VolumeRefresher
from streams.decode import Decoder, Record
from streams.demo.history import history
from streams.demo.traffic import Generated, Traffic
from streams.landing.columns import Landing, tables_of
from streams.landing.records import DeadLetterRow, LedgerRow, dead_letter_table, ledger_table
from streams.landing.spans import RunSpan
from streams.policy import Auditor, Pack
from streams.policy.pack import SHIPPED
from streams.privacy import HashKey
from streams.settings import AlertsSettings, DemoSettings, IntakeSettings, RetentionSettings

CHUNK = 2_000
EVENTS_PER_DAY = 400


class Demonstration:
    """Lands chunk after chunk, as one worker on one partition would, each at the time when its last record was sent."""

    def __init__(self, client: ClickHouse, now: datetime, *, events_per_day: int = EVENTS_PER_DAY) -> None:
        self._demo, self._landed = DemoSettings(events_per_day=events_per_day), 0
        self._client, self._now, self._pack = client, now, Pack.load(None)
        self._auditor, self._key = Auditor(self._pack), HashKey(b"k" * 32)
        self._decoder = Decoder(IntakeSettings(), RetentionSettings())
        self._volumes = VolumeRefresher(client)
        book = RunBook(client)
        book.register(self._pack)
        self._span = RunSpan(book.open_live(self._pack.hash), self._pack.hash, 0, 1 << 50)

    def sent(self) -> list[Generated]:
        """The whole history, in order."""
        return list(history(Traffic(self._demo), self._demo, self._now.timestamp()))

    def land(self, sent: Sequence[Generated] = (), *, evaluate_alerts: bool = True) -> None:
        """Land these records, or the whole history."""
        sent = sent or self.sent()
        for first, chunk in _chunks(sent):
            self._land(self._landed + first, chunk)
        self._landed += len(sent)
        self._volumes.refresh()
        if evaluate_alerts:
            rules = load_rules(None, {path.stem for path in (SHIPPED / "detectors").glob("*.toml")})
            Engine(self._client, rules, AlertsSettings()).evaluate(self._now)

    def users(self, organization: str, sent: Sequence[Generated]) -> list[str]:
        """Raw ids of an organization's users, in the order in which they are met."""
        records = [Record("usage.events", 0, at, int(one.sent_s * 1_000), None, one.value, ()) for at, one in enumerate(sent)]
        events = self._decoder.decode(records, self._now).events
        return list(dict.fromkeys(one.event.user_id for one in events if one.event.organization_id == organization and one.event.user_id))

    def _land(self, first: int, chunk: Sequence[Generated]) -> None:
        landed_ms = int(chunk[-1].sent_s * 1_000)
        records = [Record("usage.events", 0, first + at, int(one.sent_s * 1_000), None, one.value, ()) for at, one in enumerate(chunk)]
        decoded = self._decoder.decode(records, datetime.fromtimestamp(landed_ms / 1_000, UTC))
        findings = self._auditor.findings([one.event for one in decoded.events])
        expired = int((self._now - timedelta(days=14)).timestamp() * 1_000)
        for name, table in tables_of(decoded.events, findings, Landing(self._span, self._key, landed_ms, expired)).items():
            self._client.insert(name, table)
        letters = [
            DeadLetterRow(
                *rejected[:4], rejected.reason.value, rejected.message, len(rejected.payload), "", False, 0, 0, rejected.received_ms, landed_ms
            )
            for rejected in decoded.rejects
        ]
        if letters:
            self._client.insert("dead_letters", dead_letter_table(letters))
        hours = sorted({int(one.event.occurred_at.timestamp()) // 3_600 * 3_600 for one in decoded.events})
        filtered = {reason.value: count for reason, count in decoded.filtered.items() if count}
        place = ("usage.events", 0, first, first + len(chunk) - 1)
        row = LedgerRow(*place, len(chunk), decoded.inputs, len(decoded.events), len(letters), filtered, hours, "worker-1", landed_ms)
        self._client.insert("ledger", ledger_table([row]))
        self._volumes.touch(hour * 1_000 for hour in hours)


def _chunks(sent: Sequence[Generated]) -> Iterator[tuple[int, Sequence[Generated]]]:
    for first in range(0, len(sent), CHUNK):
        yield first, sent[first : first + CHUNK]


def disturb(client: ClickHouse, now: datetime) -> datetime:
    """What a live system has besides: copies, a stretch that was decided again, reviews. Returns the end of that stretch."""
    end = (now - timedelta(days=9)).replace(minute=0, second=0, microsecond=0)
    until = {"until": end}
    for table in ("events", "verdicts"):
        client.command(f"INSERT INTO {table} SELECT * REPLACE (landed_at + 1 AS landed_at) FROM {table} WHERE event_key % 4 = 0")
    client.command(
        """INSERT INTO verdicts SELECT * REPLACE ('retag-1' AS run_id, 'critical' AS severity)
           FROM verdicts FINAL WHERE occurred_at < {until:DateTime64(3, 'UTC')} AND event_key % 3 > 0""",
        until,
    )
    run = {"run_id": "retag-1", "kind": "retag", "pack_hash": "again", "parent_run": "", "valid_from": BEGINNING, "valid_to": end}
    opened = dict.fromkeys(("opened_at", "completed_at"), datetime.now(UTC))  # after the live run, so that it is the current one
    client.insert("runs", pa.Table.from_pylist([run | opened], RUNS))
    for reviewer, share, confirmed in (("ann", 3, 2), ("bob", 5, 3)):
        client.command(
            f"""INSERT INTO reviews
                SELECT organization_id, event_id, occurred_at, content_hash, event_key, category, rule, rule_version, outcome, severity, score,
                       revision, run_id, if(event_key % {confirmed} = 0, 'dismissed', 'confirmed'), 'as it seemed',
                       if(event_key % 7 = 0, 'chosen', 'random'), '{reviewer}', occurred_at + {share}
                FROM audit_verdicts WHERE event_key % {share} = 0"""
        )
    return end


def land_demo(client: ClickHouse, now: datetime | None = None, *, evaluate_alerts: bool = True) -> None:
    """Fill a migrated database with two weeks of the demonstration, up to `now`."""
    Demonstration(client, now or datetime.now(UTC)).land(evaluate_alerts=evaluate_alerts)
