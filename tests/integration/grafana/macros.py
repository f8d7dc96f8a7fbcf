"""The macros of Grafana's ClickHouse data source and Grafana's variables, expanded as its documentation says, for a range of time."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

ALL = "$__all"
VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
CALL = re.compile(r"\$__(\w+)(?:\(([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*)\))?")


class Shown(NamedTuple):
    """What a dashboard is set to: its range of time, the width of a slot, and its variables."""

    since: datetime
    until: datetime
    interval_s: int
    variables: Mapping[str, Sequence[str]] = {}


def expand(sql: str, shown: Shown) -> str:
    """The statement that reaches the server.

    Raises:
        KeyError: a macro or variable that does not exist.
    """
    sql = VARIABLE.sub(lambda found: _formatted(shown.variables[found[1]], found[2]), _conditional(sql, shown))
    return CALL.sub(lambda found: _macro(found[1], found[2], shown), sql)


def _conditional(sql: str, shown: Shown) -> str:
    """`$__conditionalAll(condition, $variable)` is the condition, or always true when the variable stands at All."""
    name = "$__conditionalAll("
    while (start := sql.find(name)) >= 0:
        depth, end = 1, start + len(name)
        while depth:
            depth += (sql[end] == "(") - (sql[end] == ")")
            end += 1
        condition, _, variable = sql[start + len(name) : end - 1].rpartition(",")
        chosen = shown.variables[variable.strip().removeprefix("$")]
        sql = sql[:start] + ("1=1" if ALL in chosen else condition) + sql[end:]
    return sql


def _formatted(values: Sequence[str], form: str | None) -> str:
    if form is None:
        return ",".join(values)
    return {"sqlstring": ",".join("'" + value.replace("'", "''") + "'" for value in values)}[form]


def _macro(name: str, argument: str | None, shown: Shown) -> str:
    since, until = f"toDateTime({int(shown.since.timestamp())})", f"toDateTime({int(shown.until.timestamp())})"
    return {
        "fromTime": lambda: since,
        "toTime": lambda: until,
        "timeFilter": lambda: f"{argument} >= {since} AND {argument} <= {until}",
        "timeInterval": lambda: f"toStartOfInterval(toDateTime({argument}), INTERVAL {shown.interval_s} second)",
        "interval_s": lambda: str(shown.interval_s),
    }[name]()
