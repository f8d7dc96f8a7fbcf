"""What the sections of the settings share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Port = Annotated[int, Field(ge=0, le=65535)]
NO_SECRET = SecretStr("")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
