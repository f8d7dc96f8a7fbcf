"""The event as the pipeline carries it: a compact twin of the contract `schemas.UsageEvent`, which stays the truth.

Fields that fit the twin without doubt become an event at the speed of C; whatever does not is given to the contract, which says what is wrong or
turns out to be more lenient. Both ways lead to the same event (tests/properties/test_agreement.py).
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from schemas import AgeGroup, Audience, OrganizationType, Safeguard, UsageEvent
from schemas.event import MAX_COUNT

Identifier = Annotated[str, Meta(min_length=1, max_length=256)]
Label = Annotated[str, Meta(max_length=128)]
Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]

_SLUG, _COUNTRY = re.compile(r"[a-z][a-z0-9_]{0,63}"), re.compile(r"[A-Z]{2}")
_LONGEST_MOMENT = 27  # characters up to microseconds: of more digits the two parsers might round differently
_MOST_LABELS = 10_000


def _values(enumeration: Any) -> Any:
    return Literal[tuple(member.value for member in enumeration)]


class Message(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One turn."""

    role: Label = "user"
    content: str


class Context(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, cache_hash=True):
    """Who asks, for whom, with what in place; values as in `schemas.Context`. Hashable: there are few different ones."""

    audience: _values(Audience) = "unknown"
    organization_type: _values(OrganizationType) = "unknown"
    declared_use_case: str = "general"
    safeguards: frozenset[_values(Safeguard)] = frozenset()
    end_user_age: _values(AgeGroup) = "unknown"
    country: str | None = None


class Usage(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Token counts as billed."""

    input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    reasoning_output_tokens: Count = 0


class Event(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One audited request. Equal contents encode to equal bytes, in every process."""

    schema_version: Literal[1] = 1
    event_id: Identifier
    occurred_at: Annotated[datetime, Meta(tz=True)]
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
    usage: Usage = Usage()
    system: str | None = None
    text: str | None = None
    input: str | list[Message] | None = None
    output: str | list[Message] | None = None
    source: Label = "plumbline"

    content = UsageEvent.content  # the fields have the same names


def of_contract(event: UsageEvent) -> Event:
    """The twin of a checked event."""
    return msgspec.convert(event.model_dump(mode="json"), Event)


class Converter:
    """Fields to events where they fit without doubt. Keeps the labels that it has checked, so that each is checked once."""

    def __init__(self) -> None:
        self._checked: set[tuple] = set()

    def event(self, fields: dict[str, Any]) -> Event | None:
        """The event, or None: then the contract decides."""
        try:
            event = msgspec.convert(fields, Event)
        except msgspec.ValidationError:
            return None
        return event if self._fits(event, fields) else None

    def events(self, many: list[dict[str, Any] | None]) -> list[Event | None]:
        """`event` for each that is not None."""
        try:
            converted = msgspec.convert(many, list[Event | None])
        except msgspec.ValidationError:
            return [self.event(fields) if fields is not None else None for fields in many]
        return [event if event is not None and self._fits(event, fields) else None for event, fields in zip(converted, many, strict=True)]

    def _fits(self, event: Event, fields: dict[str, Any]) -> bool:
        moment = fields["occurred_at"]
        if type(moment) is not str or moment[10] != "T" or (len(moment) > _LONGEST_MOMENT and not _plain_offset(moment)):
            return False
        ids = (event.event_id, event.organization_id, event.user_id or "", event.api_key_id or "", event.conversation_id or "", event.response_id)
        if not "".join(ids).isprintable():
            return False
        context = event.context
        labels = (event.operation, event.provider, event.model, event.response_model, event.source, context.declared_use_case, context.country)
        if labels not in self._checked and not self._check(labels):
            return False
        if event.text is not None and "\0" in event.text:
            return False
        return (event.input is None and event.output is None and event.system is None) or self._fits_content(event)

    def _check(self, labels: tuple) -> bool:
        *plain, use_case, country = labels
        if not "".join(plain).isprintable() or not _SLUG.fullmatch(use_case) or (country is not None and not _COUNTRY.fullmatch(country)):
            return False
        if len(self._checked) >= _MOST_LABELS:
            self._checked.clear()
        self._checked.add(labels)
        return True

    def _fits_content(self, event: Event) -> bool:
        for value in (event.input, event.output):
            if isinstance(value, list) and not "".join(message.role for message in value).isprintable():
                return False
        return not any("\0" in text for _, text in event.content())


def _plain_offset(moment: str) -> bool:
    """Whether it is the offset (`+02:00`) that makes it long."""
    return len(moment) - 5 <= _LONGEST_MOMENT and moment[-6] in "+-"
