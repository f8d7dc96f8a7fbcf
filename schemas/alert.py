"""The alert: what someone is told. Thin on purpose: counts, ids and links, never prompt text or raw user ids."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from schemas.contract import Contract, Identifier, Label, Slug
from schemas.verdict import Severity


class Alert(Contract):
    """One alert. `alert_id` is a function of rule, group and window, so that evaluating twice names the same alert."""

    alert_id: Identifier
    rule: Identifier
    state: Literal["open", "acknowledged", "resolved"]
    severity: Annotated[Severity, Field(strict=False)]
    title: Label
    category: Slug | None = None
    organization_id: Identifier | None = None
    window_start: datetime
    window_end: datetime
    value: float
    threshold: float
    query: str
    link: str = ""
