"""Settings of alerts: who is told, how, and whom we may call."""

import binascii
from base64 import b64decode
from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from streams.settings_section import NO_SECRET, Port, Section

Occasion = Literal["opened", "escalated", "acknowledged", "resolved", "decided"]
OCCASIONS: tuple[Occasion, ...] = ("opened", "escalated", "acknowledged", "resolved")
SHORTEST_KEY, LONGEST_KEY = 24, 64  # bytes, by Standard Webhooks


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


Network = Annotated[str, AfterValidator(_network)]


class AlertRoute(Section):
    """One receiver of alerts."""

    kind: Literal["webhook", "slack", "pagerduty", "teams", "email", "kafka"] = Field(description="what the receiver understands")
    url: SecretStr = Field(NO_SECRET, description="address of the webhook, Slack hook or Teams workflow; of PagerDuty, another than the public one")
    secrets: list[SecretStr] = Field([], description="webhook: signing secrets, `whsec_…`; during a rotation the old and the new one")
    routing_key: SecretStr = Field(NO_SECRET, description="PagerDuty: integration key")
    to: list[str] = Field([], description="email: addresses")
    format: Literal["plumbline", "ocsf"] = Field("plumbline", description="webhook and kafka: our contract, or OCSF Detection Finding")
    least_severity: Literal["low", "medium", "high", "critical"] = Field("low", description="alerts below are not sent here")
    occasions: list[Occasion] = Field(list(OCCASIONS), description="what is sent; `decided`: decisions on cases, to webhooks only")
    owner: str = Field("", description="who answers for the receiver: told through other routes when it fails for days")

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needs = {"webhook": ("url", "secrets"), "slack": ("url",), "teams": ("url",), "pagerduty": ("routing_key",), "email": ("to",), "kafka": ()}
        for name in needs[self.kind]:
            value = getattr(self, name)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                raise ValueError(f"a route of kind {self.kind} needs {name}")
        if "decided" in self.occasions and self.kind != "webhook":
            raise ValueError(f"a route of kind {self.kind} takes no decisions; a webhook does, and the topic kafka.decisions_topic has all of them")
        if self.format == "ocsf" and self.kind not in ("webhook", "kafka"):
            raise ValueError(f"a route of kind {self.kind} has a format of its own")
        for secret in self.secrets:
            check_secret(secret.get_secret_value())
        return self


def check_secret(secret: str) -> None:
    """
    Raises:
        ValueError: it is no signing secret.
    """
    try:
        size = len(b64decode(secret.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if not secret.startswith("whsec_") or not SHORTEST_KEY <= size <= LONGEST_KEY:
        raise ValueError(f"a signing secret is whsec_ and the base64 of {SHORTEST_KEY} to {LONGEST_KEY} bytes (plumbline alerts secret makes one)")


class SmtpSettings(Section):
    """The mail server that routes of kind `email` use."""

    host: str = Field("", description="host name; empty: none")
    port: Port = Field(587, description="port")
    starttls: bool = Field(True, description="encrypt before anything is said; without, no password is sent off loopback")
    username: str = Field("", description="user; empty: no login")
    password: SecretStr = Field(NO_SECRET, description="its password")
    sender: str = Field("plumbline@localhost", description="address that mails come from")


class AlertsSettings(Section):
    """Alert rules and their deliveries."""

    routes: dict[str, AlertRoute] = Field({}, description="receivers by name; rules may name them")
    internal_receivers: list[Network] = Field([], description="networks like 10.1.2.0/24 that receivers may be in; without, only public addresses")
    page_url: str = Field("", description="address of the page, for links in alerts")
    evaluate_every_s: float = Field(1.0, ge=0.1, le=60, description="seconds from the start of one evaluation to the next")
    history_days: int = Field(90, ge=7, le=400, description="how far back rules look at all")
    deliver_within_h: float = Field(24, gt=0, le=720, description="what was over longer ago when it is evaluated first is history: raised, not sent")
    late_wait_s: float = Field(
        120,
        ge=0,
        le=3_600,
        description="seconds for which nobody is told of what was over when it was raised: what explains it may still come",
    )
    disable_after_h: float = Field(120, gt=0, description="a receiver that fails for so long is switched off, and its owner told")
    timeout_s: float = Field(15, gt=0, le=60, description="seconds for one delivery")
    probe_port: Port = Field(0, description="port of /livez, /readyz and /metrics; 0: a free one")
    probe_host: str = Field("127.0.0.1", description="address that they are served on; 0.0.0.0 in a container whose network is guarded")
    smtp: SmtpSettings = SmtpSettings()
