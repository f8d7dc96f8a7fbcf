"""What ClickHouse says, as facts. Which tables and how far back follows from the rules."""

import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from schemas.alert_rules import Absence, AlertRuleFile, AllowanceMisuse, Coordinated, NewEntity, Spike, Threshold, Trend, span_seconds
from streams.alerts.facts import DAY, HOUR, MINUTE, Facts, Labels, Landing, Range, Rows, Text, empty_rows, joined
from streams.alerts.kinds.spike import WEEK
from streams.alerts.kinds.threshold import counts_minutes
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text

SIGNAL_DIMENSIONS = ("category", "outcome", "severity", "organization", "country", "model", "revision")
ALL_TIME = ("first_seen", "newcomers")
KEPT = ("hours", "volumes", "first_seen")
READERS = 4
VOLUME_DIMENSIONS = ("organization", "country", "model", "source")
DIMENSIONS = {"minutes": SIGNAL_DIMENSIONS, "hours": SIGNAL_DIMENSIONS, "users": SIGNAL_DIMENSIONS, "volumes": VOLUME_DIMENSIONS}
STEPS = {"minutes": MINUTE, "hours": HOUR, "users": 1, "volumes": HOUR}
FOREVER = datetime(2100, 1, 1, tzinfo=UTC)
KEPT_AFTER = 2 * DAY  # hours before that are kept
OLD_FOR_S = 900.0


def reach(rules: Iterable[AlertRuleFile]) -> dict[str, int]:
    """Feed -> seconds before the range that the rules look back; feeds that no rule needs are left out."""
    needs: dict[str, int] = {}

    def need(feed: str, seconds: int) -> None:
        needs[feed] = max(seconds, needs.get(feed, 0))

    for rule in rules:
        for feed, seconds in _needs(rule.when):
            need(feed, seconds)
    return needs


def _needs(when: object) -> list[tuple[str, int]]:
    match when:
        case Threshold(measure="events"):
            return [("minutes" if counts_minutes(when) else "hours", span_seconds(when.window))]
        case Threshold(measure="users"):
            return [("users", span_seconds(when.window))]
        case Threshold():
            return [("hours", span_seconds(when.window)), ("volumes", span_seconds(when.window))]
        case Spike():
            return [("hours", when.weeks * WEEK + span_seconds(when.window) + HOUR), ("newcomers", 0)]
        case NewEntity():
            return [("hours", span_seconds(when.window) + HOUR), ("first_seen", 0), ("newcomers", 0)]
        case Trend():
            return [("hours", (when.days + 1) * DAY), ("newcomers", 0)]
        case AllowanceMisuse():
            back = span_seconds(when.window) + span_seconds(when.baseline)
            return [("hours", back), ("volumes", back), ("newcomers", 0)]
        case Coordinated():
            return [("texts", span_seconds(when.window))]
        case Absence(of="events"):
            return [("volumes", WEEK + span_seconds(when.window) + HOUR)]
    return []


class FactsReader:
    """Reads what rules need. Hours that lie days back are read again only when something landed there, or the run that is current changed."""

    def __init__(self, client: ClickHouse) -> None:
        self._client = client
        self._old: dict[str, Rows] = {}
        self._old_seen: dict[tuple[str, str], int] = {}
        self._key: object = None
        self._old_read = 0.0

    def read(self, rules: Iterable[AlertRuleFile], span: Range, *, known_since: int, landing: Landing) -> Facts:
        """What the rules need for a range.

        Args:
            known_since: nothing older counts as known (older archives may have been landed).
            landing: how the pipeline is.

        Raises:
            Retry: as the client raises it.
        """
        needs = reach(rules)
        since = {name: known_since if name in ALL_TIME else max(span.since - needs[name], known_since) for name in needs}
        cut = min(span.since, span.now - KEPT_AFTER) // DAY * DAY
        split = [name for name in KEPT if name in needs and since[name] < cut]
        if self._stale((cut, tuple(since[name] // DAY for name in split), self._periods())):
            self._old, self._old_seen = {}, {}
        wanted = {name: (since[name], None) for name in needs if name not in split}
        wanted |= dict.fromkeys(split, (cut, None))
        wanted |= {f"old {name}": (since[name], cut) for name in split if name not in self._old and not (name == "first_seen" and self._old_seen)}
        with ThreadPoolExecutor(READERS, thread_name_prefix="facts") as readers:  # each read is a request of its own, so they run side by side
            tables = dict(zip(wanted, readers.map(lambda name: self._table(name.removeprefix("old "), *wanted[name]), wanted), strict=True))
        self._old |= {name: _rows(tables[f"old {name}"], HOUR, names) for name, names in DIMENSIONS.items() if f"old {name}" in tables}
        self._old_seen |= _firsts(tables.get("old first_seen"))
        return self._facts(tables, span, landing, split)

    def forget(self) -> None:
        """Read everything anew at the next time: something landed days back."""
        self._key = None

    def _facts(self, tables: Mapping[str, pa.Table], span: Range, landing: Landing, split: Collection[str]) -> Facts:
        rows = {name: _rows(tables.get(name), step, DIMENSIONS[name]) for name, step in STEPS.items()}
        rows |= {name: joined(self._old[name], rows[name]) for name in split if name in rows}
        newcomers = {row["organization"]: row["first"] for row in tables["newcomers"].to_pylist()} if "newcomers" in tables else {}
        return Facts(
            **rows,
            texts=_texts(tables.get("texts")),
            first_seen=_firsts(tables.get("first_seen")) | self._old_seen,  # the older wins
            newcomers=newcomers,
            began=min(newcomers.values(), default=span.now),
            landing=landing,
        )

    def _table(self, name: str, since: int, until: int | None) -> pa.Table:
        bounds = {"since": datetime.fromtimestamp(max(0, since), UTC)}
        if name in KEPT:
            bounds["until"] = datetime.fromtimestamp(until, UTC) if until else FOREVER
        return self._client.arrow(sql_text(f"alerts/{name}"), bounds)

    def _periods(self) -> object:
        return [tuple(row.values()) for row in self._client.rows(sql_text("alerts/periods"))]

    def _stale(self, key: object) -> bool:
        old = key != self._key or time.monotonic() - self._old_read > OLD_FOR_S
        if old:
            self._key, self._old_read = key, time.monotonic()
        return old


def _texts(table: pa.Table | None) -> list[Text]:
    return [Text(*row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)] if table is not None and table.num_rows else []


def _firsts(table: pa.Table | None) -> dict[tuple[str, str], int]:
    """(organization, category) -> when it was first seen."""
    return {(row["organization"], row["category"]): row["first"] for row in table.to_pylist()} if table is not None else {}


def _rows(table: pa.Table | None, step: int, dimensions: tuple[str, ...]) -> Rows:
    if table is None or not table.num_rows:
        return empty_rows(step, dimensions)
    value = table["value"].to_numpy()
    return Rows(
        step,
        table["at"].to_numpy().astype(np.int64),
        value if step == 1 else value.astype(np.float64),
        {name: _labels(table[name]) for name in dimensions},
    )


def _labels(column: pa.ChunkedArray) -> Labels:
    whole = column.combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    return Labels(whole.indices.to_numpy(zero_copy_only=False).astype(np.int64), [str(name) for name in whole.dictionary.to_pylist()])
