"""History decided again: by another pack, into a run of its own, from stored detections and contexts. What was decided before stays.

The run becomes current when all of it is decided. Events that land in the meantime are caught up with before and after that moment; from then on
workers decide late events of the range under this run: they look at the runs after landing, so that no event falls between the two
(streams/worker/pipeline.py). Every step may be repeated.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import structlog

from schemas import Detection
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.runs import BEGINNING, RUNS, RunBook
from streams.clickhouse.sources import sql_text
from streams.errors import UsageError
from streams.history.checkpoint import Checkpoint
from streams.history.sides import Side, millis
from streams.history.stored import context_of, detections_with_places
from streams.landing.columns import verdicts_table

log = structlog.get_logger()

AT_ONCE = 200_000  # events of one step, give or take an hour's
CONTEXTS_AT_ONCE = 100  # in one statement, whose parameters travel in its address
MARGIN = timedelta(minutes=1)  # clocks of workers differ
JUDGED = "judged"  # label of runs that the opinions of a judge decide with
REPLICAS_S = 10.0  # by then, every replica of a cluster has what was written


class Window(NamedTuple):
    """A piece of event time, [`since`, `until`), with about so many events."""

    since: datetime
    until: datetime
    events: int


@dataclass(frozen=True)
class Order:
    """What is to be decided again, and how the run is called."""

    run_id: str
    kind: str  # retag, or shadow: never current
    parents: str
    since: datetime
    until: datetime


Revise = Callable[[Mapping[str, Any], list[Detection]], list[Detection]]  # what is decided of a stored row and its detections


def as_stored(_window: Window) -> Revise:
    """The detections as they are."""
    return lambda _row, detections: detections


class Retag:
    """One run over a range of history. `revise` may put other detections in the place of the stored ones, window by window."""

    def __init__(self, client: ClickHouse, side: Side, order: Order, data_dir: Path, *, revise: Callable[[Window], Revise] = as_stored) -> None:
        self._client, self._side, self.order, self._revise = client, side, order, revise
        self._checkpoint = Checkpoint(data_dir / "retags" / f"{order.run_id}.json")
        self._contexts: list[int] = []
        self._landed_from = BEGINNING
        self.decided = self.verdicts = 0

    def run(self, advance: Callable[[float], None], *, settle: Callable[[float], None] = time.sleep) -> None:
        """Decide all, make the run current, catch up. Interrupted, the same call goes on where it was."""
        RunBook(self._client).register(self._side.pack)
        self._put(completed_at=BEGINNING)
        began = self._checkpoint.began or datetime.now(UTC)
        self._pass(BEGINNING, began, advance)
        began = self._catch_up(began)
        if self.order.kind == "retag":
            self._put(completed_at=datetime.now(UTC))
            settle(REPLICAS_S if self._client.settings.cluster else 0.0)
            self._catch_up(began)
        else:
            self._put(completed_at=datetime.now(UTC))
        self._checkpoint.remove()
        log.info("history decided again", run_id=self.order.run_id, events=self.decided, verdicts=self.verdicts)

    def windows(self, landed_from: datetime) -> list[Window]:
        """The range in pieces of about AT_ONCE events that landed since."""
        order, windows = self.order, []
        asked = {"since": order.since, "until": order.until, "landed_from": landed_from}
        for row in self._client.rows(sql_text("policy/hours"), asked):
            since, until = max(row["hour"], order.since), min(row["hour"] + timedelta(hours=1), order.until)
            if windows and windows[-1].events + row["events"] <= AT_ONCE:
                windows[-1] = windows[-1]._replace(until=until, events=windows[-1].events + row["events"])
            else:
                windows.append(Window(since, until, row["events"]))
        return windows

    def _catch_up(self, since: datetime) -> datetime:
        """Decide what landed since; returns when that began."""
        began = datetime.now(UTC)
        attempt = timedelta(seconds=self._client.settings.query_timeout_s)  # a row is stamped before it lands
        self._pass(since - MARGIN - attempt, None, lambda _: None)
        return began

    def _pass(self, landed_from: datetime, began: datetime | None, advance: Callable[[float], None]) -> None:
        done, self._contexts = 0, self._deciding_contexts()
        for window in self.windows(landed_from):
            if began is None or self._checkpoint.until is None or window.until > self._checkpoint.until:
                self._decide(window, landed_from)
                if began:
                    self._checkpoint.note(began, window.until)
            done += window.events
            advance(done)

    def _decide(self, window: Window, landed_from: datetime) -> None:
        landed = millis(datetime.now(UTC))
        revise = self._revise(window)
        verdicts = [verdict for row in self._decidable(window, landed_from) for verdict in self._verdicts(row, revise, landed)]
        self.decided += window.events
        self.verdicts += len(verdicts)
        if verdicts:
            self._client.insert("verdicts", verdicts_table(verdicts))

    def _decidable(self, window: Window, landed_from: datetime) -> Iterator[dict[str, Any]]:
        """Events with a detection, then those whose context may decide alone."""
        asked = {"since": window.since, "until": window.until, "landed_from": landed_from}
        yield from self._client.arrow(sql_text("policy/decidable"), {**asked, "detected": True, "contexts": []}).to_pylist()
        for at in range(0, len(self._contexts), CONTEXTS_AT_ONCE):
            some = {**asked, "detected": False, "contexts": self._contexts[at : at + CONTEXTS_AT_ONCE]}
            yield from self._client.arrow(sql_text("policy/decidable"), some).to_pylist()

    def _verdicts(self, row: dict[str, Any], revise: Revise, landed: int) -> Iterator[tuple]:
        detections = revise(row, detections_with_places(row))
        revision, tags = self._side.decide(row["organization_id"], row["occurred_at"], context_of(row), detections)
        for tag in tags:
            place = tag.evidence[0] if tag.evidence else None
            yield (
                self.order.run_id, row["organization_id"], row["event_id"], millis(row["occurred_at"]), row["content_hash"], row["event_key"],
                tag.category, tag.outcome.value, tag.severity.value, tag.score, revision, tag.clause, tag.rule, tag.rule_version,
                [safeguard.value for safeguard in tag.missing_safeguards], tag.excused_by or "",
                place.field if place else "", place.start if place else 0, place.end if place else 0, row["user_hash"], row["api_key_hash"],
                row["model"], row["country"], row["audience"], row["organization_type"], row["declared_use_case"], row["similarity"],
                self._side.pack.hash, landed,
            )  # fmt: skip

    def _deciding_contexts(self) -> list[int]:
        """Keys of the contexts in the range that can decide without a detection."""
        asked = {"since": self.order.since, "until": self.order.until}
        rows = self._client.rows(sql_text("policy/contexts"), asked)
        return [row["context_key"] for row in rows if self._side.decider.ever_by_context(context_of(row))]

    def _put(self, *, completed_at: datetime) -> None:
        order = self.order
        row = {"run_id": order.run_id, "kind": order.kind, "pack_hash": self._side.pack.hash, "parent_run": order.parents}
        row |= {"valid_from": order.since, "valid_to": order.until, "opened_at": datetime.now(UTC), "completed_at": completed_at}
        self._client.insert("runs", pa.Table.from_pylist([row], RUNS))


def order_for(client: ClickHouse, side: Side, since: datetime, until: datetime, *, kind: str = "", label: str = "") -> Order | None:
    """The order for a range; None if its newest run over exactly this range has this pack already. An interrupted run is taken up again.

    Args:
        kind: retag, or shadow, which is never current; without one, as the side says.
        label: names what else than the pack decides: such a run, when complete, is always followed by another one.

    Raises:
        UsageError: the run would be current, and begins or ends within an hour: signals are counted by hour, and that hour would count in both runs.
    """
    kind = kind or ("shadow" if side.shadow else "retag")
    cut = [moment for moment in (since, until) if moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) != moment]
    if cut and kind == "retag":
        raise UsageError(
            f"history is decided again by whole hours, and {cut[0].isoformat()} is within one",
            cause="signals are counted by hour: what is tagged in that hour would be counted in the old run and in the new one",
            command="name whole hours, or a date",
        )
    runs = client.rows(sql_text("runs/over_range"), {"kind": kind, "since": since, "until": until})
    runs = [run for run in runs if _labelled(run["run_id"]) == label]
    if runs and runs[-1]["pack_hash"] == side.pack.hash:
        newest = runs[-1]
        if newest["complete"] and newest["current"] and not label:
            return None
        if not newest["complete"]:
            return Order(newest["run_id"], kind, newest["parent_run"], since, until)
    parents = [run.run_id for run in RunBook(client).current() if run.valid_from < until and since < run.valid_to]
    name = _name(f"{kind}-{label}" if label else kind, side, since, until, len(runs))
    return Order(name, kind, " ".join(dict.fromkeys(parents)), since, until)


def _labelled(run_id: str) -> str:
    """The label in a run's name, empty without."""
    return JUDGED if f"-{JUDGED}-" in run_id else ""


def _name(kind: str, side: Side, since: datetime, until: datetime, earlier: int) -> str:
    again = f"-{earlier + 1}" if earlier else ""
    return f"{kind}-{side.pack.hash[:12]}-{since:%Y%m%dT%H%M%S}-{until:%Y%m%dT%H%M%S}{again}"


def remaining(windows: Sequence[Window]) -> int:
    """Events in all windows."""
    return sum(window.events for window in windows)
