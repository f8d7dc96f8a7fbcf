"""The alert: what someone is told. Thin on purpose: counts, ids and links, never prompt text or raw user ids."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from schemas.contract import Contract, Identifier, Label, Slug
from schemas.verdict import Severity


class Alert(Contract):
    """One alert. `alert_id` is a function of rule, group and window, so that evaluating twice names the same alert."""

    alert_id: Identifier = Field(description="the same for the same rule, group and window")
    rule: Identifier = Field(description="rule that opened it")
    state: Literal["open", "acknowledged", "resolved"] = Field(description="where it stands")
    severity: Annotated[Severity, Field(strict=False)] = Field(description="low, medium, high or critical")
    title: Label = Field(description="one line for a person")
    category: Slug | None = Field(None, description="category, where the rule is about one")
    organization_id: Identifier | None = Field(None, description="organization, where the rule is about one")
    window_start: datetime = Field(description="start of the window")
    window_end: datetime = Field(description="end of the window")
    value: float = Field(description="what was measured")
    threshold: float = Field(description="what it was held against")
    query: str = Field(description="name of the query that shows it")
    link: str = Field("", description="address of the page that shows it")
