"""The usage event: one request to a model and, where known, its answer.

Field names follow the OpenTelemetry GenAI conventions where one exists (`operation` is `gen_ai.operation.name`, `provider` is
`gen_ai.provider.name`, `model` is `gen_ai.request.model`, `conversation_id` is `gen_ai.conversation.id`, and so on).
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from schemas.contract import Contract, Identifier, Label, Slug

MAX_COUNT = 2**32 - 1  # token counts are UInt32 in ClickHouse


class Audience(StrEnum):
    """Who reads the output."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    UNKNOWN = "unknown"


class OrganizationType(StrEnum):
    """What the customer is."""

    COMMERCIAL = "commercial"
    GOVERNMENT = "government"
    LAW_ENFORCEMENT = "law_enforcement"
    POLITICAL = "political"
    NONPROFIT = "nonprofit"
    EDUCATION = "education"
    HEALTHCARE = "healthcare"
    LEGAL = "legal"
    INDIVIDUAL = "individual"
    UNKNOWN = "unknown"


class Safeguard(StrEnum):
    """A safety measure that the customer states to have in place."""

    AI_DISCLOSURE = "ai_disclosure"
    AGE_APPROPRIATE_SAFETY = "age_appropriate_safety"
    HUMAN_IN_THE_LOOP = "human_in_the_loop"


class AgeGroup(StrEnum):
    """Age of the person who uses the customer's product, as the customer states it."""

    ADULT = "adult"
    MINOR = "minor"
    UNKNOWN = "unknown"


def _rfc3339(value: Any) -> Any:
    """Admit only text (or an aware datetime): a bare number has no unit that anybody could check."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("timestamp_type", "should be RFC 3339 text like 2024-06-06T00:00:00.000Z: a number does not tell its unit")
    if len(value) < 11 or value[4:5] != "-":
        raise PydanticCustomError("timestamp_format", "should be RFC 3339 text like 2024-06-06T00:00:00.000Z")
    return value


Timestamp = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_rfc3339, json_schema_input_type=str)]
Lenient = Field(strict=False)  # enumerations arrive as text
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class Message(Contract):
    """One turn. `content` is plain text; adapters join the text parts of richer shapes with a line feed."""

    role: Label = "user"
    content: str


class Context(Contract):
    """Who asks, for whom, with what in place. The same words can be allowed or not depending on it."""

    audience: Annotated[Audience, Lenient] = Audience.UNKNOWN
    organization_type: Annotated[OrganizationType, Lenient] = OrganizationType.UNKNOWN
    declared_use_case: Slug = "general"
    safeguards: Annotated[frozenset[Annotated[Safeguard, Lenient]], Lenient] = frozenset()
    end_user_age: Annotated[AgeGroup, Lenient] = AgeGroup.UNKNOWN
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None


class TokenUsage(Contract):
    """Token counts as billed (`gen_ai.usage.*`)."""

    input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    reasoning_output_tokens: Count = 0


class UsageEvent(Contract):
    """One audited request. Identified by (`organization_id`, `event_id`).

    Content is any of `system`, `text` (short for one user input), `input` and `output`; an event without content is counted and never tagged,
    except by its context.
    """

    VERSION: ClassVar[int] = 1

    schema_version: Annotated[int, Field(ge=1, le=1)] = 1
    event_id: Identifier
    occurred_at: Timestamp
    organization_id: Identifier
    user_id: Identifier | None = None
    api_key_id: Identifier | None = None
    conversation_id: Identifier | None = None
    operation: Label = "chat"
    provider: Label = ""
    model: Label = ""
    response_model: Label = ""
    response_id: Label = ""
    context: Context = Context()
    usage: TokenUsage = TokenUsage()
    system: str | None = None
    text: str | None = None
    input: str | list[Message] | None = None
    output: str | list[Message] | None = None
    source: Label = "plumbline"

    def content(self) -> Iterator[tuple[str, str]]:
        """Yield (field, text) in reading order; `field` names the place in this event that evidence offsets (code points) count in."""
        if self.system:
            yield "system", self.system
        if self.text:
            yield "text", self.text
        for name, value in (("input", self.input), ("output", self.output)):
            if isinstance(value, str):
                yield name, value
            elif value:
                for index, message in enumerate(value):
                    yield f"{name}[{index}].content", message.content
