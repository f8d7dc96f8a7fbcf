"""Auditing without a stream: lines of usage events in, verdicts out. The same decoder and the same engine as the worker, so the same verdicts.

Only `text` (or other content) is required of a line: the event id defaults to the line's number, the organization to `offline`, the time to now.
Retention does not apply: an event of any age is judged by the revision of its time.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import structs

from schemas import Context, ReasonCode, Verdict
from streams.decode import Decoder, Record
from streams.decode.event import Event
from streams.decode.records import Arrival
from streams.errors import Reject
from streams.policy import Auditor
from streams.settings import IntakeSettings, RetentionSettings, TopicBinding

ORGANIZATION = "offline"
CONTENT = ("system", "text", "input", "output")
_ANY_AGE = RetentionSettings(events_months=12_000)
_CENTURIES = 10**10  # seconds


class BadLine(NamedTuple):
    """A line that is no usage event: its number, counting from 1, and why."""

    line: int
    reason: str


class Judged(NamedTuple):
    """An event of a line and its verdict."""

    line: int
    event: Event
    verdict: Verdict

    @property
    def context(self) -> Context:
        """The event's context as the contract has it."""
        return Context.model_validate(structs.asdict(self.event.context))


class OfflineAuditor:
    """Judges lines. `at` replaces every event's time, `revision` the one in force then."""

    def __init__(self, auditor: Auditor, intake: IntakeSettings | None = None, *, at: datetime | None = None, revision: str | None = None) -> None:
        self._auditor, self._at, self._revision = auditor, at, revision
        limits = {"topics": {"": TopicBinding(trusted=True)}, "max_ahead_s": _CENTURIES}
        self._decoder = Decoder((intake or IntakeSettings()).model_copy(update=limits), _ANY_AGE, complete=self._complete)

    def judge(self, lines: Sequence[bytes], *, first: int = 1) -> Iterator[Judged | BadLine]:
        """Verdicts in the order of the lines; `first` is the number of the first. A blank line has none, nor has a record that is no model request.

        Raises:
            ConfigurationError: `revision` names none.
        """
        records = [Record("", 0, first + at, 0, None, line, ()) for at, line in enumerate(lines)]
        decoded = self._decoder.decode(records, datetime.now(UTC))
        bad = iter([BadLine(rejected.offset, rejected.message) for rejected in decoded.rejects])
        waiting = next(bad, None)
        events = [located.event for located in decoded.events]
        for located, verdict in zip(decoded.events, self._verdicts(events), strict=True):
            while waiting and waiting.line <= located.offset:
                yield waiting
                waiting = next(bad, None)
            yield Judged(located.offset, located.event, verdict)
        if waiting:
            yield waiting
            yield from bad

    def _verdicts(self, events: Sequence[Event]) -> Iterator[Verdict]:
        return self._auditor.audit_batch(events, revision=self._revision)

    def _complete(self, fields: dict[str, Any], arrival: Arrival) -> None:
        if all(fields.get(name) is None for name in CONTENT):
            raise Reject(ReasonCode.MISSING_FIELD, f"has no content: one of {', '.join(CONTENT)} is required")
        if fields.get("event_id") is None:
            fields["event_id"] = f"{arrival.offset}.{arrival.line}" if arrival.line else str(arrival.offset)
        if fields.get("organization_id") is None:
            fields["organization_id"] = ORGANIZATION
        if self._at or fields.get("occurred_at") is None:
            fields["occurred_at"] = self._at or datetime.now(UTC)
