"""Bytes to events: framing, strict JSON, adapters, contract. Every input comes out as an event, a reject with its reason, or a counted filter."""

from streams.decode.decoder import Decoder
from streams.decode.event import Context, Event
from streams.decode.records import Decoded, Located, Record, Rejected

__all__ = ["Context", "Decoded", "Decoder", "Event", "Located", "Record", "Rejected"]
