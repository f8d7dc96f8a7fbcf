"""Settings of the second opinion: which model is asked, about what, and how much."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from streams.settings_section import NO_SECRET, Port, Section

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class JudgeSettings(Section):
    """A second opinion on uncertain detections, from a model that you name; off while `url` is empty. What is sent to it leaves Plumbline."""

    url: str = Field("", description="base address like https://host/v1; empty: nobody is asked. http is admitted on loopback only")
    protocol: Literal["openai", "anthropic"] = Field("openai", description="what it speaks: Chat Completions or Messages")
    model: str = Field("", description="name of the model, as its server has it")
    api_key: SecretStr = Field(NO_SECRET, description="its key; empty: none is sent")
    policies: Path | None = Field(None, description="folder of CATEGORY.md, the policy that it judges by; what is missing is made from the pack")
    band_low: float = Field(0.3, ge=0.2, lt=1, description="uncertain from this score of a category up")
    band_high: float = Field(0.7, gt=0.2, le=1, description="certain from this score up")
    except_organizations: list[str] = Field([], description="organizations whose events are never sent")
    look_back_h: float = Field(24, gt=0, le=720, description="events older than so many hours are not asked about")
    requests_per_day: int = Field(1_000, ge=0, description="budget: requests per UTC day, failed ones included")
    most_code_points: int = Field(2_000, ge=200, le=20_000, description="most of an event's text that is sent, redacted")
    answer_tokens: int = Field(500, ge=16, le=8_192, description="most tokens of an answer, reasoning included")
    token_limit: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens", description="openai: the field for that; reasoning models want max_completion_tokens, and then no temperature is sent"
    )
    timeout_s: float = Field(20, gt=0, le=300, description="seconds for one request")
    at_once: int = Field(2, ge=1, le=16, description="requests side by side")
    break_after: int = Field(5, ge=1, description="failures in a row after which nothing is sent for a while")
    break_s: float = Field(60, gt=0, description="seconds of that; twice as long after each failed trial, up to an hour")
    every_s: float = Field(10, ge=0.1, le=3_600, description="seconds between looks for uncertain events")
    probe_port: Port = Field(0, description="port of /livez, /readyz and /metrics; 0: a free one")
    probe_host: str = Field("127.0.0.1", description="address that they are served on; 0.0.0.0 in a container whose network is guarded")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.url:
            return self
        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname or address.username is not None or address.query or address.fragment:
            raise ValueError("judge.url is https://host/v1, without user name, query or fragment")
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            raise ValueError("judge.url is http off loopback: text and key would cross the network in the clear")
        if not self.model:
            raise ValueError("judge.url needs judge.model")
        if self.band_low >= self.band_high:
            raise ValueError("judge.band_low must be below judge.band_high")
        return self
