"""What happens to input that cannot be landed: a dead letter with coordinates and a reason, or a counted filter reason."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.contract import Contract, Identifier, Label


class ReasonCode(StrEnum):
    """Why an input was dead-lettered."""

    BAD_ENCODING = "bad_encoding"  # invalid UTF-8, lone surrogate, NUL, byte order mark
    BAD_JSON = "bad_json"
    BAD_NUMBER = "bad_number"  # NaN, Infinity, overflow to infinity, an integer outside -2^63 .. 2^63-1
    TOO_DEEP = "too_deep"
    TOO_MANY_KEYS = "too_many_keys"
    DUPLICATE_KEY = "duplicate_key"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    BAD_TYPE = "bad_type"
    BAD_VALUE = "bad_value"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_SOURCE = "unknown_source"
    BAD_TIMESTAMP = "bad_timestamp"  # not RFC 3339, without zone, or in the wrong unit
    TOO_OLD = "too_old"  # before retention
    TOO_FAR_AHEAD = "too_far_ahead"  # over 10 minutes in the future
    TOO_LARGE = "too_large"
    SCHEMA_REGISTRY_FRAMING = "schema_registry_framing"
    ORGANIZATION_NOT_BOUND = "organization_not_bound"
    ORGANIZATION_MISMATCH = "organization_mismatch"
    PROCESSING_ERROR = "processing_error"  # a defect of ours, met on this input only


class FilterReason(StrEnum):
    """Why an input was set aside on purpose, without being wrong."""

    TOMBSTONE = "tombstone"
    BLANK_LINE = "blank_line"
    NOT_USAGE = "not_usage"  # a log record or call that is no model request
    ERASED = "erased"  # of a person whose rows were removed on request
    REPEATED_LETTER = "repeated_letter"  # a replayed letter, rejected again in one chunk with itself


class Coordinates(Contract):
    """Where an input came from. `line` counts from 0 inside an envelope of JSON lines."""

    topic: Identifier
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    line: Annotated[int, Field(ge=0)] = 0


class DeadLetter(Contract):
    """The header block of a dead letter on `usage.dead_letters`; its Kafka value is the original bytes, its other headers the original headers.

    `message` never quotes content. A letter with `truncated` holds only the first bytes of the input and cannot be replayed.
    """

    topic: Identifier = Field(description="where the input came from")
    partition: Annotated[int, Field(ge=0)] = Field(description="its partition")
    offset: Annotated[int, Field(ge=0)] = Field(description="its offset")
    line: Annotated[int, Field(ge=0)] = Field(0, description="its line or element in an envelope, from 0")
    reason: Annotated[ReasonCode, Field(strict=False)] = Field(description="why it was rejected")
    message: str = Field(description="what is wrong and where, in words, never content")
    timestamp_ms: int = Field(description="time of the original record, milliseconds since 1970")
    original_bytes: Annotated[int, Field(ge=0)] = Field(description="size of the input")
    sha256: Label = Field(description="keyed hash of the input: equal inputs are seen to be equal")
    truncated: bool = Field(False, description="only the first bytes are kept: cannot be replayed")
