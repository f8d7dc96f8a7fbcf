"""Which run an event belongs to: the one that is current for its time."""

from collections.abc import Sequence
from typing import NamedTuple


class RunSpan(NamedTuple):
    """A run and the event time it is current for: [`from_ms`, `to_ms`), milliseconds since 1970."""

    run_id: str
    pack_hash: str
    from_ms: int
    to_ms: int


def shadow_run_id(pack_hash: str) -> str:
    """The run that holds what a pack's shadow detectors and revisions say beside the live ones."""
    return f"shadow-{pack_hash[:12]}"


def covering(spans: Sequence[RunSpan], from_ms: int, to_ms: int) -> list[RunSpan]:
    """The spans of a stretch of event time, [`from_ms`, `to_ms`), cut to it."""
    return [
        span._replace(from_ms=max(span.from_ms, from_ms), to_ms=min(span.to_ms, to_ms))
        for span in spans
        if span.from_ms < to_ms and from_ms < span.to_ms
    ]


def span_for(spans: Sequence[RunSpan], occurred_ms: int) -> RunSpan:
    """The first span, in order of precedence, that covers the moment.

    Raises:
        LookupError: no run covers it.
    """
    for span in spans:
        if span.from_ms <= occurred_ms < span.to_ms:
            return span
    raise LookupError(f"no run covers event time {occurred_ms}")
