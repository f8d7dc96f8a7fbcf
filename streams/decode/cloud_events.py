"""CloudEvents 1.0 around any source: binary mode (`ce_` headers, the value is the data) and structured mode (one JSON object)."""

import base64
import binascii
from typing import Any, NamedTuple

from schemas import ReasonCode
from streams.decode.framing import media_type
from streams.decode.records import Arrival
from streams.errors import Reject

_MEDIA_TYPE = "application/cloudevents"
_ATTRIBUTES = ("id", "source", "time", "type")
_REQUIRED = ("specversion", "id", "source", "type")


class Envelope(NamedTuple):
    """What a CloudEvent says of its data; empty texts where it says nothing."""

    event_id: str = ""
    source: str = ""
    time: str = ""
    type: str = ""

    def numbered(self, number: int) -> "Envelope":
        """The envelope of one of several inputs that share it; the first keeps its id."""
        return self._replace(event_id=f"{self.event_id}/{number}") if number and self.event_id else self


def from_headers(arrival: Arrival) -> Envelope:
    """Binary mode; nothing for a record without the headers that make a CloudEvent."""
    if not all(f"ce_{name}" in arrival.headers for name in _REQUIRED):
        return Envelope()
    return Envelope(*(arrival.header(f"ce_{name}") for name in _ATTRIBUTES))


def is_structured(tree: dict[str, Any], content_type: str = "") -> bool:
    """By the record's content type, or by the attributes that every CloudEvent has."""
    return media_type(content_type).startswith(_MEDIA_TYPE) or all(isinstance(tree.get(name), str) for name in _REQUIRED)


def structured(tree: dict[str, Any]) -> tuple[Envelope, Any]:
    """The envelope and its data: an object, or JSON text in bytes for `data_base64` and string data.

    Raises:
        Reject: data that is missing or cannot be read.
    """
    envelope = Envelope(*(value if isinstance(value := tree.get(name), str) else "" for name in _ATTRIBUTES))
    if "data" in tree:
        data = tree["data"]
        return envelope, data.encode() if isinstance(data, str) else data
    if isinstance(tree.get("data_base64"), str):
        try:
            return envelope, base64.b64decode(tree["data_base64"], validate=True)
        except (binascii.Error, ValueError):
            raise Reject(ReasonCode.BAD_VALUE, "field data_base64 of the CloudEvent is not base64") from None
    raise Reject(ReasonCode.MISSING_FIELD, "the CloudEvent has neither data nor data_base64")
