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

    field: Label
    start: Annotated[int, Field(ge=0)] = 0
    end: Annotated[int, Field(ge=0)] = 0
    excerpt: str = ""


class Detection(Contract):
    """What a text is about. Knows no dates and no policy revision."""

    category: Slug
    score: Score
    rule: Identifier
    rule_version: Annotated[int, Field(ge=1)]
    evidence: list[Evidence] = []


class Tag(Contract):
    """What the revision in force says of one detection in its context."""

    category: Slug
    outcome: Annotated[Outcome, Field(strict=False)]
    severity: Annotated[Severity, Field(strict=False)]
    score: Score
    rule: Identifier
    rule_version: Annotated[int, Field(ge=1)]
    clause: Identifier
    evidence: list[Evidence] = []
    missing_safeguards: list[Annotated[Safeguard, Field(strict=False)]] = []
    excused_by: Identifier | None = None


class Verdict(Contract):
    """The answer for one event: at most one tag per category, in order of category id."""

    event_id: Identifier
    revision: Label
    tags: list[Tag] = []
