"""Settings of the evidence chain."""

from pathlib import Path

from pydantic import Field

from streams.settings_section import Section


class EvidenceSettings(Section):
    """The signed chain over the verdicts of each hour."""

    key_file: Path | None = Field(None, description="Ed25519 key that seals, PEM; empty: evidence.key in the data folder, made at first use")
    grace_min: int = Field(10, ge=1, le=1_440, description="minutes after its end at which an hour is sealed; what lands later is an amendment")
    seal_every_min: float = Field(
        5, ge=0, le=1_440, description="minutes between looks of `plumbline alerts run` for hours to seal; 0: it seals none"
    )
