"""Time-travel fixtures, timelines/<name>.toml: dated events, delivered by a clock, with the tags and signals that must come of them."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.contract import Slug
from schemas.event import Context
from schemas.pack import PackPart, RevisionId, Text
from schemas.verdict import Outcome, Severity

Lenient = Field(strict=False)


class ExpectedTag(PackPart):
    """A tag that must be there; what is not given may be anything."""

    category: Slug
    outcome: Annotated[Outcome, Lenient]
    severity: Annotated[Severity, Lenient] | None = None
    clause: str | None = None
    excused_by: str | None = None


class TimelineEvent(PackPart):
    """An event, and all the tags that it must get under `revision`."""

    id: Text
    occurred_at: AwareDatetime
    organization_id: Text = "acme"
    text: str
    context: Context = Context()
    revision: RevisionId
    tags: list[ExpectedTag] = []


class Delivery(PackPart):
    """What arrives at `now`. It is judged with what had been recorded by then. An event may be delivered again, by its id alone."""

    now: AwareDatetime
    events: list[TimelineEvent] = []
    again: list[Text] = []


class ExpectedSignal(PackPart):
    """Distinct events that must be counted, in the end, from `since` (inclusive) to `until` (exclusive) of event time."""

    category: Slug
    outcome: Annotated[Outcome, Lenient]
    organization_id: Text = "acme"
    since: AwareDatetime
    until: AwareDatetime
    events: Annotated[int, Field(ge=0)]


class TimelineFile(PackPart):
    """timelines/<name>.toml."""

    title: Text
    deliveries: Annotated[list[Delivery], Field(min_length=1)]
    signals: list[ExpectedSignal] = []
