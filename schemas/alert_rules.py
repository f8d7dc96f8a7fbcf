"""What an alert rule's file holds: when it fires, who is told, and cases with a clock. Read from `alerts/<id>.toml` of a policy pack.

A rule's id is stable; a rule that changes gets a higher `version`. Alert rules are no part of the pack's hash: telling someone sooner does not
decide any event anew.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from schemas.contract import Slug
from schemas.pack import Lenient, PackPart, Text
from schemas.verdict import Outcome, Severity

Span = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}[mhd]$")]
Dimension = Literal["organization", "category", "country", "model", "revision", "outcome", "severity"]
VolumeDimension = Literal["organization", "country", "model", "source"]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
UNITS = {"m": 60, "h": 3_600, "d": 86_400}


def span_seconds(span: str) -> int:
    """Seconds of a span like `15m`, `6h` or `7d`."""
    return int(span[:-1]) * UNITS[span[-1]]


class Counted(PackPart):
    """Which signals a rule counts: those that fit every field given here; empty lists admit all."""

    categories: list[Slug] = []
    outcomes: list[Annotated[Outcome, Lenient]] = [Outcome.VIOLATION]
    least_severity: Annotated[Severity, Lenient] = Severity.LOW
    organizations: list[Text] = []
    countries: list[str] = []
    models: list[Text] = []


class Threshold(PackPart):
    """At least so many tagged events, distinct users, or such a share of all traffic, within a sliding window."""

    kind: Literal["threshold"]
    measure: Literal["events", "users", "share"] = "events"
    at_least: Positive
    window: Span
    group_by: list[Dimension] = ["organization", "category"]
    least_volume: Annotated[int, Field(ge=0)] = 100  # all events in the window, below which a share says nothing
    count: Counted = Counted()


class Spike(PackPart):
    """Far more than the same hours of earlier weeks had: by the median and the spread around it, which one earlier spike cannot move."""

    kind: Literal["spike"]
    window: Span = "1h"
    weeks: Annotated[int, Field(ge=1, le=12)] = 4
    deviations: Positive = 6.0
    ratio: Annotated[float, Field(ge=1)] = 3.0
    at_least: Count = 10
    least_samples: Count = 3  # earlier windows that must be within what has been recorded
    group_by: list[Dimension] = ["organization", "category"]
    count: Counted = Counted()


class NewEntity(PackPart):
    """The first time that a group turns up, with at least so many events within `window` of its first."""

    kind: Literal["new_entity"]
    at_least: Count = 1
    window: Span = "1d"
    learning: Span = "7d"  # after the first record of all; before, everything is new
    newcomer: Span | None = None  # only organizations whose first event of all is at most so long ago
    group_by: list[Literal["organization", "category"]] = ["organization", "category"]
    count: Counted = Counted()


class Trend(PackPart):
    """A rise that goes on for `days` whole days: nearly every later day above nearly every earlier one, and the last third well above the first."""

    kind: Literal["trend"]
    days: Annotated[int, Field(ge=4, le=60)] = 7
    growth: Annotated[float, Field(gt=1)] = 2.0
    at_least: Count = 30
    group_by: list[Dimension] = ["organization", "category"]
    count: Counted = Counted()


class AllowanceMisuse(PackPart):
    """The share of excused events rises against a baseline: an allowance is used for more than it was given for."""

    kind: Literal["allowance_misuse"]
    window: Span = "7d"
    baseline: Span = "28d"
    growth: Annotated[float, Field(gt=1)] = 2.0
    at_least: Count = 20
    group_by: list[Literal["organization", "category"]] = ["organization", "category"]
    categories: list[Slug] = []


class Coordinated(PackPart):
    """Nearly the same text, by its similarity hash, from several organizations or keys. One campaign is one alert, and inhibits its members'."""

    kind: Literal["coordinated"]
    senders: Literal["organization", "api_key"] = "organization"
    least_senders: Annotated[int, Field(ge=2)] = 3
    at_least: Count = 6
    window: Span = "1d"
    max_distance: Annotated[int, Field(ge=0, le=3)] = 3  # of 64 bits
    categories: list[Slug] = []


class Absence(PackPart):
    """Nothing where there was something: no events of a group, nothing landed at all, or records that wait."""

    kind: Literal["absence"]
    of: Literal["events", "landing", "lag"] = "events"
    window: Span = "2h"
    at_least: Count = 20  # events that the same window a week before had; for lag: records that wait
    group_by: list[VolumeDimension] = []


Condition = Annotated[Threshold | Spike | NewEntity | Trend | AllowanceMisuse | Coordinated | Absence, Field(discriminator="kind")]


class CaseEvents(PackPart):
    """Dated events of a case: `count` of them from `at` on, `every` so long apart. `late` after that they arrive, each `copies` times."""

    at: AwareDatetime
    count: Count = 1
    every: Span | None = None
    late: Span | None = None
    copies: Count = 1
    organizations: list[Text] = ["org-a"]  # in turn
    category: Slug | None = None  # None: an ordinary event without a tag
    outcome: Annotated[Outcome, Lenient] = Outcome.VIOLATION
    severity: Annotated[Severity, Lenient] = Severity.HIGH
    users: Count = 1  # distinct users in turn
    keys: Count = 1
    country: str = "US"
    model: Text = "model-a"
    text: Annotated[int, Field(ge=0)] = 0  # number of the text; 0: each its own
    varied: Annotated[int, Field(ge=0, le=3)] = 0  # bits in which its copies differ from it


class CaseCheck(PackPart):
    """What there is when the clock stands at `now`: groups with an alert of this rule, written `organization=org-a category=minors`."""

    now: AwareDatetime
    alerts: list[str] = []


class RuleCase(PackPart):
    """Dated events, and the alerts they lead to."""

    title: Text
    events: Annotated[list[CaseEvents], Field(min_length=1)]
    checks: Annotated[list[CaseCheck], Field(min_length=1)]
    waiting: Annotated[int, Field(ge=0)] | None = None  # records on the broker


class AlertRuleFile(PackPart):
    """alerts/<id>.toml."""

    id: Slug
    version: Annotated[int, Field(ge=1, le=65_535)]
    title: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    owner: Text
    severity: Annotated[Severity, Lenient]
    critical_at: Positive | None = None  # value from which it is critical
    runbook: Annotated[str, StringConstraints(pattern=r"^(https://|docs/)")]
    routes: list[Slug] = []  # names of routes in the settings; empty: every route that admits the severity
    alone: bool = False  # an alert of its own, not one with other rules' of the same organization and category
    cooldown: Span = "1d"  # quiet for so long: resolved, and the next firing is another alert
    when: Condition
    cases: Annotated[list[RuleCase], Field(min_length=1)]
