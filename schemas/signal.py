"""The signal: how many distinct events and users had a tag, per bucket of event time and dimension."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from schemas.contract import Contract, Identifier, Label, Slug
from schemas.verdict import Outcome, Severity


class Signal(Contract):
    """One row of `signals`: exact distinct counts, whatever was delivered twice."""

    run_id: Identifier = Field(description="run that decided: one pack over a range of event time")
    bucket: datetime = Field(description="start of the minute, hour or day of event time")
    grain: Literal["minute", "hour", "day"] = Field(description="length of the bucket")
    category: Slug = Field(description="what was counted")
    outcome: Annotated[Outcome, Field(strict=False)] = Field(description="outcome of the tags")
    severity: Annotated[Severity, Field(strict=False)] = Field(description="severity of the tags")
    organization_id: Identifier = Field(description="the customer")
    country: Label = Field(description="country of the requests, empty if unknown")
    model: Label = Field(description="model that was asked for")
    revision: Label = Field(description="policy revision in force")
    events: Annotated[int, Field(ge=0)] = Field(description="distinct events")
    users: Annotated[int, Field(ge=0)] | None = Field(None, description="distinct users; by day only")
    first_seen: datetime = Field(description="earliest event")
    last_seen: datetime = Field(description="latest event")
    max_score: float = Field(description="highest score")
