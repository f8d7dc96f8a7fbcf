"""The command that gives an alert's number again, to whoever doubts it."""

import shlex
from datetime import UTC, datetime

from schemas.alert_rules import Absence, AllowanceMisuse, Coordinated
from streams.alerts.firing import Firing


def query_for(firing: Firing) -> str:
    """A `plumbline query` for the window that had the most."""
    when, parameters = firing.rule.when, dict(firing.group)
    name = "alert_window"
    if isinstance(when, Coordinated):
        name, parameters = "coordinated_text", {**parameters, "organizations": when.least_senders, "max_distance": when.max_distance}
    elif isinstance(when, Absence):
        name, parameters = "coverage", {}
    elif isinstance(when, AllowanceMisuse):
        parameters["outcomes"] = "excused"
    else:
        parameters["outcomes"] = ",".join(each.value for each in when.count.outcomes)
        if when.count.least_severity.value != "low":
            parameters["least_severity"] = when.count.least_severity.value
        if when.count.categories and "category" not in parameters:
            parameters["categories"] = ",".join(when.count.categories)
    parts = ["plumbline", "query", name, "--since", _time(firing.peak_start), "--until", _time(firing.peak_end)]
    for key, value in parameters.items():
        parts += ["--param", f"{key}={value}"]
    return shlex.join(parts)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
