"""What a text is about (detection) and what the policy in force says of it (tag, verdict)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.contract import Contract, Identifier, Label, Slug
from schemas.event import Safeguard

DETECTION_FLOOR = 0.2  # detections from this score up are stored; absent means below
EXCERPT_CODE_POINTS = 120

Score = Annotated[float, Field(ge=0.0, le=1.0)]


class Outcome(StrEnum):
    """What follows from a match, by weight."""

    VIOLATION = "violation"
    UNMET_REQUIREMENT = "unmet_requirement"
    EXCUSED = "excused"


class Severity(StrEnum):
    """Ordered: `low` < `medium` < `high` < `critical`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Evidence(Contract):
    """The matched span: code points [`start`, `end`) of the named field, and a redacted excerpt of at most 120 code points.

    A detection that rests on the context alone names the field `context.<name>` and has an empty span.
    """

    field: Label = Field(description="place in the event: system, text, input, output, input[2].content or context.country")
    start: Annotated[int, Field(ge=0)] = Field(0, description="first code point of the match")
    end: Annotated[int, Field(ge=0)] = Field(0, description="code point after the match")
    excerpt: str = Field("", description="redacted text around the match; empty where excerpts are off or have expired")


class Detection(Contract):
    """What a text is about. Knows no dates and no policy revision."""

    category: Slug = Field(description="what the text is about")
    score: Score = Field(description="0 to 1; kept from 0.2 up")
    rule: Identifier = Field(description="id of the rule that fired")
    rule_version: Annotated[int, Field(ge=1)] = Field(description="its version")
    evidence: list[Evidence] = Field([], description="matched spans, strongest first")


class Tag(Contract):
    """What the revision in force says of one detection in its context."""

    category: Slug = Field(description="what the text is about")
    outcome: Annotated[Outcome, Field(strict=False)] = Field(description="violation, unmet requirement, or excused by an allowance")
    severity: Annotated[Severity, Field(strict=False)] = Field(description="low, medium, high or critical")
    score: Score = Field(description="0 to 1")
    rule: Identifier = Field(description="id of the rule that fired")
    rule_version: Annotated[int, Field(ge=1)] = Field(description="its version")
    clause: Identifier = Field(description="the clause of the revision that decides")
    evidence: list[Evidence] = Field([], description="matched spans, strongest first")
    missing_safeguards: list[Annotated[Safeguard, Field(strict=False)]] = Field(
        [], description="required safeguards that the customer does not state"
    )
    excused_by: Identifier | None = Field(None, description="id of the allowance, for excused ones")


class Verdict(Contract):
    """The answer for one event: at most one tag per category, in order of category id."""

    event_id: Identifier = Field(description="the event")
    revision: Label = Field(description="the policy revision in force when it occurred")
    tags: list[Tag] = Field([], description="at most one per category, in order of category; none: nothing to say")
