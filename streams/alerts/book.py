"""Alerts, outbox, routes and how far evaluation has come: as they are kept in ClickHouse. All writes are keyed; repeating one changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from streams.alerts.incidents import Incident
from streams.alerts.notices import Notice, Standing, Told
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text

MILLIS, SECONDS = pa.timestamp("ms", "UTC"), pa.timestamp("s", "UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = pa.list_(pa.string())
ALERTS = pa.schema([
    ("alert_id", pa.string()), ("group_key", pa.string()), ("rule", pa.string()), ("rule_version", pa.uint16()), ("rules", TEXTS),
    ("rules_hash", pa.string()), ("severity", pa.string()), ("title", pa.string()), ("owner", pa.string()), ("runbook", pa.string()),
    ("routes", TEXTS), ("category", pa.string()), ("organization_id", pa.string()), ("dimensions", pa.map_(pa.string(), pa.string())),
    ("organizations", TEXTS), ("likeness", pa.list_(pa.uint64())), ("window_start", SECONDS), ("window_end", SECONDS), ("value", pa.float64()),
    ("threshold", pa.float64()), ("query", pa.string()), ("cooldown_s", pa.uint32()), ("historical", pa.bool_()), ("inhibited_by", pa.string()),
    ("generation", pa.uint16()), ("opened_at", MILLIS), ("resolved_at", MILLIS), ("updated_at", MILLIS),
])  # fmt: skip
DELIVERIES = pa.schema([
    ("delivery_id", pa.string()), ("alert_id", pa.string()), ("route", pa.string()), ("occasion", pa.string()), ("severity", pa.string()),
    ("state", pa.string()), ("body", pa.string()), ("attempts", pa.uint16()), ("status", pa.uint16()), ("error", pa.string()),
    ("created_at", MILLIS), ("next_at", MILLIS), ("updated_at", MILLIS),
])  # fmt: skip
ROUTES = pa.schema([
    ("route", pa.string()), ("address_hash", pa.string()), ("failing_from", MILLIS), ("disabled", pa.bool_()), ("reason", pa.string()),
    ("updated_at", MILLIS),
])  # fmt: skip
EVALUATIONS = pa.schema([
    ("evaluator", pa.string()), ("rules_hash", pa.string()), ("landed_until", MILLIS), ("evaluated_at", MILLIS), ("seconds", pa.float32()),
])  # fmt: skip
MOMENTS = ("window_start", "window_end", "opened_at", "resolved_at")
MOST_IDS = 1_000  # in one parameter, which a server cuts at 128 KiB
LISTS = ("rules", "routes", "organizations", "likeness")


@dataclass(frozen=True)
class Delivery:
    """An entry of the outbox. Times are aware."""

    delivery_id: str
    alert_id: str
    route: str
    occasion: str
    severity: str
    state: str
    body: str
    attempts: int
    status: int
    error: str
    created_at: datetime
    next_at: datetime


@dataclass(frozen=True)
class RouteState:
    """How a route is. `failing_from`: first failure since the last success, None without."""

    route: str
    address_hash: str
    failing_from: datetime | None = None
    disabled: bool = False
    reason: str = ""


class Evaluated(NamedTuple):
    """How far the last evaluation came."""

    landed_until: datetime
    rules_hash: str


class Touched(NamedTuple):
    """What has landed: when last, and the earliest hour of event time that it touched (None: nothing)."""

    landed_at: datetime | None
    earliest: datetime | None


class AlertBook:
    """Reads and writes of one evaluator or sender."""

    def __init__(self, client: ClickHouse) -> None:
        self._client = client

    # -- alerts

    def stored(self, since: datetime) -> list[Incident]:
        """Alerts that are not over, or ended after `since` less their cooldown."""
        return [_incident(row) for row in self._client.rows(sql_text("alerts/stored"), {"since": since})]

    def write_alerts(self, incidents: Sequence[Incident], rules_hash: str, now: datetime) -> None:
        rows = [_row(each) | {"rules_hash": rules_hash, "updated_at": now} for each in incidents]
        self._client.insert("alerts", pa.Table.from_pylist(rows, ALERTS))

    def standing(self, since: datetime) -> dict[str, Standing]:
        """How alerts stand that changed since then, or still wait for something."""
        rows = self._client.rows(sql_text("alerts/standing"), {"since": since})
        return {row["alert_id"]: Standing(row["state"], int(row["silenced_until"].timestamp())) for row in rows}

    # -- outbox

    def told(self, alert_ids: Iterable[str]) -> list[Told]:
        """What is in the outbox about these alerts."""
        ids = sorted(set(alert_ids))
        pages = (self._client.rows(sql_text("alerts/occasions"), {"alerts": ids[at : at + MOST_IDS]}) for at in range(0, len(ids), MOST_IDS))
        return [Told(row["alert_id"], row["route"], row["occasion"], row["severity"]) for rows in pages for row in rows]

    def write_notices(self, notices: Sequence[Notice], now: datetime) -> list[Delivery]:
        """Put notices into the outbox, before anything is sent."""
        made = [Delivery(*notice[:5], "pending", notice.body, 0, 0, "", now, now) for notice in notices]
        self.write_deliveries(made, now)
        return made

    def write_deliveries(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        rows = [{field.name: getattr(each, field.name) for field in fields(each)} | {"updated_at": now} for each in deliveries]
        self._client.insert("deliveries", pa.Table.from_pylist(rows, DELIVERIES))

    def pending(self) -> list[Delivery]:
        """Deliveries that are still to be made, those due first."""
        return [_delivery(row) for row in self._client.rows(sql_text("alerts/pending"))]

    # -- routes and evaluation

    def routes(self) -> dict[tuple[str, str], RouteState]:
        """By name and address."""
        rows = self._client.rows(sql_text("alerts/routes"))
        states = (RouteState(row["route"], row["address_hash"], _or_none(row["failing_from"]), row["disabled"], row["reason"]) for row in rows)
        return {(state.route, state.address_hash): state for state in states}

    def write_route(self, state: RouteState, now: datetime) -> None:
        row = {field.name: getattr(state, field.name) for field in fields(state)}
        self._client.insert("alert_routes", pa.Table.from_pylist([row | {"failing_from": state.failing_from or EPOCH, "updated_at": now}], ROUTES))

    def evaluated(self) -> Evaluated | None:
        """The last evaluation, None before the first."""
        rows = self._client.rows(sql_text("alerts/evaluation"))
        return Evaluated(rows[0]["landed_until"], rows[0]["rules_hash"]) if rows else None

    def write_evaluation(self, evaluator: str, done: Evaluated, now: datetime, seconds: float) -> None:
        row = {"evaluator": evaluator, "rules_hash": done.rules_hash, "landed_until": done.landed_until, "evaluated_at": now, "seconds": seconds}
        self._client.insert("alert_evaluations", pa.Table.from_pylist([row], EVALUATIONS))

    def touched(self, since: datetime, oldest: datetime) -> Touched:
        """What landed since then, of event time from `oldest` on."""
        landed = _or_none(self._client.rows(sql_text("alerts/landing"))[0]["landed_at"])
        if landed is None or landed < since:
            return Touched(landed, None)
        row = self._client.rows(sql_text("alerts/touched"), {"since": since, "oldest": oldest})[0]
        return Touched(landed, row["earliest"] if row["hours"] else None)


def _row(incident: Incident) -> dict[str, Any]:
    row = {field.name: getattr(incident, field.name) for field in fields(incident)}
    row |= {name: datetime.fromtimestamp(row[name], UTC) for name in MOMENTS} | {name: list(row[name]) for name in LISTS}
    return row | {"dimensions": list(incident.dimensions.items()), "category": incident.category, "organization_id": incident.organization_id}


def _incident(row: Mapping[str, Any]) -> Incident:
    known = {field.name: row[field.name] for field in fields(Incident)}
    known |= {name: int(row[name].timestamp()) for name in MOMENTS} | {name: tuple(row[name]) for name in LISTS}
    return replace(Incident(**known), dimensions=dict(row["dimensions"]))


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(**{field.name: row[field.name] for field in fields(Delivery)})


def _or_none(moment: datetime) -> datetime | None:
    return moment if moment > EPOCH else None
