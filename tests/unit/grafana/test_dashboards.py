"""The dashboards as JSON, and the provisioning files that are kept in the repository."""

import re
from pathlib import Path

import pytest
import yaml

from streams.grafana.alerting import filed_groups
from streams.grafana.classic import SOURCE, all_classic
from streams.grafana.description import alert_rules, dashboards
from streams.grafana.files import MOUNTED, files

CHECKOUT = Path(__file__).parents[3]
KEPT = CHECKOUT / "grafana"
BOARDS = all_classic()
kept_files = pytest.mark.skipif(not KEPT.is_dir(), reason="the files come with the checkout, not with the wheel")


@kept_files
def test_the_files_in_the_repository_are_what_the_description_gives() -> None:
    kept = {str(path.relative_to(KEPT)): path.read_text() for path in KEPT.rglob("*") if path.is_file()}
    assert kept == files(), "run: plumbline grafana files"


@kept_files
def test_docker_compose_mounts_the_folders_and_fills_what_the_files_leave_open() -> None:
    grafana = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]["grafana"]
    mounts = dict(volume.split(":")[:2] for volume in grafana["volumes"] if volume.startswith("./"))
    assert mounts == {"./grafana/provisioning": "/etc/grafana/provisioning", "./grafana/dashboards": MOUNTED}
    left_open = {name for path, text in files().items() if path.startswith("provisioning") for name in re.findall(r"\$(\w+)", text)}
    assert left_open <= set(grafana["environment"])
    assert grafana["environment"]["GF_PLUGINS_PREINSTALL_SYNC"] == SOURCE["type"]


def test_provisioning_files_are_yaml_of_the_shape_that_grafana_reads() -> None:
    read = {path: yaml.safe_load(text) for path, text in files().items() if path.startswith("provisioning")}
    assert {path.split("/")[1] for path in read} == {"datasources", "dashboards", "alerting"}
    assert all(each["apiVersion"] == 1 for each in read.values())
    [source] = read["provisioning/datasources/plumbline.yaml"]["datasources"]
    assert {"name", "type", "uid", "access", "jsonData", "secureJsonData"} <= set(source)
    [group] = read["provisioning/alerting/rules.yaml"]["groups"]
    [point] = read["provisioning/alerting/contact_point.yaml"]["contactPoints"]
    assert {rule["notification_settings"]["receiver"] for rule in group["rules"]} == {point["name"]}
    assert group["folder"] == read["provisioning/dashboards/plumbline.yaml"]["providers"][0]["folder"]


def test_nothing_in_the_rules_file_would_be_replaced_by_the_environment() -> None:
    assert "$" not in str(filed_groups(alert_rules()))


@pytest.mark.parametrize("uid", BOARDS)
def test_a_dashboard_is_complete(uid: str) -> None:
    board = BOARDS[uid]
    assert len(uid) <= 40 and board["uid"] == uid
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(panel["description"] and panel["targets"][0]["rawSql"] and panel["datasource"] == SOURCE for panel in board["panels"])


@pytest.mark.parametrize("uid", BOARDS)
def test_no_two_panels_overlap_or_leave_the_grid(uid: str) -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in BOARDS[uid]["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells) and max(x for x, _ in cells) < 24


def test_every_link_leads_to_a_dashboard_and_a_variable_of_it() -> None:
    variables = {dashboard.uid: {each.name for each in dashboard.variables} for dashboard in dashboards()}
    links = re.findall(r"/d/([\w-]+)\?var-(\w+)=", str(BOARDS))
    assert len(links) > 5 and all(variable in variables[uid] for uid, variable in links)


def test_every_variable_that_a_statement_uses_is_one_of_its_dashboard() -> None:
    for dashboard in dashboards():
        used = {name for panel in dashboard.panels for name in re.findall(r"\$\{(\w+)", panel.statement)}
        assert used == {each.name for each in dashboard.variables}, dashboard.name


def test_every_statement_of_the_folder_is_on_a_dashboard_or_in_a_rule() -> None:
    from streams.clickhouse.sources import sql_folder

    there = {f"{path.parent.name}/{path.stem}" for path in (sql_folder() / "grafana").rglob("*.sql")}
    panels = {f"{panel.dashboard}/{panel.sql}" for dashboard in dashboards() for panel in dashboard.panels}
    variables = {f"variables/{each.sql}" for dashboard in dashboards() for each in dashboard.variables if each.sql}
    assert there == panels | variables | {f"alerts/{rule.name}" for rule in alert_rules().rules}
