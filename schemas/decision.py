"""The decision on a case: what a gateway may act on. Ids, keyed hashes and words of the person who decided, never prompt text or raw user ids."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.contract import Contract, Identifier, Slug

UserHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class Decision(Contract):
    """One decision. A later one of the same case replaces it: an appeal was decided."""

    VERSION: ClassVar[int] = 1

    decision_id: Identifier = Field(description="the same in every delivery of this decision")
    case_id: Identifier = Field(description="the case; the record's key")
    decision: Literal["warn", "restrict", "report", "dismiss"] = Field(description="what follows")
    reason: str = Field(description="in the words of who decided")
    organizations: list[Identifier] = Field(description="whom the case is about")
    user_hashes: list[UserHash] = Field(
        [], description="users of the linked events: the first 16 hex digits of HMAC-SHA256 over organization, NUL, id"
    )
    api_key_hashes: list[UserHash] = Field([], description="API keys of the linked events, hashed likewise")
    categories: list[Slug] = Field([], description="categories of the linked events' tags")
    events: int = Field(ge=0, description="linked events")
    decided_by: Identifier = Field(description="who decided")
    decided_at: datetime = Field(description="when")
    replaces: Identifier | None = Field(None, description="decision_id of the decision that was appealed")
    alert_id: Identifier | None = Field(None, description="alert that the case was opened from")
    link: str = Field("", description="address of the page that shows the case")
