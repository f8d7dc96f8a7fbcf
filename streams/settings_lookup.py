"""Settings of the callback by which a gateway tells whose hash that is."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from streams.settings_alerts import check_secret
from streams.settings_section import NO_SECRET, Section


class ResolverSettings(Section):
    """Who knows the ids behind our hashes: a gateway that answers a signed request. Off while `url` is empty."""

    url: SecretStr = Field(NO_SECRET, description="https address that takes the request; empty: nobody is asked")
    secrets: list[SecretStr] = Field([], description="signing secrets, `whsec_…`; during a rotation the old and the new one")

    @model_validator(mode="after")
    def _is_signed(self) -> Self:
        if self.url.get_secret_value() and not self.secrets:
            raise ValueError("a resolver needs secrets: plumbline alerts secret makes one")
        for secret in self.secrets:
            check_secret(secret.get_secret_value())
        return self
