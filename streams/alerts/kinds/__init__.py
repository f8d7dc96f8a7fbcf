"""The kinds of rules. Each is a pure function of facts and a range of time: where does the rule fire?"""

from collections.abc import Callable

from schemas.alert_rules import AlertRuleFile
from streams.alerts.facts import Facts, Range
from streams.alerts.firing import Firing
from streams.alerts.kinds.absence import absence
from streams.alerts.kinds.allowance_misuse import allowance_misuse
from streams.alerts.kinds.coordinated import coordinated
from streams.alerts.kinds.new_entity import new_entity
from streams.alerts.kinds.spike import spike
from streams.alerts.kinds.threshold import threshold
from streams.alerts.kinds.trend import trend

KINDS: dict[str, Callable[[AlertRuleFile, Facts, Range], list[Firing]]] = {
    "threshold": threshold,
    "spike": spike,
    "new_entity": new_entity,
    "trend": trend,
    "allowance_misuse": allowance_misuse,
    "coordinated": coordinated,
    "absence": absence,
}


def firings(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where the rule fires within the range."""
    return KINDS[rule.when.kind](rule, facts, span)
