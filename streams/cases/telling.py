"""Decisions go out: each becomes an entry of the outbox for every route that takes decisions, and for the topic. Done again, the ids are the same."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from schemas import Decision
from streams.alerts.book import AlertBook, Delivery
from streams.alerts.notices import Notice, delivery_id
from streams.cases.desk import CaseDesk, as_entries
from streams.cases.entries import Case, Entry, folded
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.settings_alerts import AlertRoute, AlertsSettings

TOPIC = "decisions-topic"  # name of the route that every decision takes
TOPIC_ROUTE = AlertRoute(kind="kafka", occasions=[])
SETTLES_S = 3.0  # until then, an entry that was made at the same time elsewhere may still come before it
LOOK_BACK = timedelta(days=30)
MOST_HASHES = 100
SEVERITY = "high"  # of a delivery: decisions are sent whatever a route's least severity is


def with_topic(settings: AlertsSettings) -> AlertsSettings:
    """The settings with the route to the topic of decisions."""
    return settings.model_copy(update={"routes": {**settings.routes, TOPIC: TOPIC_ROUTE}})


class DecisionTeller:
    """Finds what was decided and nobody has been told yet."""

    def __init__(self, client: ClickHouse, settings: AlertsSettings) -> None:
        self._client, self._desk, self._book = client, CaseDesk(client), AlertBook(client)
        self._page_url = settings.page_url
        self._routes = {name: route for name, route in with_topic(settings).routes.items() if name == TOPIC or "decided" in route.occasions}

    def tell(self, now: datetime) -> list[Delivery]:
        """Put what is missing into the outbox; returns it.

        Raises:
            Retry: as the client raises it; nothing is lost by trying again.
        """
        cases = folded(as_entries(self._client.rows(sql_text("cases/decided"), {"since": now - LOOK_BACK})))
        told = {(each.alert_id, each.route, each.occasion) for each in self._book.told(case.case_id for case in cases)} if cases else set()
        notices = []
        for case in cases:
            settled = [each for each in decisions(case) if now - LOOK_BACK <= each.at <= now - timedelta(seconds=SETTLES_S)]
            missing = [(each, name) for each in settled for name in self._routes if (case.case_id, name, _occasion(each)) not in told]
            events = self._desk.events(case) if missing else []
            notices += [self._notice(case, entry, name, events) for entry, name in missing]
        return self._book.write_notices(notices, now) if notices else []

    def _notice(self, case: Case, entry: Entry, name: str, events: Iterable[Mapping[str, Any]]) -> Notice:
        said = decision(case, entry, events, self._page_url).model_dump(mode="json")
        body = said if self._routes[name].kind == "kafka" else {"type": "case.decided", "timestamp": entry.at.isoformat(), "data": said}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return Notice(delivery_id(case.case_id, _occasion(entry), name), case.case_id, name, _occasion(entry), SEVERITY, text)


def decisions(case: Case) -> list[Entry]:
    """What was decided in a case, in order."""
    return [each for each in case.entries if each.action == "decide"]


def decision(case: Case, entry: Entry, events: Iterable[Mapping[str, Any]], page_url: str = "") -> Decision:
    """The contract. `events`: linked ones that are still there."""
    rows, before = list(events), [each.entry_id for each in decisions(case) if each.number < entry.number]
    return Decision(
        decision_id=entry.entry_id, case_id=case.case_id, decision=entry.decision, reason=entry.reason, organizations=list(case.opened.organizations),
        user_hashes=_hashes(rows, "user_hash"), api_key_hashes=_hashes(rows, "api_key_hash"),
        categories=sorted({name for row in rows for name in row["categories"]}), events=len(case.linked), decided_by=entry.person,
        decided_at=entry.at, replaces=before[-1] if before else None, alert_id=case.opened.alert_id or None,
        link=f"{page_url.rstrip('/')}/case?{urlencode({'id': case.case_id})}" if page_url else "",
    )  # fmt: skip


def _hashes(rows: list[Mapping[str, Any]], name: str) -> list[str]:
    return [f"{value:016x}" for value in sorted({row[name] for row in rows if row[name]})[:MOST_HASHES]]


def _occasion(entry: Entry) -> str:
    return f"decided-{entry.entry_id}"
