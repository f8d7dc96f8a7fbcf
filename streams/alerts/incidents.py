"""Firings become alerts: grouped, continued, resolved, inhibited. Pure: the same firings on the same stored alerts give the same alerts."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.alert_rules import AlertRuleFile, span_seconds
from schemas.verdict import Severity
from streams.alerts.facts import DAY, SEVERITIES
from streams.alerts.firing import Firing
from streams.alerts.reproduction import query_for

GROUPED_BY = ("organization", "category")
NEAR_BITS = 3
LONGEST_TITLE = 128


@dataclass(frozen=True)
class Incident:
    """One alert as it is stored. Times in seconds since 1970; `resolved_at` 0 while it goes on."""

    alert_id: str
    group_key: str
    rule: str
    rule_version: int
    rules: tuple[str, ...]
    severity: str
    title: str
    owner: str
    runbook: str
    routes: tuple[str, ...]
    dimensions: Mapping[str, str]
    organizations: tuple[str, ...]
    likeness: tuple[int, ...]
    window_start: int
    window_end: int
    value: float
    threshold: float
    query: str
    cooldown_s: int
    historical: bool = False
    inhibited_by: str = ""
    generation: int = 0
    opened_at: int = 0
    resolved_at: int = 0

    @property
    def category(self) -> str:
        return self.dimensions.get("category", "")

    @property
    def organization_id(self) -> str:
        return self.dimensions.get("organization", "")

    @property
    def quiet_at(self) -> int:
        """From when on it is over, unless something fires until then."""
        return self.window_end + self.cooldown_s


def advance(stored: Iterable[Incident], firings: Iterable[Firing], now: int, deliver_within: int) -> list[Incident]:
    """The alerts that are new or differ from what is stored.

    Args:
        deliver_within: seconds; what fired last longer ago than this when it is evaluated first is history, and nobody is called.
    """
    before = {each.alert_id: each for each in stored}
    after = dict(before)
    for firing in sorted(firings, key=lambda each: (each.start, each.end, each.rule.id)):
        incident = _as_incident(firing, now)
        earlier = _continued(incident, after.values())
        after[(earlier or incident).alert_id] = merged(earlier, incident, now) if earlier else incident
    for alert_id, incident in after.items():
        after[alert_id] = _timed(incident, before.get(alert_id), now, deliver_within)
    campaigns = [each for each in after.values() if each.organizations]
    for alert_id, incident in after.items():
        after[alert_id] = replace(incident, inhibited_by=_campaign_of(incident, campaigns))
    return [each for alert_id, each in sorted(after.items()) if each != before.get(alert_id)]


def group_key(rule: AlertRuleFile, group: Mapping[str, str]) -> str:
    """What an alert is about. Rules that group alike share their alerts, unless one stands alone."""
    named = " ".join(f"{name}={group[name]}" for name in sorted(group))
    return f"{rule.id}: {named}" if rule.alone or not set(group) & set(GROUPED_BY) else named


def alert_id(key: str, day: int, likeness: Sequence[int] = ()) -> str:
    """The same for the same group and day (days since 1970); of campaigns, for the same first text."""
    return "alert_" + hashlib.sha256(f"{key}\0{day}\0{likeness[0] if likeness else ''}".encode()).hexdigest()[:24]


def _as_incident(firing: Firing, now: int) -> Incident:
    rule, key = firing.rule, group_key(firing.rule, firing.group)
    severity = Severity.CRITICAL.value if rule.critical_at is not None and firing.value >= rule.critical_at else rule.severity.value
    about = firing.group.get("organization") or firing.group.get("category") or next(iter(firing.group.values()), "")
    return Incident(
        alert_id=alert_id(key, firing.start // DAY, firing.likeness),
        group_key=key, rule=rule.id, rule_version=rule.version, rules=(rule.id,), severity=severity,
        title=(f"{rule.title}: {about}" if about else rule.title)[:LONGEST_TITLE],
        owner=rule.owner, runbook=rule.runbook, routes=tuple(rule.routes), dimensions=dict(firing.group), organizations=firing.organizations,
        likeness=firing.likeness, window_start=firing.start, window_end=firing.end, value=round(firing.value, 6),
        threshold=round(firing.threshold, 6), query=query_for(firing), cooldown_s=span_seconds(rule.cooldown), opened_at=now,
    )  # fmt: skip


def _continued(incident: Incident, known: Iterable[Incident]) -> Incident | None:
    """The alert that a firing belongs to: of the same group, and not over when it began, or begun on the same day; of campaigns, with a like text."""
    fits = [each for each in known if each.group_key == incident.group_key and _alike(each, incident)]
    same = [each for each in fits if each.alert_id == incident.alert_id]
    near = [each for each in fits if each.window_start <= incident.window_end + each.cooldown_s and incident.window_start <= each.quiet_at]
    return next(iter(same + sorted(near, key=lambda each: each.window_start)), None)


def _alike(left: Incident, right: Incident) -> bool:
    if not left.likeness or not right.likeness:
        return not left.likeness and not right.likeness
    return any((one ^ other).bit_count() <= NEAR_BITS for one in left.likeness for other in right.likeness)


def merged(earlier: Incident, later: Incident, now: int) -> Incident:
    """Both as one alert. The more severe rule leads; of two that are alike, the one whose id comes first."""
    rules = tuple(sorted({*earlier.rules, *later.rules}))
    if later.rule == earlier.rule:
        leading = later if later.value > earlier.value else earlier
        severity = max(earlier.severity, later.severity, key=SEVERITIES.index)
    else:
        leading = min((earlier, later), key=lambda each: (-SEVERITIES.index(each.severity), each.rule))
        severity = leading.severity
    resumed = bool(earlier.resolved_at) and later.window_end > earlier.window_end and later.quiet_at > now
    return replace(
        earlier,
        rule=leading.rule, rule_version=leading.rule_version, rules=rules, severity=severity, title=leading.title, owner=leading.owner,
        runbook=leading.runbook, routes=leading.routes, value=leading.value, threshold=leading.threshold, query=leading.query,
        organizations=tuple(sorted({*earlier.organizations, *later.organizations})),
        likeness=tuple(dict.fromkeys((*earlier.likeness, *later.likeness)))[:200],
        window_start=min(earlier.window_start, later.window_start), window_end=max(earlier.window_end, later.window_end),
        cooldown_s=max(earlier.cooldown_s, later.cooldown_s),
        generation=earlier.generation + resumed, opened_at=now if resumed else earlier.opened_at,
    )  # fmt: skip


def _timed(incident: Incident, before: Incident | None, now: int, deliver_within: int) -> Incident:
    """Over, or not; and whether it is history that nobody needs to be called for."""
    resolved = incident.quiet_at if now >= incident.quiet_at else 0
    historical = now - incident.window_end > deliver_within and (before is None or before.historical)
    return replace(incident, resolved_at=resolved, historical=historical)


def _campaign_of(incident: Incident, campaigns: Sequence[Incident]) -> str:
    """The campaign that explains an alert: same category, about the same time, and a member's or the category's as a whole."""
    if incident.organizations:
        return ""
    for each in campaigns:
        together = incident.window_start <= each.quiet_at and each.window_start - DAY <= incident.window_end <= each.quiet_at + DAY
        if incident.category == each.category and together and (not incident.organization_id or incident.organization_id in each.organizations):
            return each.alert_id
    return ""
