"""The store's settings: the embedded engine's process, and who may read from it."""

from typing import Literal

from pydantic import Field, SecretStr

from streams.settings_section import NO_SECRET, Port, Section


class StoreReader(Section):
    """A reader of the store by a token of their own."""

    token: SecretStr = Field(min_length=16, description="their password or bearer token")
    role: Literal["analyst", "dashboards"] = Field(
        "analyst", description="analyst: views without single people; dashboards: exact aggregates as well"
    )


class ReaderLimits(Section):
    """What one statement of a reader may take, and all of a reader's in an hour."""

    seconds: float = Field(30, gt=0, description="of one statement")
    memory_mb: int = Field(300, ge=10, description="MiB of one statement")
    rows_read: int = Field(50_000_000, ge=1_000, description="rows that one statement may read")
    result_rows: int = Field(1_000_000, ge=1, description="rows of one answer")
    result_mb: int = Field(200, ge=1, description="MiB of one answer")
    side_by_side: int = Field(8, ge=1, le=24, description="statements at a time")
    statements_per_hour: int = Field(20_000, ge=1, description="statements in an hour")
    seconds_per_hour: float = Field(1_800, gt=0, description="seconds of all statements in an hour")
    rows_per_hour: int = Field(5_000_000_000, ge=1, description="rows that all statements read in an hour")


class StoreSettings(Section):
    """The embedded engine's process."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(0, description="port; 0: a free one")
    token: SecretStr = Field(NO_SECRET, description="its password; empty: made at first start, in the data folder")
    max_memory_mb: int = Field(1_000, ge=300, description="memory of the engine, MiB")
    readers: dict[str, StoreReader] = Field(
        {}, description="who may only read, by name; `analyst` and `dashboards` are there anyway, with tokens in the data folder"
    )
    reader_limits: ReaderLimits = ReaderLimits()
