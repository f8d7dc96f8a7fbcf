"""What every contract shares: frozen values, strict types, unknown fields ignored so that producers may move ahead of us."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

# Control characters, line separators and marks that turn the writing direction are never meant in a name; they break listings and terminals.
_NAME = r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=f"^{_NAME}+$")]
Label = Annotated[str, StringConstraints(max_length=128, pattern=f"^{_NAME}*$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Contract(BaseModel):
    """Base of all contracts: immutable and strict (no string is read as a number, no number as a string).

    `VERSION` is raised with every change to what a contract admits or means; `plumbline schema export` holds it against what was published.
    """

    VERSION: ClassVar[int] = 1

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)
