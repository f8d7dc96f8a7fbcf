"""The compliance report's figures once more, in plain Python over the rows of the tables below the views."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from rounding import rounded

from streams.cases.desk import as_entries
from streams.cases.entries import Case, folded

Row = dict[str, Any]
HOUR, NEVER = timedelta(hours=1), datetime(1970, 1, 2, tzinfo=UTC)
# Table -> what makes a row one, and which copy of it counts.
KEYS = {
    "events": ("organization_id event_id content_hash", "landed_at"),
    "verdicts": ("organization_id event_id content_hash run_id category", "landed_at"),
    "ledger": ("topic partition first_offset last_offset", "landed_at"),
    "dead_letters": ("topic partition offset line", "rejected_at"),
    "reviews": ("organization_id event_id content_hash category rule rule_version reviewer", "reviewed_at"),
    "assessments": ("organization_id event_id content_hash reviewer", "assessed_at"),
    "alerts": ("alert_id", "updated_at"),
    "alert_actions": ("action_id", "acted_at"),
    "deliveries": ("delivery_id", "updated_at"),
    "case_entries": ("entry_id", "at"),
    "access_log": ("entry_id", "at"),
    "erasures": ("organization_id user_hash", "updated_at"),
    "evidence_seals": ("number root", "sealed_at"),
    "runs": ("run_id", "completed_at"),
    "schema_migrations": ("number", "applied_at"),
}


class Plainly:
    """All rows, each once, and what the report should say of [since, until)."""

    def __init__(self, client: Any, since: datetime, until: datetime) -> None:
        self.since, self.until, self.rows = since, until, {}
        for table, (key, newest) in KEYS.items():
            found: dict[tuple, Row] = {}
            for row in sorted(client.rows(f"SELECT * FROM {table}"), key=lambda row: row[newest]):
                found[tuple(row[name] for name in key.split())] = row
            self.rows[table] = list(found.values())
        self.complete = [run for run in self.rows["runs"] if run["kind"] in ("live", "retag") and run["completed_at"] > NEVER]
        self.tags = [tag for tag in self.within("verdicts", "occurred_at") if tag["run_id"] == self.run_at(tag["occurred_at"])["run_id"]]
        fields = list((self.rows["case_entries"] or [{}])[0])
        self.cases: list[Case] = folded(as_entries([{name: row[name] for name in fields} for row in self.rows["case_entries"]]))

    def within(self, table: str, column: str) -> list[Row]:
        return [row for row in self.rows[table] if self.has(row[column])]

    def has(self, moment: datetime) -> bool:
        return self.since <= moment < self.until

    def run_at(self, moment: datetime) -> Row:
        covering = [run for run in self.complete if run["valid_from"] <= moment < run["valid_to"]]
        return max(covering, key=lambda run: (run["opened_at"], run["run_id"]))


def grouped(rows: Iterable[Row], *columns: str) -> dict[tuple, list[Row]]:
    groups: dict[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in columns)].append(row)
    return groups


def distinct(rows: Iterable[Row], *columns: str) -> int:
    return len({tuple(row[column] for column in columns) for row in rows})


def events(rows: Iterable[Row]) -> int:
    return distinct(rows, "organization_id", "event_id")


def seen(plain: Plainly) -> int:
    return len(plain.within("events", "occurred_at"))


def runs(plain: Plainly) -> list[tuple]:
    edges = sorted({edge for run in plain.complete for edge in (run["valid_from"], run["valid_to"])})
    pieces = [(plain.run_at(first), first, second) for first, second in pairwise(edges)]
    return [
        (run["run_id"], run["kind"], run["pack_hash"], max(first, plain.since), min(second, plain.until))
        for run, first, second in pieces
        if first < plain.until and second > plain.since
    ]


def runs_opened(plain: Plainly) -> list[tuple]:
    found = sorted(plain.within("runs", "opened_at"), key=lambda row: (row["opened_at"], row["run_id"]))
    names = ("opened_at", "run_id", "kind", "pack_hash", "parent_run", "valid_from", "valid_to")
    return [(*(row[name] for name in names), row["completed_at"] > NEVER) for row in found]


def revisions(plain: Plainly) -> list[tuple]:
    found = []
    for run_id, _, _, first, second in runs(plain):
        mine = [tag for tag in plain.tags if first <= tag["occurred_at"] < second]
        for (revision,), rows in grouped(mine, "revision").items():
            times = [row["occurred_at"] for row in rows]
            found.append((first, run_id, revision, events(rows), min(times), max(times)))
    return sorted(found, key=lambda row: (row[0], row[4], row[2]))


def intake(plain: Plainly) -> list[tuple]:
    found = []
    for (topic,), rows in sorted(grouped(plain.within("ledger", "landed_at"), "topic").items()):
        sums = [sum(row[name] for row in rows) for name in ("records", "inputs", "landed", "dead_lettered")]
        aside = sum(sum(row["filtered"].values()) for row in rows)
        found.append((topic, *sums, aside, sums[1] - sums[2] - sums[3] - aside))
    return found


def set_aside(plain: Plainly) -> list[tuple]:
    total: Counter[str] = Counter()
    for row in plain.within("ledger", "landed_at"):
        total.update(row["filtered"])
    return sorted(((reason, count) for reason, count in total.items() if count), key=lambda row: (-row[1], row[0]))


def dead_letters(plain: Plainly) -> list[tuple]:
    found = [
        (reason, len(rows), min(row["rejected_at"] for row in rows), max(row["rejected_at"] for row in rows))
        for (reason,), rows in grouped(plain.within("dead_letters", "rejected_at"), "reason").items()
    ]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def in_one_row(plain: Plainly) -> list[tuple]:
    happened = plain.within("events", "occurred_at")
    over = min(plain.until, datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    hours = int((over - plain.since) / HOUR)
    with_events = {row["occurred_at"].replace(minute=0, second=0, microsecond=0) for row in happened if row["occurred_at"] < over}
    return [(len(happened), distinct(happened, "organization_id"), events(plain.tags), hours, hours - len(with_events))]


def tags(plain: Plainly) -> list[tuple]:
    found = []
    for key, rows in sorted(grouped(plain.tags, "category", "outcome").items()):
        of = [events(row for row in rows if row["severity"] == severity) for severity in ("critical", "high", "medium", "low")]
        found.append((*key, events(rows), *of, distinct(rows, "organization_id"), rounded(1000 * events(rows) / max(seen(plain), 1), 3)))
    return found


def reviews(plain: Plainly) -> list[tuple]:
    return [
        (reviewer, len(rows), *(sum(row["decision"] == said for row in rows) for said in ("confirmed", "dismissed")),
         sum(row["drawn"] == "random" for row in rows))
        for (reviewer,), rows in sorted(grouped(plain.within("reviews", "reviewed_at"), "reviewer").items())
    ]  # fmt: skip


def assessments(plain: Plainly) -> list[tuple]:
    return [
        (stratum, len(rows), sum(row["missed"] != "" for row in rows), sum(row["drawn"] == "random" for row in rows))
        for (stratum,), rows in sorted(grouped(plain.within("assessments", "assessed_at"), "stratum").items())
    ]


def state_of(alert: Row, acts: list[Row]) -> str:
    mine = [act for act in acts if act["alert_id"] == alert["alert_id"]]
    if alert["resolved_at"] > NEVER or any(
        act["action"] == "resolve" and act["acted_at"] >= min(alert["window_end"], alert["updated_at"]) for act in mine
    ):
        return "resolved"
    return "acknowledged" if any(act["action"] == "acknowledge" and act["acted_at"] >= alert["opened_at"] for act in mine) else "open"


def alerts(plain: Plainly) -> list[tuple]:
    asked = [row for row in plain.within("alerts", "opened_at") if not row["historical"] and not row["inhibited_by"]]
    found = {}
    for (severity,), rows in grouped(asked, "severity").items():
        states = Counter(state_of(row, plain.rows["alert_actions"]) for row in rows)
        found[severity] = (severity, len(rows), states["open"], states["acknowledged"], states["resolved"])
    return [found[severity] for severity in ("critical", "high", "medium", "low") if severity in found]


def actions(plain: Plainly) -> list[tuple]:
    done = [("alert", row["action"], row["reader"]) for row in plain.within("alert_actions", "acted_at")]
    for case in plain.cases:
        for each in (each for each in case.entries if plain.has(each.at)):
            done.append(("case", f"decide: {each.decision}" if each.action == "decide" else each.action, each.person))
    kinds = sorted({each[:2] for each in done})
    return [(*kind, sum(each[:2] == kind for each in done), len({each[2] for each in done if each[:2] == kind})) for kind in kinds]


def cases(plain: Plainly) -> list[tuple]:
    found = []
    for case in plain.cases:
        before = [each for each in case.entries if each.at < plain.until]
        mine = [each for each in before if each.at >= plain.since]
        if mine:
            then = folded(before)[0]
            about = (case.case_id, case.opened.title, sorted(case.opened.organizations), case.opened.at, case.opened.person)
            found.append((*about, then.status, then.decided.decision if then.decided else "", len(mine)))
    return sorted(found, key=lambda row: (row[3], row[0]))


def decisions(plain: Plainly) -> list[tuple]:
    found = []
    for case in plain.cases:
        decided = [each for each in case.entries if each.action == "decide"]
        for at, each in enumerate(decided):
            sent = [row["state"] for row in plain.rows["deliveries"] if row["occasion"] == f"decided-{each.entry_id}"]
            minutes = int((each.at - case.opened.at).total_seconds() // 60)
            if plain.has(each.at):
                found.append((
                    each.at, case.case_id, each.decision, decided[at - 1].decision if at else "", each.person, each.account, each.reason,
                    minutes, sent.count("delivered"), sent.count("pending") + sent.count("dead"),
                ))  # fmt: skip
    return sorted(found, key=lambda row: row[:2])


def access(plain: Plainly) -> list[tuple]:
    return [
        (*key, len(rows), len({row["organization_id"] for row in rows} - {""}), min(row["at"] for row in rows), max(row["at"] for row in rows))
        for key, rows in sorted(grouped(plain.within("access_log", "at"), "reader", "role", "action").items())
    ]


def disclosures(plain: Plainly) -> list[tuple]:
    found = [row for row in plain.within("access_log", "at") if row["action"] in ("reveal", "lookup", "export")]
    names = ("at", "reader", "role", "account", "action", "page", "organization_id", "event_id", "detail", "reason")
    return [tuple(row[name] for name in names) for row in sorted(found, key=lambda row: (row["at"], row["entry_id"]))]


def erasures(plain: Plainly) -> list[tuple]:
    found = sorted(plain.within("erasures", "asked_at"), key=lambda row: (row["asked_at"], row["organization_id"], row["user_hash"]))
    return [
        (row["asked_at"], row["organization_id"], f"{row['user_hash']:016x}", row["reason"], row["events"], row["completed_at"] > NEVER,
         row["completed_at"])
        for row in found
    ]  # fmt: skip


def seals(plain: Plainly) -> list[tuple]:
    rows = plain.within("evidence_seals", "hour")
    hours = int((min(plain.until, datetime.now(UTC)).replace(minute=0, second=0, microsecond=0) - plain.since) / HOUR)
    return [
        (hours, distinct(rows, "hour"), distinct((row for row in rows if row["amendment"]), "hour"), len(rows), sum(row["leaves"] for row in rows))
    ]


def changes(plain: Plainly) -> list[tuple]:
    found = sorted(plain.within("schema_migrations", "applied_at"), key=lambda row: row["number"])
    return [(row["applied_at"], row["name"], row["applied_by"]) for row in found]


PLAINLY: dict[str, Callable[[Plainly], list[tuple]]] = {
    "runs": runs, "runs_opened": runs_opened, "revisions": revisions, "intake": intake, "set_aside": set_aside, "dead_letters": dead_letters,
    "events": in_one_row, "tags": tags, "reviews": reviews, "assessments": assessments, "alerts": alerts, "actions": actions, "cases": cases,
    "decisions": decisions, "access": access, "disclosures": disclosures, "erasures": erasures, "seals": seals, "changes": changes,
}  # fmt: skip
