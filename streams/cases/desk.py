"""What people do with cases, for commands and the page alike. Each action is an entry with who did it and why; none is ever written over."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa

from streams.account import account
from streams.alerts.desk import FEWEST, MOST, AlertDesk
from streams.cases.entries import DECISIONS, STATUSES, Case, Entry, folded, in_order
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import UsageError

MILLIS = pa.timestamp("ms", "UTC")
ENTRIES = pa.schema([
    ("case_id", pa.string()), ("number", pa.uint32()), ("entry_id", pa.string()), ("at", MILLIS), ("person", pa.string()), ("account", pa.string()),
    ("action", pa.string()), ("reason", pa.string()), ("subject", pa.string()), ("title", pa.string()), ("organizations", pa.list_(pa.string())),
    ("alert_id", pa.string()), ("assignee", pa.string()), ("decision", pa.string()), ("organization_id", pa.string()), ("event_id", pa.string()),
    ("occurred_at", MILLIS),
])  # fmt: skip
MOST_LINKED = 200  # events that opening from an alert links
LONGEST_TITLE = 200


class CaseDesk:
    """Lists cases, and takes actions. `person` is who acts."""

    def __init__(self, client: ClickHouse) -> None:
        self._client = client

    # -- reading

    def listed(self, *, status: str = "", assignee: str = "", organization: str = "") -> list[dict[str, Any]]:
        """Cases, those first that wait for somebody."""
        if status and status not in STATUSES:
            raise UsageError(f"{status!r} is no status", cause=f"one of {', '.join(STATUSES)}", command="plumbline cases list")
        chosen = (
            case for case in self._cases()
            if status in ("", case.status) and assignee in ("", case.assignee) and (not organization or organization in case.opened.organizations)
        )  # fmt: skip
        return [summary(case) for case in in_order(list(chosen))]

    def case(self, case_id: str) -> Case:
        """One case.

        Raises:
            UsageError: there is none.
        """
        found = self._cases(case_id) if case_id else []
        if not found:
            raise UsageError(f"there is no case {case_id!r}", cause="mistyped, or of another database", command="plumbline cases list")
        return found[0]

    def shown(self, case_id: str) -> dict[str, Any]:
        """One case with its history, its linked events as they stand, and what was sent of its decisions."""
        case = self.case(case_id)
        void = {each.entry_id for each in case.void}
        history = sorted((*case.entries, *case.void), key=lambda each: (each.number, each.at, each.entry_id))
        return {
            **summary(case), "history": [asdict(each) | {"void": each.entry_id in void} for each in history],
            "events": self.events(case), "deliveries": AlertDesk(self._client).deliveries(alert=case_id),
        }  # fmt: skip

    def events(self, case: Case) -> list[dict[str, Any]]:
        """The linked events that are still there."""
        linked = case.linked
        if not linked:
            return []
        asked = {"organizations": sorted({each[0] for each in linked}), "events": sorted({each[1] for each in linked})}
        rows = self._client.rows(sql_text("cases/linked"), asked)
        return [row for row in rows if (row["organization_id"], row["event_id"]) in set(linked)]

    # -- opening

    def open_alert(self, alert_id: str, *, reason: str, person: str) -> Case:
        """A case about what an alert is about, with the events that it counts."""
        alert = AlertDesk(self._client).shown(alert_id)
        organizations = tuple(alert["organizations"]) or ((alert["organization_id"],) if alert["organization_id"] else ())
        asked = {
            "since": alert["window_start"], "until": alert["window_end"], "category": alert["category"], "organizations": list(organizations),
            "limit": MOST_LINKED,
        }  # fmt: skip
        events = self._client.rows(sql_text("cases/events_of_alert"), asked)
        about = organizations or tuple(dict.fromkeys(row["organization_id"] for row in events))
        return self._open(
            named(alert_id), alert["title"], about, [(row["organization_id"], row["event_id"], row["occurred_at"]) for row in events],
            reason=reason, person=person, alert_id=alert_id,
        )  # fmt: skip

    def open_event(self, organization: str, event: str, *, reason: str, person: str, title: str = "") -> Case:
        """A case about one organization, begun with one of its events."""
        row = self._event(organization, event)
        title = title or f"{organization}: one of its events"
        return self._open(
            named(organization, event), title, (organization,), [(organization, event, row["occurred_at"])], reason=reason, person=person
        )

    def open_organizations(self, organizations: Sequence[str], *, title: str, reason: str, person: str) -> Case:
        """A case by hand; more than one organization is a campaign."""
        if not organizations or not all(organizations):
            raise UsageError("a case is about an organization, or several", command="plumbline cases open --organization ORG --title … --reason …")
        return self._open(f"case_{uuid4().hex[:16]}", title, tuple(dict.fromkeys(organizations)), [], reason=reason, person=person)

    def _open(
        self,
        case_id: str,
        title: str,
        about: tuple[str, ...],
        events: Sequence[tuple[str, str, datetime]],
        *,
        reason: str,
        person: str,
        alert_id: str = "",
    ) -> Case:
        if not title.strip():
            raise UsageError("a case needs a title", command="plumbline cases open --organization ORG --title … --reason …")
        if there := self._cases(case_id):
            raise UsageError(f"this is case {case_id} already", cause=f"it is {there[0].status}", command=f"plumbline cases show {case_id}")
        subject = "campaign" if len(about) > 1 else "organization"
        opened = _entry(
            case_id, 0, person, "open", _reason(reason), subject=subject, title=title.strip()[:LONGEST_TITLE], organizations=about, alert_id=alert_id
        )
        links = [
            replace(_entry(case_id, number, person, "link", "counted by the alert" if alert_id else "the case began with it"),
                    organization_id=organization, event_id=event, occurred_at=at)
            for number, (organization, event, at) in enumerate(events, 1)
        ]  # fmt: skip
        self._write([opened, *links])
        return self.case(case_id)

    # -- what is done in it

    def assign(self, case_id: str, assignee: str, *, person: str, reason: str = "") -> Case:
        """Somebody takes it."""
        if not assignee.strip():
            raise UsageError("a case is assigned to somebody", command=f"plumbline cases assign {case_id} NAME")
        return self._add(case_id, person, "assign", reason.strip()[:MOST], assignee=assignee.strip())

    def note(self, case_id: str, text: str, *, person: str) -> Case:
        """What somebody found out."""
        return self._add(case_id, person, "note", _reason(text))

    def link(self, case_id: str, organization: str, event: str, *, person: str, reason: str) -> Case:
        """One more event that belongs to it."""
        row = self._event(organization, event)
        return self._add(case_id, person, "link", _reason(reason), organization_id=organization, event_id=event, occurred_at=row["occurred_at"])

    def decide(self, case_id: str, decision: str, *, person: str, reason: str) -> Case:
        """What follows. It goes out to the routes and the topic of decisions (streams/cases/telling.py)."""
        if decision not in DECISIONS:
            raise UsageError(
                f"{decision!r} is no decision", cause=f"one of {', '.join(DECISIONS)}", command="plumbline cases decide CASE warn --reason …"
            )
        return self._add(case_id, person, "decide", _reason(reason), decision=decision)

    def appeal(self, case_id: str, reviewer: str, *, person: str, reason: str) -> Case:
        """Open it again for a second reviewer, who has not decided in it."""
        if not reviewer.strip():
            raise UsageError("an appeal needs a second reviewer", command=f"plumbline cases appeal {case_id} --reviewer NAME --reason …")
        return self._add(case_id, person, "appeal", _reason(reason), assignee=reviewer.strip())

    def close(self, case_id: str, *, person: str, reason: str) -> Case:
        """Nothing more is to be done."""
        return self._add(case_id, person, "close", _reason(reason))

    def _add(self, case_id: str, person: str, action: str, reason: str, **more: Any) -> Case:
        """Write an entry, and see that nobody else's came before it.

        Raises:
            UsageError: the case does not admit it, or no longer did when it was written.
        """
        case = self.case(case_id)
        number = max(each.number for each in (*case.entries, *case.void)) + 1
        entry = replace(_entry(case_id, number, person, action, reason), **more)
        case.check(entry)
        self._write([entry])
        after = self.case(case_id)
        if any(each.entry_id == entry.entry_id for each in after.void):
            raise UsageError(f"somebody was faster: case {case_id} is {after.status} now", command=f"plumbline cases show {case_id}")
        return after

    def _write(self, entries: Sequence[Entry]) -> None:
        rows = [{field.name: getattr(each, field.name) for field in fields(each)} | {"organizations": list(each.organizations)} for each in entries]
        self._client.insert("case_entries", pa.Table.from_pylist(rows, ENTRIES))

    def _cases(self, case_id: str = "") -> list[Case]:
        return folded(as_entries(self._client.rows(sql_text("cases/entries"), {"case": case_id})))

    def _event(self, organization: str, event: str) -> dict[str, Any]:
        rows = self._client.rows(sql_text("page/event"), {"organization": organization, "event": event})
        if not rows:
            raise UsageError(
                f"there is no event {event!r} of {organization or 'no organization'}",
                cause="mistyped, erased or expired",
                command="plumbline query latest_violations",
            )
        return rows[-1]


def as_entries(rows: Sequence[dict[str, Any]]) -> list[Entry]:
    """Rows of the history."""
    return [Entry(**row | {"organizations": tuple(row["organizations"])}) for row in rows]


def named(*about: str) -> str:
    """The id of a case that is about an alert or an event: opening it twice gives the same."""
    return "case_" + hashlib.sha256("\0".join(about).encode()).hexdigest()[:16]


def summary(case: Case) -> dict[str, Any]:
    """One line of the list."""
    opened, decided = case.opened, case.decided
    return {
        "case_id": case.case_id, "status": case.status, "subject": opened.subject, "title": opened.title, "organizations": list(opened.organizations),
        "assignee": case.assignee, "decision": decided.decision if decided else "", "decided_by": decided.person if decided else "",
        "decided_at": decided.at if decided else None, "reason": decided.reason if decided else "", "events": len(case.linked),
        "alert_id": opened.alert_id, "opened_by": opened.person, "opened_at": opened.at, "changed_at": case.entries[-1].at,
    }  # fmt: skip


def _entry(case_id: str, number: int, person: str, action: str, reason: str, **more: Any) -> Entry:
    now = datetime.now(UTC)
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return Entry(case_id, number, uuid4().hex, at, person, action, reason, account=account(), **more)


def _reason(text: str) -> str:
    if not FEWEST <= len(text.strip()) <= MOST:
        raise UsageError(f"a reason has {FEWEST} to {MOST} characters", cause="whoever reads the history later should understand it")
    return text.strip()
