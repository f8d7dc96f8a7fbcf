"""Dashboards as Grafana's classic JSON, which 11 to 13 load alike."""

from collections.abc import Iterator
from typing import Any

from streams.grafana.description import Dashboard, Panel, Variable, dashboards

SCHEMA_VERSION = 39  # Grafana 11's; later ones migrate it when they load it
PLUGIN = "grafana-clickhouse-datasource"
SOURCE_UID = "plumbline-clickhouse"
SOURCE = {"type": PLUGIN, "uid": SOURCE_UID}
TAG = "plumbline"
COLUMNS = 24
TIMESERIES, TABLE = 0, 1  # the data source's formats
TYPES = {"timeseries": "timeseries", "bars": "barchart", "stat": "stat", "table": "table"}
# Columns and labels that lead to another dashboard: name -> (dashboard, its variable).
LEADS_TO = {"category": ("category", "category"), "organization_id": ("organization", "organization")}
Json = dict[str, Any]


def classic(dashboard: Dashboard) -> Json:
    """One dashboard. Ids of panels are their places, so that the same description gives the same JSON."""
    places = zip(dashboard.panels, _places(dashboard.panels), strict=True)
    return {
        "uid": dashboard.uid, "title": dashboard.title, "tags": [TAG], "schemaVersion": SCHEMA_VERSION, "editable": False, "graphTooltip": 1,
        "time": {"from": dashboard.since, "to": "now"}, "timezone": "utc", "refresh": "1m", "links": [_menu()],
        "templating": {"list": [_variable(each) for each in dashboard.variables]},
        "panels": [_panel(panel, number, place) for number, (panel, place) in enumerate(places, 1)],
    }  # fmt: skip


def target(statement: str, *, series: bool) -> Json:
    """A query as the data source's editor stores it."""
    kind = {"queryType": "timeseries", "format": TIMESERIES} if series else {"queryType": "table", "format": TABLE}
    return {"refId": "A", "datasource": SOURCE, "editorType": "sql", "rawSql": statement, **kind}


def _panel(panel: Panel, number: int, place: Json) -> Json:
    shown = {"id": number, "type": TYPES[panel.kind], "title": panel.title, "description": panel.description, "gridPos": place, "datasource": SOURCE}
    series = panel.kind == "timeseries"
    shown |= {"targets": [target(panel.statement, series=series)], "fieldConfig": _fields(panel), "options": _options(panel)}
    return shown | ({"interval": panel.interval} if series else {})


def _fields(panel: Panel) -> Json:
    defaults: Json = {"unit": panel.unit}
    if panel.kind in ("timeseries", "bars"):
        stacking = "normal" if panel.stacked else "none"
        custom = {"drawStyle": "bars" if panel.stacked else "line", "fillOpacity": 60 if panel.stacked else 8, "lineWidth": 1}
        defaults["custom"] = (custom if panel.kind == "timeseries" else {"fillOpacity": 70}) | {"stacking": {"mode": stacking, "group": "A"}}
    if panel.warn_above is not None:
        steps = [{"color": "green", "value": None}, {"color": "red", "value": panel.warn_above}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    if panel.kind == "timeseries" and (column := _label(panel)):
        defaults["links"] = [_link(column, "${__field.labels." + column + "}")]
    overrides = [_override(column) for column in LEADS_TO] if panel.kind == "table" else []
    return {"defaults": defaults, "overrides": overrides}


def _options(panel: Panel) -> Json:
    if panel.kind == "timeseries":
        return {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}, "tooltip": {"mode": "multi", "sort": "desc"}}
    if panel.kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value", "graphMode": "none"}
    if panel.kind == "bars":
        return {"orientation": "horizontal", "stacking": "normal" if panel.stacked else "none", "legend": {"showLegend": panel.stacked}}
    return {"showHeader": True, "cellHeight": "sm"}


def _label(panel: Panel) -> str:
    """The column of a series that leads to another dashboard than the one it is on."""
    return next((name for name, (board, _) in LEADS_TO.items() if f"AS time, {name}," in panel.statement and board != panel.dashboard), "")


def _override(column: str) -> Json:
    return {"matcher": {"id": "byName", "options": column}, "properties": [{"id": "links", "value": [_link(column, "${__value.raw}")]}]}


def _link(column: str, value: str) -> Json:
    board, variable = LEADS_TO[column]
    return {"title": f"Open the {board}", "url": f"/d/plumbline-{board}?var-{variable}={value}&${{__url_time_range}}"}


def _variable(variable: Variable) -> Json:
    shown = {"name": variable.name, "label": variable.label, "hide": 0, "multi": variable.all, "includeAll": variable.all}
    if variable.choices:
        options = [{"text": choice, "value": choice, "selected": choice == variable.choices[0]} for choice in variable.choices]
        return shown | {"type": "custom", "query": ",".join(variable.choices), "options": options, "current": options[0]}
    current = {"current": {"text": ["All"], "value": ["$__all"]}} if variable.all else {}
    query = {"query": variable.statement, "definition": variable.statement, "datasource": SOURCE, "refresh": 2, "sort": 0}
    return shown | {"type": "query", **query, **current}


def _places(panels: tuple[Panel, ...]) -> Iterator[Json]:
    """From left to right; a panel that does not fit begins a new row below the tallest of the last one."""
    x = y = tallest = 0
    for panel in panels:
        width, height = panel.size
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        yield {"x": x, "y": y, "w": width, "h": height}
        x, tallest = x + width, max(tallest, height)


def _menu() -> Json:
    return {"type": "dashboards", "title": "Plumbline", "tags": [TAG], "asDropdown": True, "keepTime": True, "includeVars": False}


def all_classic() -> dict[str, Json]:
    """Every dashboard by its uid."""
    return {dashboard.uid: classic(dashboard) for dashboard in dashboards()}
