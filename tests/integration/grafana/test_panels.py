"""Every panel, variable and alert rule of the Grafana dashboards on the demonstration's data, with the data source's macros expanded."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from macros import ALL, Shown, expand

from streams.grafana.description import Dashboard, Panel, Rule, Variable, alert_rules, dashboards

pytestmark = pytest.mark.integration

SPANS = {"now-7d": timedelta(days=7), "now-24h": timedelta(days=1), "now-3y": timedelta(days=3 * 365)}
# What a panel may read: the tables whose size does not grow with the traffic's volume but with hours, groups and trouble.
BOUNDED = {"audit_states_hour", "audit_volumes", "audit_dead_letters", "audit_ledger", "audit_alerts", "audit_runs", "audit_deliveries"}
PANELS = [(dashboard, panel) for dashboard in dashboards() for panel in dashboard.panels]
VARIABLES = [variable for dashboard in dashboards() for variable in dashboard.variables if variable.sql]


class Answer:
    """Rows, and how many rows the server read for them."""

    def __init__(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        body = answer.json()
        self.rows: list[dict[str, Any]] = body["data"]
        self.types = {column["name"]: column["type"] for column in body["meta"]}
        self.read_rows = int(body["statistics"]["rows_read"])


def ask(store: Any, sql: str) -> Answer:
    """As Grafana asks: as the reader for dashboards."""
    parameters = {"database": store.settings.database, "default_format": "JSON"}
    token = (store.process_settings.data_dir / "store" / "token.dashboards").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    return Answer(httpx.post(store.settings.url, params=parameters, content=sql, headers=headers, timeout=30))


def shown(store: Any, dashboard: Dashboard) -> Shown:
    """The dashboard as it opens: each variable at All or at its first value."""
    values = {each.name: _first(store, each) for each in dashboard.variables}
    span, now = SPANS[dashboard.since], datetime.now(UTC)
    return Shown(now - span, now, 3_600 if span < timedelta(days=30) else 86_400, values)


def _first(store: Any, variable: Variable) -> list[str]:
    if variable.all:
        return [ALL]
    return [variable.choices[0]] if variable.choices else list(ask(store, variable.statement).rows[0].values())[:1]


@pytest.mark.parametrize(("dashboard", "panel"), PANELS, ids=[f"{panel.dashboard}-{panel.sql}" for _, panel in PANELS])
def test_a_panel_shows_something_and_reads_a_bounded_number_of_rows(demonstration: Any, dashboard: Dashboard, panel: Panel) -> None:
    answer = ask(demonstration, expand(panel.statement, shown(demonstration, dashboard)))
    assert answer.rows, "the panel is empty"
    assert len(answer.rows) <= 5_000
    assert answer.read_rows <= limit(demonstration), "more rows read than the aggregates have"
    if panel.kind == "timeseries":
        assert answer.types["time"].startswith("DateTime")
        assert any(float(value or 0) for row in answer.rows for name, value in row.items() if _is_number(answer.types[name])), "nothing but zeros"
    if panel.kind == "stat":
        assert all(_is_number(kind) for kind in answer.types.values()) and len(answer.rows) == 1


def limit(store: Any) -> int:
    """Rows of the aggregates, each of which a statement may read a few times."""
    counts = store.client.rows("""
        SELECT (SELECT count() FROM signals_hour) + (SELECT count() FROM volumes_hour) + (SELECT count() FROM ledger)
               + (SELECT count() FROM dead_letters) + (SELECT count() FROM alerts) + (SELECT count() FROM runs) AS n""")
    return 4 * counts[0]["n"] + 1_000


def _is_number(kind: str) -> bool:
    return any(word in kind for word in ("Int", "Float", "Decimal"))


@pytest.mark.parametrize(("dashboard", "panel"), PANELS, ids=[f"{panel.dashboard}-{panel.sql}" for _, panel in PANELS])
def test_a_panel_reads_aggregates_only(dashboard: Dashboard, panel: Panel) -> None:
    assert set(tables(panel.statement)) <= BOUNDED


def tables(sql: str) -> Iterator[str]:
    import sqlglot

    plain = expand(
        sql,
        Shown(
            datetime(2026, 3, 1, tzinfo=UTC),
            datetime(2026, 3, 2, tzinfo=UTC),
            60,
            {"category": ["x"], "organization": ["x"], "revision": ["x"], "days": ["7"]},
        ),
    )
    yield from (table.name for table in sqlglot.parse_one(plain, read="clickhouse").find_all(sqlglot.exp.Table))


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda each: each.name)
def test_a_variable_has_values(demonstration: Any, variable: Variable) -> None:
    rows = ask(demonstration, variable.statement).rows
    assert len({next(iter(row.values())) for row in rows}) == len(rows) > 1


def test_a_chosen_category_narrows_the_panels(demonstration: Any) -> None:
    [dashboard] = [each for each in dashboards() if each.name == "category"]
    [panel] = [each for each in dashboard.panels if each.sql == "organizations"]
    everything = shown(demonstration, dashboard)
    chosen = everything._replace(variables={"category": ["privacy_tracking"]})
    one, whole = (sum(int(row["violations"]) for row in ask(demonstration, expand(panel.statement, each)).rows) for each in (chosen, everything))
    assert 0 < one < whole


def test_a_value_with_a_quote_stays_a_value(demonstration: Any) -> None:
    [dashboard] = [each for each in dashboards() if each.name == "organization"]
    hostile = shown(demonstration, dashboard)._replace(variables={"organization": ["x' OR 1 = 1 --"]})
    [panel] = [each for each in dashboard.panels if each.sql == "outcomes"]
    assert ask(demonstration, expand(panel.statement, hostile)).rows == []


@pytest.mark.parametrize("rule", alert_rules().rules, ids=lambda rule: rule.name)
def test_an_alert_rule_gives_one_number_per_set_of_labels(demonstration: Any, rule: Rule) -> None:
    answer = ask(demonstration, rule.statement)
    kinds = {name: _is_number(kind) for name, kind in answer.types.items()}
    assert kinds.pop("value") and not any(kinds.values())
    labels = [tuple(value for name, value in row.items() if name != "value") for row in answer.rows]
    assert len(set(labels)) == len(labels)
    assert "$" not in rule.statement + rule.summary, "Grafana would replace it in a provisioning file"


def test_the_rules_find_the_demonstrations_incidents(demonstration: Any) -> None:
    found = {rule.name: [row for row in ask(demonstration, rule.statement).rows if float(row["value"]) > rule.above] for rule in alert_rules().rules}
    assert found["standstill"] == [] and found["rejected"] == []
    late = demonstration.client.rows("SELECT max(landed_at) AS at FROM ledger")[0]["at"]
    assert datetime.now(UTC) - late < timedelta(hours=1)
