"""The usage event: one request to a model and, where known, its answer.

Field names follow the OpenTelemetry GenAI conventions where one exists (`operation` is `gen_ai.operation.name`, `provider` is
`gen_ai.provider.name`, `model` is `gen_ai.request.model`, `conversation_id` is `gen_ai.conversation.id`, and so on).
"""

from collections.abc import Sequence
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


Timestamp = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(_rfc3339, json_schema_input_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})]),
]
Lenient = Field(strict=False)  # enumerations arrive as text
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class Message(Contract):
    """One turn. `content` is plain text; adapters join the text parts of richer shapes with a line feed."""

    role: Label = Field("user", description="who speaks: user, assistant, tool, or what the source says")
    content: str = Field(description="plain text; text parts of richer shapes are joined with a line feed")


class Context(Contract):
    """Who asks, for whom, with what in place. The same words can be allowed or not depending on it."""

    audience: Annotated[Audience, Lenient] = Field(Audience.UNKNOWN, description="who reads the output")
    organization_type: Annotated[OrganizationType, Lenient] = Field(OrganizationType.UNKNOWN, description="what the customer is")
    declared_use_case: Slug = Field("general", description="what the customer says the product is for, as a slug like customer_support")
    safeguards: Annotated[frozenset[Annotated[Safeguard, Lenient]], Lenient] = Field(
        frozenset(), description="what the customer states to have in place"
    )
    end_user_age: Annotated[AgeGroup, Lenient] = Field(
        AgeGroup.UNKNOWN, description="age of the person who uses the customer's product, as the customer states it"
    )
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = Field(
        None, description="ISO 3166-1 alpha-2 code of the request's origin"
    )


class TokenUsage(Contract):
    """Token counts as billed (`gen_ai.usage.*`)."""

    input_tokens: Count = Field(0, description="gen_ai.usage.input_tokens: all of the prompt, what came from or went to a cache included")
    output_tokens: Count = Field(0, description="gen_ai.usage.output_tokens: all of the answer, reasoning included")
    cache_read_input_tokens: Count = Field(0, description="gen_ai.usage.cache_read.input_tokens: part of input_tokens")
    cache_creation_input_tokens: Count = Field(0, description="gen_ai.usage.cache_creation.input_tokens: part of input_tokens")
    reasoning_output_tokens: Count = Field(0, description="gen_ai.usage.reasoning.output_tokens: part of output_tokens")


class UsageEvent(Contract):
    """One audited request. Identified by (`organization_id`, `event_id`).

    Content is any of `system`, `text` (short for one user input), `input` and `output`; an event without content is counted and never tagged,
    except by its context.
    """

    VERSION: ClassVar[int] = 1

    schema_version: Annotated[int, Field(ge=1, le=1)] = Field(1, description="version of this contract")
    event_id: Identifier = Field(description="identifies the event within its organization; without one, the record's place does")
    occurred_at: Timestamp = Field(description="when the request was made; decides which policy revision judges it")
    organization_id: Identifier = Field(
        description="the customer; bound by the way in (token or topic), taken from the payload on a trusted topic only"
    )
    user_id: Identifier | None = Field(None, description="the person or account behind the request; stored as a keyed hash only")
    api_key_id: Identifier | None = Field(None, description="id of the API key, never the key; stored as a keyed hash only")
    conversation_id: Identifier | None = Field(None, description="gen_ai.conversation.id: thread or session; stored as a keyed hash only")
    operation: Label = Field("chat", description="gen_ai.operation.name: chat, embeddings, text_completion, generate_content")
    provider: Label = Field("", description="gen_ai.provider.name: whose API was called")
    model: Label = Field("", description="gen_ai.request.model: the model that was asked for")
    response_model: Label = Field("", description="gen_ai.response.model: the model that answered")
    response_id: Label = Field("", description="gen_ai.response.id: the provider's id of the answer")
    context: Context = Field(Context(), description="who asks, for whom, with what in place")
    usage: TokenUsage = Field(TokenUsage(), description="token counts")
    system: str | None = Field(None, description="instructions of the system or developer")
    text: str | None = Field(None, description="short for one user input")
    input: str | list[Message] | None = Field(None, description="what was asked: text, or the turns in order")
    output: str | list[Message] | None = Field(None, description="what was answered")
    source: Label = Field("plumbline", description="the adapter that read the event; set when it is read")

    def content(self) -> Sequence[tuple[str, str]]:
        """(field, text) in reading order; `field` names the place in this event that evidence offsets (code points) count in."""
        if self.input is None and self.output is None and not self.system:  # most events
            return (("text", self.text),) if self.text else ()
        found = [(name, text) for name, text in (("system", self.system), ("text", self.text)) if text]
        for name, value in (("input", self.input), ("output", self.output)):
            if isinstance(value, str):
                found.append((name, value))
            elif value:
                found.extend((f"{name}[{index}].content", message.content) for index, message in enumerate(value))
        return found
