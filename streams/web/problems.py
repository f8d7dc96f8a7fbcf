"""Problem documents (RFC 9457): what a sender is told when a request is refused."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A refused request. `kind` is a stable slug, `detail` says what was wrong with this one and what to do; `members` are extensions.

    >>> Problem(401, "no-token", "send a token").document()["type"]
    'urn:plumbline:problem:no-token'
    """

    def __init__(self, status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.headers, self.members = status, kind, detail, dict(headers or {}), members

    def document(self) -> dict[str, Any]:
        """The members of the problem document."""
        title = self.kind.replace("-", " ").capitalize()
        return {"type": f"urn:plumbline:problem:{self.kind}", "title": title, "status": self.status, "detail": self.detail, **self.members}

    def response(self) -> JSONResponse:
        """The document as an answer."""
        return JSONResponse(self.document(), self.status, self.headers, media_type=MEDIA_TYPE)


def of_status(status: int, detail: str = "") -> Problem:
    """A problem that needs no more words than its status."""
    phrase = HTTPStatus(status).phrase
    return Problem(status, phrase.lower().replace(" ", "-"), detail or HTTPStatus(status).description or phrase)
