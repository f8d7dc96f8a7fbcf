"""The dashboards and alert rules as they are described, and their SQL."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from streams.clickhouse.sources import sql_text

HERE = Path(__file__).parent
KINDS = ("timeseries", "bars", "stat", "table")


class Variable(NamedTuple):
    """A choice above a dashboard: values from `sql`, or fixed `choices`."""

    name: str
    label: str
    sql: str = ""
    choices: tuple[str, ...] = ()
    all: bool = False

    @property
    def statement(self) -> str:
        return _code(sql_text(f"grafana/variables/{self.sql}"))


class Panel(NamedTuple):
    """One panel. `size`: columns of 24, and rows; `interval`: the narrowest slot of a series; from `warn_above` on a number is red."""

    dashboard: str
    title: str
    sql: str
    kind: str
    size: tuple[int, int]
    unit: str = "short"
    stacked: bool = False
    interval: str = "1h"
    warn_above: float | None = None

    @property
    def statement(self) -> str:
        return _code(sql_text(f"grafana/{self.dashboard}/{self.sql}"))

    @property
    def description(self) -> str:
        return sql_text(f"grafana/{self.dashboard}/{self.sql}").splitlines()[0].removeprefix("-- ")


class Dashboard(NamedTuple):
    """One dashboard; its `uid` never changes, so that links to it and pushes of it meet the same one."""

    name: str
    title: str
    since: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...] = ()

    @property
    def uid(self) -> str:
        return f"plumbline-{self.name}"


class Rule(NamedTuple):
    """One alert rule: every row of its SQL whose `value` is `above` for as long as `pending` is an alert."""

    name: str
    title: str
    above: float
    pending: str
    severity: str
    summary: str

    @property
    def uid(self) -> str:
        return f"plumbline-{self.name}"

    @property
    def statement(self) -> str:
        return _code(sql_text(f"grafana/alerts/{self.name}"))


class Rules(NamedTuple):
    """The group of alert rules."""

    group: str
    interval_s: int
    rules: tuple[Rule, ...]


@cache
def dashboards() -> tuple[Dashboard, ...]:
    """All dashboards, in the order of the description."""
    return tuple(_dashboard(each) for each in _described("dashboards.toml")["dashboard"])


@cache
def alert_rules() -> Rules:
    """The alert rules."""
    described = _described("alert_rules.toml")
    return Rules(described["group"], described["interval_s"], tuple(Rule(**each) for each in described["rule"]))


def _dashboard(described: dict[str, Any]) -> Dashboard:
    name = described["name"]
    panels = tuple(Panel(name, **{**each, "size": tuple(each["size"])}) for each in described["panels"])
    variables = tuple(Variable(**{**each, "choices": tuple(each.get("choices", ()))}) for each in described.get("variables", ()))
    return Dashboard(name, described["title"], described["since"], panels, variables)


def _described(file: str) -> dict[str, Any]:
    return tomllib.loads((HERE / file).read_text())


def _code(text: str) -> str:
    """A statement without the remark at its head."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
