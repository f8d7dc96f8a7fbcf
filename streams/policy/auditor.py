"""The auditor: a pack ready to judge events."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from schemas import Context, Detection, Tag, Verdict
from streams.policy.decide import Decider
from streams.policy.detect import Detector
from streams.policy.matches import Content
from streams.policy.pack import Pack
from streams.settings import PolicySettings


def decider_for(pack: Pack, policy: PolicySettings) -> Decider:
    """The decisions of a pack with the operator's lists."""
    return Decider(pack, {"law_enforcement_countries": policy.law_enforcement_countries})


class Finding(NamedTuple):
    """What was found in one event: its detections, the revision in force when it happened, and the tags that this one gives.

    `shadow`: the same two, if all that the pack marks as shadow counted; None for a pack that marks nothing.
    """

    detections: Sequence[Detection]
    revision: str
    tags: Sequence[Tag]
    shadow: tuple[str, Sequence[Tag]] | None = None


class Judged(Protocol):
    """What is read of an event. `schemas.UsageEvent` has it, and so has the stream's own form of it."""

    event_id: str
    organization_id: str
    occurred_at: datetime
    context: Any

    def content(self) -> Sequence[tuple[str, str]]: ...


class Auditor:
    """Detects and decides by one pack. Same input, same pack, same settings: same answer. One per process or thread.

    >>> from streams.policy import Auditor, Pack
    >>> Auditor(Pack.load(None)).detect([("text", "Hello, how are you?")])
    []
    """

    def __init__(self, pack: Pack, policy: PolicySettings | None = None, *, prefiltered: bool = True, compiled: bool = True) -> None:
        policy = policy or PolicySettings()
        self.pack = pack
        self._detector = Detector(pack, prefiltered=prefiltered, compiled=compiled)
        self.decider = decider_for(pack, policy)

    def detect(self, content: Iterable[tuple[str, str]]) -> list[Detection]:
        """What one event's content, (field, text) pairs, is about; scores from the floor up, with evidence in code points."""
        return self._detector.detect_batch([list(content)])[0]

    def detect_batch(self, contents: Sequence[Content]) -> list[list[Detection]]:
        """`detect` for many events."""
        return self._detector.detect_batch(contents)

    def decide(
        self, detections: Sequence[Detection], *, organization_id: str, occurred_at: datetime, context: Context, revision: str | None = None
    ) -> tuple[str, list[Tag]]:
        """What the policy says: the id of the revision in force at `occurred_at` (or of `revision`), and the tags in order of category.

        Raises:
            ConfigurationError: there is no such revision.
        """
        return self.decider.decide(detections, organization_id=organization_id, occurred_at=occurred_at, context=context, revision=revision)

    def findings(self, events: Sequence[Judged]) -> dict[int, Finding]:
        """Detect and decide many events; by index, those in which anything was found. The rest, nearly all, cost no object."""
        found = self._detector.detect_batch([event.content() for event in events])
        findings = {}
        for index in sorted({*(index for index, detections in enumerate(found) if detections), *self.decider.by_context(events)}):
            event, detections = events[index], found[index]
            shadow = self.decide_event(event, detections, shadow=True) if self.pack.has_shadow else None
            findings[index] = Finding(detections, *self.decide_event(event, detections), shadow)
        return findings

    def decide_event(
        self, event: Judged, detections: Sequence[Detection], *, revision: str | None = None, shadow: bool = False
    ) -> tuple[str, list[Tag]]:
        """`decide` for the detections of an event; with `shadow`, as if all that is marked so counted."""
        facts = {"organization_id": event.organization_id, "occurred_at": event.occurred_at, "context": event.context}
        return self.decider.decide(detections, **facts, revision=revision, shadow=shadow)

    def audit(self, event: Judged, *, revision: str | None = None) -> Verdict:
        """Detect and decide one event."""
        return next(self.audit_batch([event], revision=revision))

    def audit_batch(self, events: Sequence[Judged], *, revision: str | None = None) -> Iterator[Verdict]:
        """`audit` for many events: one scan, then a verdict each, in their order.

        Raises:
            ConfigurationError: there is no such revision.
        """
        found = self.detect_batch([event.content() for event in events])
        for event, detections in zip(events, found, strict=True):
            revision_id, tags = self.decide_event(event, detections, revision=revision)
            yield Verdict(event_id=event.event_id, revision=revision_id, tags=tags)
