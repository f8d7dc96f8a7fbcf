"""What people do, at random over some days: cases (also two at one moment), lookups, reviews, removals, seals. Deterministic but for the time."""

import random
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from streams.access_log import access_row, as_table
from streams.alerts.book import ALERTS, DELIVERIES
from streams.alerts.desk import ACTIONS as ALERT_ACTIONS
from streams.cases.desk import CaseDesk
from streams.cases.entries import ACTIONS, DECISIONS, Entry
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.erasures import ERASURES
from streams.evidence.sealer import SEALS
from streams.landing.records import LedgerRow, ledger_table
from streams.review.marks import ASSESSMENTS

PEOPLE, NEVER = ("ana", "bob", "cleo"), datetime.fromisoformat("1970-01-01T00:00:00Z")
HOUR = timedelta(hours=1)


class People:
    """Writes what they did in the days before `now`; some rows twice, as processes that start again do."""

    def __init__(self, client: ClickHouse, now: datetime, days: int) -> None:
        self._client, self._now, self._span, self._dice = client, now, timedelta(days=days), random.Random(11)

    def write(self) -> None:
        entries = self._cases()
        CaseDesk(self._client)._write(entries)
        self._sent([each for each in entries if each.action == "decide"])
        self._looked()
        self._alerts()
        self._sealed()
        self._landed()
        removed = [
            {"organization_id": f"org-{at % 3}", "user_hash": at + 1, "key_version": 1, "until": self._at(), "reason": "asked for it", "events": at}
            | {"asked_at": (asked := self._at()), "completed_at": NEVER if at % 4 == 0 else asked + HOUR, "updated_at": asked + HOUR}
            for at in range(12)
        ]
        self._twice("erasures", removed, ERASURES)
        said = [
            {"organization_id": "org-1", "event_id": f"e{at}", "occurred_at": self._now - HOUR, "content_hash": 1, "event_key": at}
            | {
                "reason": "looked",
                "stratum": ("near", "clear")[at % 2],
                "missed": ("minors", "", "")[at % 3],
                "drawn": ("random", "chosen")[at % 5 == 0],
            }
            | {"pack_hash": "p", "reviewer": self._who(), "assessed_at": self._at()}
            for at in range(40)
        ]
        self._twice("assessments", said, ASSESSMENTS)

    def _at(self) -> datetime:
        moment = self._now - self._span * self._dice.random()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def _who(self) -> str:
        return self._dice.choice(PEOPLE)

    def _twice(self, table: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
        for again in (rows, rows[::3]):
            self._client.insert(table, pa.Table.from_pylist(again, schema))

    def _cases(self) -> list[Entry]:
        made = []
        for case in range(60):
            at = self._at()
            for number in range(self._dice.randrange(1, 9)):
                at += self._span / 20 * self._dice.random()
                for _ in range(self._dice.choice((1, 1, 2))):  # two at one moment: one of them may be void
                    action = "open" if number == 0 else self._dice.choice(ACTIONS)
                    made.append(self._entry(f"case_{case:02}", number, at, action))
        return made

    def _entry(self, case: str, number: int, at: datetime, action: str) -> Entry:
        at += timedelta(milliseconds=self._dice.randrange(5))
        given = {"title": f"about {case}", "organizations": ("org-2", "org-1"), "decision": self._dice.choice(DECISIONS), "account": "plumbline"}
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        return Entry(case, number, f"e{self._dice.random()}", at, self._who(), action, "because <so>", assignee=self._who(), **given)

    def _sent(self, decided: list[Entry]) -> None:
        rows = [
            {"delivery_id": f"{each.entry_id}-{route}", "alert_id": each.case_id, "route": route, "occasion": f"decided-{each.entry_id}"}
            | {"severity": "high", "state": self._dice.choice(("delivered", "delivered", "pending", "dead")), "body": "{}", "attempts": 1}
            | {"status": 200, "error": "", "created_at": each.at, "next_at": each.at, "updated_at": each.at}
            for each in decided[::2]
            for route in ("gateway", "decisions-topic")
        ]
        self._twice("deliveries", rows, DELIVERIES)

    def _looked(self) -> None:
        rows = []
        for at in range(90):
            action = self._dice.choice(("view", "view", "reveal", "lookup", "export", "review", "sign_in"))
            row = access_row(self._who(), "admin", action, page="/event", organization_id=f"org-{at % 4}" if at % 5 else "", reason="it was asked")
            rows.append(row | {"at": self._at()})
        self._client.insert("access_log", as_table(rows))
        self._client.insert("access_log", as_table(rows[::4]))

    def _alerts(self) -> None:
        alerts, acts = [], []
        for at in range(30):
            opened = self._at()
            alerts.append(
                dict.fromkeys(ALERTS.names)
                | {"alert_id": f"a{at}", "rule": "surge", "severity": ("low", "high", "critical")[at % 3], "title": "t", "historical": at % 7 == 0}
                | {"inhibited_by": "a0" if at % 11 == 0 else "", "window_start": opened - HOUR, "window_end": opened, "opened_at": opened}
                | {"resolved_at": opened + HOUR if at % 4 == 0 else NEVER, "updated_at": opened}
            )
            if at % 3:
                act = {"action_id": f"x{at}", "alert_id": f"a{at}", "rule": "surge", "scope": "", "reason": "seen", "reader": self._who()}
                moment = opened + HOUR * self._dice.choice((-1, 1))  # before it was opened again, or after
                acts.append(act | {"action": ("acknowledge", "resolve")[at % 2], "account": "x", "acted_at": moment, "until": moment})
        self._twice("alerts", [{name: _filled(row[name], ALERTS.field(name).type) for name in row} for row in alerts], ALERTS)
        self._twice("alert_actions", acts, ALERT_ACTIONS)

    def _sealed(self) -> None:
        hour = (self._now - self._span).replace(minute=0, second=0, microsecond=0)
        seals = [
            {"number": at + 1, "hour": hour + HOUR * (at // 2 * 2), "amendment": at % 2, "leaves": at, "root": f"{at:064x}", "previous": "0" * 64}
            | {"sealed_at": self._now, "key_id": "k", "signature": "0" * 128}
            for at in range(40)
        ]
        self._twice("evidence_seals", seals, SEALS)

    def _landed(self) -> None:
        for at in range(20):
            filtered = {"blank_line": at % 3, "tombstone": at % 2}
            inputs = 12 + sum(filtered.values())
            place = (("usage.events", "other.events")[at % 2], 1, at * 10, at * 10 + 9)
            row = LedgerRow(*place, 10, inputs, 10, 2, filtered, [], "worker-1", int(self._at().timestamp() * 1000))
            for _ in range(1 + at % 2):
                self._client.insert("ledger", ledger_table([row]))


def _filled(value: Any, kind: pa.DataType) -> Any:
    """What a column holds that says nothing."""
    if value is not None:
        return value
    if pa.types.is_list(kind) or pa.types.is_map(kind):
        return []
    if pa.types.is_string(kind):
        return ""
    return False if pa.types.is_boolean(kind) else 0
