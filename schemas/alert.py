"""The alert: what someone is told. Thin on purpose: counts, ids and links, never prompt text or raw user ids."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.contract import Contract, Identifier, Label, Slug
from schemas.verdict import Severity


class Alert(Contract):
    """One alert. `alert_id` is a function of what it is about and the day on which it began, so that evaluating twice names the same alert."""

    VERSION: ClassVar[int] = 2  # 2: all rules that fired, the whole group, members of a campaign, owner, runbook

    alert_id: Identifier = Field(description="the same for the same group and day")
    rule: Identifier = Field(description="rule that leads: the most severe of those that fired")
    rules: list[Identifier] = Field([], description="all rules that fired")
    state: Literal["open", "acknowledged", "resolved"] = Field(description="where it stands")
    severity: Annotated[Severity, Field(strict=False)] = Field(description="low, medium, high or critical")
    title: Label = Field(description="one line for a person")
    category: Slug | None = Field(None, description="category, where the alert is about one")
    organization_id: Identifier | None = Field(None, description="organization, where the alert is about one")
    dimensions: dict[str, str] = Field({}, description="everything that the rule groups by, with its value")
    organizations: list[Identifier] = Field([], description="members of a campaign")
    window_start: datetime = Field(description="event time: start of the first window that fired")
    window_end: datetime = Field(description="event time: end of the last window that fired")
    value: float = Field(description="the most that one window of the leading rule had")
    threshold: float = Field(description="what it was held against")
    query: str = Field(description="command that gives the number again")
    owner: str = Field("", description="who answers for the rule")
    runbook: str = Field("", description="what to do")
    link: str = Field("", description="address of the page that shows it")
