"""CloudEvents 1.0 around any source: binary mode (`ce_` headers, the value is the data) and structured mode (one JSON object)."""

import base64
import binascii
from typing import Any, NamedTuple

from schemas import ReasonCode
from streams.decode.records import Arrival
from streams.errors import Reject


class Envelope(NamedTuple):
    """What a CloudEvent says of its data; empty texts where it says nothing."""

    event_id: str = ""
    time: str = ""
    type: str = ""


def from_headers(arrival: Arrival) -> Envelope:
    """Binary mode."""
    return Envelope(arrival.header("ce_id"), arrival.header("ce_time"), arrival.header("ce_type"))


def is_structured(tree: dict[str, Any]) -> bool:
    return isinstance(tree.get("specversion"), str) and isinstance(tree.get("type"), str) and isinstance(tree.get("source"), str)


def structured(tree: dict[str, Any]) -> tuple[Envelope, Any]:
    """The envelope and its data: an object, or JSON text in bytes for `data_base64` and string data.

    Raises:
        Reject: data that is missing or cannot be read.
    """
    envelope = Envelope(*(value if isinstance(value := tree.get(name), str) else "" for name in ("id", "time", "type")))
    if "data" in tree:
        data = tree["data"]
        return envelope, data.encode() if isinstance(data, str) else data
    if isinstance(tree.get("data_base64"), str):
        try:
            return envelope, base64.b64decode(tree["data_base64"], validate=True)
        except (binascii.Error, ValueError):
            raise Reject(ReasonCode.BAD_VALUE, "field 'data_base64' of the CloudEvent is not base64") from None
    raise Reject(ReasonCode.MISSING_FIELD, "the CloudEvent has neither 'data' nor 'data_base64'")
