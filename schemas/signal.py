"""The signal: how many distinct events and users had a tag, per bucket of event time and dimension."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from schemas.contract import Contract, Identifier, Label, Slug
from schemas.verdict import Outcome, Severity


class Signal(Contract):
    """One row of `signals`: exact distinct counts, whatever was delivered twice."""

    run_id: Identifier
    bucket: datetime
    grain: Literal["minute", "hour", "day"]
    category: Slug
    outcome: Annotated[Outcome, Field(strict=False)]
    severity: Annotated[Severity, Field(strict=False)]
    organization_id: Identifier
    country: Label
    model: Label
    revision: Label
    events: Annotated[int, Field(ge=0)]
    users: Annotated[int, Field(ge=0)] | None = None  # by day only
    first_seen: datetime
    last_seen: datetime
    max_score: float
