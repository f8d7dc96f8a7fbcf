"""What the report says. Each section but `policy` and `retention` is one statement of sql/compliance, over [since, until)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.library import queries
from streams.clickhouse.runs import RunBook
from streams.errors import ConfigurationError, UsageError
from streams.policy import Pack
from streams.retention import Kept, retention
from streams.settings import Settings

FOLDER = "compliance"
UNKNOWN = ""  # of a revision: the pack of the run was never registered, or is of a form that this version does not read
Row = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """[`since`, `until`), both whole hours: volumes are counted by hour."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        """
        Raises:
            UsageError: it is empty, or does not begin and end on whole hours.
        """
        if self.since >= self.until:
            raise UsageError(
                "--from is not before --to", cause=f"{self.since.isoformat()} and {self.until.isoformat()}", command="plumbline report --help"
            )
        for moment in (self.since, self.until):
            if moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) != moment:
                raise UsageError(f"{moment.isoformat()} is no whole hour", cause="events are counted by hour", command="plumbline report --help")


@dataclass(frozen=True)
class Facts:
    """Everything that the report says. `remarks`: what whoever reads the figures must know of them. `sections`: rows by name of the statement."""

    span: Span
    made_at: datetime
    plumbline: str
    database: str
    remarks: tuple[str, ...]
    policy: list[Row]
    sections: Mapping[str, list[Row]]
    retention: list[Row] = field(default_factory=list)

    def as_json(self) -> Row:
        """One object; times are datetimes still."""
        about = {"report": "compliance", "since": self.span.since, "until": self.span.until, "made_at": self.made_at, "plumbline": self.plumbline}
        statements = {name: f"sql/{FOLDER}/{name}.sql" for name in self.sections}
        return {
            **about, "database": self.database, "remarks": list(self.remarks), "policy": self.policy, **self.sections, "retention": self.retention,
            "statements": statements,
        }  # fmt: skip


def facts(client: ClickHouse, settings: Settings, span: Span, now: datetime, topics: Sequence[Kept] = ()) -> Facts:
    """Ask for everything. `topics`: what the broker keeps, where there is one."""
    given = {"since": span.since.isoformat(), "until": span.until.isoformat()}
    sections = {name: query.rows(client, given) for name, query in queries(FOLDER).items()}
    policy = list(in_force(RunBook(client), sections["runs"], sections["revisions"]))
    kept = [each._asdict() for each in (*retention(client, settings.retention, now), *topics)]
    return Facts(
        span, now, version("plumbline"), settings.clickhouse.database, tuple(remarks(span, now, settings, policy, sections)), policy, sections, kept
    )


def in_force(book: RunBook, runs: list[Row], tagged: list[Row]) -> Iterator[Row]:
    """Which pack and which of its revisions were in force from when to when, by event time, with what was tagged under it."""
    for run in runs:
        counts = {row["revision"]: row["tagged_events"] for row in tagged if row["in_force_from"] == run["in_force_from"]}
        for revision, since, until in _revisions(book, run):
            of_run = {name: run[name] for name in ("run_id", "kind", "pack_hash")}
            tagged_events = sum(counts.values()) if revision == UNKNOWN else counts.get(revision, 0)
            yield {"in_force_from": since, "in_force_to": until, "revision": revision, **of_run, "tagged_events": tagged_events}


def _revisions(book: RunBook, run: Row) -> Iterator[tuple[str, datetime, datetime]]:
    """The revisions of a run's pack that were in force within its period."""
    since, until = run["in_force_from"], run["in_force_to"]
    try:
        pack: Pack = book.pack(run["pack_hash"])
    except ConfigurationError:
        yield UNKNOWN, since, until
        return
    starts = sorted({since, *(each.starts for each in pack.revisions if each.starts and since < each.starts < until)})
    for at, start in enumerate(starts):
        yield pack.revision_at(start).id, start, starts[at + 1] if at + 1 < len(starts) else until


def remarks(span: Span, now: datetime, settings: Settings, policy: list[Row], sections: Mapping[str, list[Row]]) -> Iterator[str]:
    """What limits the figures."""
    if span.until > now:
        yield f"The span is not over: this is how things stood when the report was made, {now:%-d %B %Y %H:%M} UTC."
    months = settings.retention.events_months
    if span.since < now - timedelta(days=28 * months):
        yield f"Events, verdicts and logs are kept for {months} months: of what is older, only what is left is counted."
    if any(row["revision"] == UNKNOWN for row in policy):
        yield "A pack that decided some of the span is not stored here, or cannot be read by this version: its revisions are not named."
    if any(row["unaccounted"] for row in sections["intake"]):
        yield "Some inputs are not accounted for: see plumbline verify."
    if sections["events"][0]["hours_without_events"]:
        yield "There are hours without any event: nobody sent, or nobody looked."
