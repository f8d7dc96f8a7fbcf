"""A surge of one organization that has landed, and what the shipped rules make of it."""

from datetime import datetime

from landing import Lander, open_run

from faults.alerts import surge
from streams.alerts.engine import Engine, Evaluation
from streams.alerts.rules import load_rules
from streams.clickhouse.client import ClickHouse
from streams.policy.pack import SHIPPED
from streams.settings_alerts import AlertsSettings


def evaluated(client: ClickHouse, now: datetime, settings: AlertsSettings | None = None) -> Evaluation:
    """Land the surge in an empty database and evaluate once."""
    open_run(client)
    Lander(client).land(surge("org-a"), landed_at=now)
    rules = load_rules(None, {path.stem for path in (SHIPPED / "detectors").glob("*.toml")})
    return Engine(client, rules, settings or AlertsSettings()).evaluate(now)
