"""What people ask of alerts and do about them, for commands and the page alike. Every action is a row with who did it and why."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa

from streams.account import account
from streams.alerts.book import AlertBook, Delivery, RouteState
from streams.alerts.sender import address_hash
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.errors import UsageError
from streams.settings_alerts import AlertRoute

MILLIS = pa.timestamp("ms", "UTC")
ACTIONS = pa.schema([
    ("action_id", pa.string()), ("alert_id", pa.string()), ("rule", pa.string()), ("scope", pa.string()), ("action", pa.string()),
    ("reason", pa.string()), ("reader", pa.string()), ("account", pa.string()), ("acted_at", MILLIS), ("until", MILLIS),
])  # fmt: skip
FEWEST, MOST = 3, 1_000  # characters of a reason


class AlertDesk:
    """Lists, and takes actions."""

    def __init__(self, client: ClickHouse) -> None:
        self._client = client

    def listed(self, *, state: str = "", severity: str = "", since: datetime | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Alerts, open and severe ones first."""
        parameters = {"state": state, "severity": severity, "since": since or datetime(1970, 1, 1, tzinfo=UTC), "limit": limit}
        return self._client.rows(sql_text("alerts/listed"), parameters)

    def shown(self, alert_id: str) -> dict[str, Any]:
        """One alert with what was done and sent about it.

        Raises:
            UsageError: there is none.
        """
        rows = self._client.rows(sql_text("alerts/one"), {"alert": alert_id})
        if not rows:
            raise UsageError(f"there is no alert {alert_id!r}", cause="mistyped, or of another database", command="plumbline alerts list")
        actions = self._client.rows(sql_text("alerts/actions"), {"alert": alert_id, "rule": rows[0]["rule"]})
        return {**rows[0], "actions": actions, "deliveries": self.deliveries(alert=alert_id)}

    def acknowledge(self, alert_id: str, *, reason: str, reader: str) -> None:
        """Somebody looks at it."""
        self._act("acknowledge", self.shown(alert_id), reason, reader)

    def resolve(self, alert_id: str, *, reason: str, reader: str) -> None:
        """It is dealt with. What fires afterwards opens it again."""
        self._act("resolve", self.shown(alert_id), reason, reader)

    def silence(self, rule: str, *, scope: str = "", until: datetime, reason: str, reader: str) -> None:
        """Tell nobody of a rule's alerts until then: of one organization (or group), or of all."""
        if until <= datetime.now(UTC):
            raise UsageError("a silence ends in the future", command="plumbline alerts silence RULE --for 8h --reason …")
        self._act("silence", {"rule": rule}, reason, reader, scope=scope, until=until)

    def unsilence(self, rule: str, *, scope: str = "", reason: str, reader: str) -> None:
        """Lift the silences of a rule and scope."""
        self._act("unsilence", {"rule": rule}, reason, reader, scope=scope)

    def _act(self, action: str, alert: dict[str, Any], reason: str, reader: str, *, scope: str = "", until: datetime | None = None) -> None:
        if not FEWEST <= len(reason.strip()) <= MOST:
            raise UsageError(f"a reason has {FEWEST} to {MOST} characters", cause="whoever reads the log later should understand it")
        now = datetime.now(UTC)
        row = {"action_id": uuid4().hex, "alert_id": alert.get("alert_id", ""), "rule": alert["rule"], "scope": scope, "action": action}
        row |= {"reason": reason.strip(), "reader": reader, "account": account(), "acted_at": now, "until": until or now}
        self._client.insert("alert_actions", pa.Table.from_pylist([row], ACTIONS))

    # -- deliveries

    def deliveries(self, *, alert: str = "", state: str = "", route: str = "", limit: int = 100) -> list[dict[str, Any]]:
        """The outbox, newest first; without bodies."""
        return self._client.rows(sql_text("alerts/deliveries"), {"alert": alert, "state": state, "route": route, "limit": limit})

    def replay(self, delivery_ids: Iterable[str] = (), *, route: str = "") -> list[str]:
        """Make dead (or named) deliveries pending again, with the ids that they had. Returns the ids.

        Raises:
            UsageError: a named one does not exist.
        """
        wanted = sorted(set(delivery_ids))
        rows = self._client.rows(sql_text("alerts/replayable"), {"ids": wanted, "route": route})
        missing = set(wanted) - {row["delivery_id"] for row in rows}
        if missing:
            raise UsageError(f"there is no delivery {', '.join(sorted(missing))}", command="plumbline alerts deliveries")
        now, names = datetime.now(UTC), Delivery.__dataclass_fields__
        again = [Delivery(**{name: row[name] for name in names} | {"state": "pending", "attempts": 0, "next_at": now}) for row in rows]
        AlertBook(self._client).write_deliveries(again, now)
        return [each.delivery_id for each in again]

    def replay_dead(self, alert_id: str) -> list[str]:
        """Make the dead deliveries of one alert pending again. Returns their ids."""
        dead = self.deliveries(alert=alert_id, state="dead", limit=1_000)
        return self.replay(row["delivery_id"] for row in dead) if dead else []

    # -- routes

    def routes(self, routes: Mapping[str, AlertRoute]) -> list[dict[str, Any]]:
        """How each route of the settings is (on, failing or off; since when and why), and how many deliveries wait or were given up."""
        states = AlertBook(self._client).routes()
        left = {(row["route"], row["state"]): row["deliveries"] for row in self._client.rows(sql_text("alerts/undelivered"))}
        return [_route_row(name, route, states.get((name, address_hash(route))), left) for name, route in routes.items()]

    def enable(self, name: str, route: AlertRoute) -> None:
        """Switch a route on again."""
        AlertBook(self._client).write_route(RouteState(name, address_hash(route)), datetime.now(UTC))


def _route_row(name: str, route: AlertRoute, state: RouteState | None, left: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    known = state or RouteState(name, "")
    return {
        "route": name, "kind": route.kind, "state": "off" if known.disabled else "failing" if known.failing_from else "on",
        "failing_from": known.failing_from, "reason": known.reason, "pending": left.get((name, "pending"), 0), "dead": left.get((name, "dead"), 0),
        "least_severity": route.least_severity, "owner": route.owner,
    }  # fmt: skip
