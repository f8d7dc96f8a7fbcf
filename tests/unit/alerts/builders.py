"""Incidents and firings for tests."""

from dataclasses import replace

from schemas import Severity
from streams.alerts.firing import Firing
from streams.alerts.incidents import Incident, advance
from streams.alerts.rules import load_rules
from streams.policy.pack import SHIPPED

DAY, HOUR = 86_400, 3_600
NOW = 1_772_452_800  # 2026-03-02T12:00:00Z
RULES = load_rules(None, {path.stem for path in (SHIPPED / "detectors").glob("*.toml")}).rules


def firing(rule: str = "organization_surge", *, start: int = NOW - 2 * HOUR, end: int = NOW - HOUR, value: float = 25, **group: str) -> Firing:
    """A firing of a shipped rule; without group, of org-a and election_misinformation."""
    group = group or {"organization": "org-a", "category": "election_misinformation"}
    return Firing(RULES[rule], group, start, end, value, 20.0, start, end)


def campaign(*organizations: str, category: str = "election_misinformation", likeness: tuple[int, ...] = (0b1111,), **times: int) -> Firing:
    one = firing("coordinated_text", value=len(organizations), category=category, **times)
    return one._replace(organizations=tuple(sorted(organizations)), likeness=likeness)


def incident(severity: str = "high", **changes: object) -> Incident:
    """One open alert."""
    made = advance([], [firing()], NOW, DAY)[0]
    return replace(made, severity=Severity(severity).value, **changes)
