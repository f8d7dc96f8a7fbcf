"""What `plumbline db grants` prints: the engine reads every statement, every view is there, and nobody gets more than their role."""

import re
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from streams.cli import app
from streams.clickhouse.grants import grants
from streams.errors import ConfigurationError
from streams.settings import ClickHouseSettings, GrafanaSettings, Settings
from streams.store.roles import ROLES

pytestmark = pytest.mark.integration

GRAFANA = GrafanaSettings(clickhouse_username="grafana", clickhouse_password=SecretStr("it's secret"))


@pytest.mark.parametrize("cluster", ["", "main"])
def test_the_engine_reads_every_statement(store: Any, cluster: str) -> None:
    made = list(grants(Settings(clickhouse=ClickHouseSettings(cluster=cluster), grafana=GRAFANA)))
    for statement in made:
        assert store.client.rows("SELECT formatQuerySingleLine({sql:String}) AS sql", {"sql": statement})[0]["sql"]
        assert ("ON CLUSTER" in statement) == bool(cluster)
    assert len(made) > 30 and not any("{" in statement for statement in made)


def test_each_role_may_select_from_its_views_and_nothing_else(store: Any) -> None:
    made = [statement for statement in grants(Settings()) if "GRANT" in statement]
    found = [re.search(r"GRANT\s+SELECT ON plumbline\.(\w+) TO plumbline_(\w+)$", statement) for statement in made]
    assert all(found), "a grant of another kind"
    assert {role: {each[1] for each in found if each[2] == role} for role in ROLES} == {role: set(views) for role, views in ROLES.items()}
    there = {row["name"] for row in store.client.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")}
    assert {each[1] for each in found} <= there


def test_a_password_is_given_as_its_hash_only() -> None:
    text = "\n".join(grants(Settings(grafana=GRAFANA)))
    assert "secret" not in text and "IDENTIFIED WITH sha256_hash BY" in text


@pytest.mark.parametrize(("name", "password"), [("x; DROP USER y", "p"), ("grafana", "")])
def test_a_user_that_does_not_fit_is_refused(name: str, password: str) -> None:
    with pytest.raises(ConfigurationError):
        list(grants(Settings(grafana=GrafanaSettings(clickhouse_username=name, clickhouse_password=SecretStr(password)))))


def test_the_store_has_no_users_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path))
    printed = CliRunner().invoke(app, ["db", "grants"])
    assert printed.exit_code == 0 and printed.stdout.count("GRANT") > 10
    applied = CliRunner().invoke(app, ["db", "grants", "--apply"])
    assert applied.exit_code != 0 and "the store has no users" in str(applied.exception)


def test_every_table_that_names_an_event_or_a_reader_is_kept_from_both_roles(store: Any) -> None:
    [kept] = [statement for statement in grants(Settings()) if "plumbline_no_people" in statement]
    columns = ["event_id", "user_hash", "reader"]
    named = store.client.rows(
        "SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name IN {columns:Array(String)}"
        " AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')",
        {"columns": columns},
    )
    assert {row["table"] for row in named} - {"alert_actions"} == set(re.findall(r"plumbline\.(\w+)", kept))
