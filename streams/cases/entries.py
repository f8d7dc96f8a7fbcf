"""A case is the fold of its entries. Pure: the same entries give the same case, and an entry that its case did not admit is void for everybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from streams.errors import UsageError

ACTIONS = ("open", "assign", "note", "link", "decide", "appeal", "close")
DECISIONS = ("warn", "restrict", "report", "dismiss")
STATUSES = ("appealed", "open", "decided", "closed")  # those that wait for somebody first
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """One line of a history; each action uses the fields that it needs. `at` is aware; `account`: of the process that wrote it."""

    case_id: str
    number: int
    entry_id: str
    at: datetime
    person: str
    action: str
    reason: str = ""
    subject: str = ""
    title: str = ""
    organizations: tuple[str, ...] = ()
    alert_id: str = ""
    assignee: str = ""
    decision: str = ""
    organization_id: str = ""
    event_id: str = ""
    occurred_at: datetime = EPOCH
    account: str = ""


@dataclass(frozen=True)
class Case:
    """A case as it stands. `entries` are those that count, in order; `void` those that somebody else's entry came before."""

    entries: tuple[Entry, ...]
    status: str = "open"
    assignee: str = ""
    decided: Entry | None = None
    void: tuple[Entry, ...] = ()

    @property
    def opened(self) -> Entry:
        return self.entries[0]

    @property
    def case_id(self) -> str:
        return self.opened.case_id

    @property
    def linked(self) -> list[tuple[str, str]]:
        """(organization, event) of what is linked, each once, in the order in which it was linked; what was erased is gone."""
        return list(dict.fromkeys((each.organization_id, each.event_id) for each in self.entries if each.action == "link" and each.event_id))

    @property
    def deciders(self) -> set[str]:
        """Who has decided in it so far: none of them decides an appeal."""
        return {each.person for each in self.entries if each.action == "decide"}

    def refusal(self, entry: Entry) -> tuple[str, str]:
        """What is wrong with adding an entry, and why; empty when nothing is."""
        waits = self.status in ("open", "appealed")
        if entry.action == "decide":
            if not waits:
                return f"case {self.case_id} is {self.status}", "a decision is changed by an appeal, which a second reviewer decides"
            if self.status == "appealed" and entry.person in self.deciders:
                return f"case {self.case_id} was decided by {entry.person} before", "an appeal is decided by somebody else"
        elif entry.action == "appeal":
            if waits:
                return f"case {self.case_id} is {self.status}", "what is not decided cannot be appealed"
            if entry.assignee in self.deciders:
                return f"case {self.case_id} was decided by {entry.assignee} before", "the second reviewer is somebody else"
        elif entry.action == "assign":
            if self.status == "appealed" and entry.assignee in self.deciders:
                return f"case {self.case_id} was decided by {entry.assignee} before", "an appeal goes to somebody else"
            if self.status == "closed":
                return f"case {self.case_id} is closed", "an appeal opens it again"
        elif entry.action == "close" and self.status != "decided":
            return f"case {self.case_id} is {self.status}", "only what is decided is closed"
        elif entry.action == "open":
            return f"case {self.case_id} is there already", f"it is {self.status}"
        return "", ""

    def check(self, entry: Entry) -> None:
        """
        Raises:
            UsageError: the case does not admit the entry.
        """
        what, cause = self.refusal(entry)
        if what:
            raise UsageError(what, cause=cause, command=f"plumbline cases show {self.case_id}")

    def having(self, entry: Entry) -> "Case":
        """The case after one more entry, which is void if the case does not admit it."""
        if self.refusal(entry)[0]:
            return replace(self, void=(*self.void, entry))
        after = replace(self, entries=(*self.entries, entry))
        if entry.action == "assign":
            return replace(after, assignee=entry.assignee)
        if entry.action == "decide":
            return replace(after, status="decided", decided=entry)
        if entry.action == "appeal":
            return replace(after, status="appealed", assignee=entry.assignee)
        return replace(after, status="closed") if entry.action == "close" else after


def folded(entries: Iterable[Entry]) -> list[Case]:
    """The cases of these entries. Entries that come before their case was opened belong to none and are left out."""
    cases: dict[str, Case] = {}
    for entry in sorted(entries, key=lambda each: (each.case_id, each.number, each.at, each.entry_id)):
        case = cases.get(entry.case_id)
        if case is not None:
            cases[entry.case_id] = case.having(entry)
        elif entry.action == "open":
            cases[entry.case_id] = Case((entry,))
    return list(cases.values())


def in_order(cases: Sequence[Case]) -> list[Case]:
    """Those that wait for somebody first, the newest before the others."""
    return sorted(cases, key=lambda case: (STATUSES.index(case.status), -case.opened.at.timestamp(), case.case_id))
