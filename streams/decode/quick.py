"""The hot path: records that are one event of our own JSON, complete and without anything unusual, go from bytes to event in two calls.

It refuses by answering None, and never judges: whatever it refuses is read again by the general path.
"""

from collections.abc import Sequence

from streams.decode.event import Converter, Event
from streams.decode.records import Record
from streams.decode.strict_json import Tree, parse_unchecked
from streams.settings import IntakeSettings

ORGANIZATION = "plumbline-organization"
SOURCE = "plumbline"


class QuickReader:
    """Reads chunks of records. A topic that is bound to an organization is left to the general path."""

    def __init__(self, intake: IntakeSettings, converter: Converter) -> None:
        # A key takes more than five bytes: what is shorter cannot have too many, so nobody need count.
        self._converter, self._most_bytes = converter, min(intake.max_event_bytes, 5 * intake.max_keys)
        self._trusted = {name for name, binding in intake.topics.items() if binding.trusted and not binding.organization_id}

    def events(self, records: Sequence[Record]) -> list[Event | None]:
        """The event of each record, or None."""
        found = self._converter.events(self._trees(records))
        return [event if event is not None and _is_own(event, record) else None for event, record in zip(found, records, strict=True)]

    def _trees(self, records: Sequence[Record]) -> list[Tree | None]:
        trusted, most, trees = self._trusted, self._most_bytes, []
        for record in records:
            value = record.value
            ordinary = value is not None and value[:1] == b"{" and value[-1:] == b"}" and b"\n" not in value and len(value) <= most
            if ordinary and record.topic in trusted and (not record.headers or all(name == ORGANIZATION for name, _ in record.headers)):
                trees.append(parse_unchecked(value))
            else:
                trees.append(None)
        return trees


def _is_own(event: Event, record: Record) -> bool:
    """Whether the event is of our own source, and of the organization that the way in vouches for."""
    if event.source != SOURCE:
        return False
    return not record.headers or all(value.decode("utf-8", "replace") == event.organization_id for _, value in record.headers)
