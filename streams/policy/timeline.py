"""Runs the time-travel fixtures of a pack: every event is judged when the clock says that it arrives, and counted once by the time it occurred."""

from collections.abc import Iterator
from pathlib import Path

from schemas import Tag
from schemas.timeline import Delivery, ExpectedSignal, ExpectedTag, TimelineEvent, TimelineFile
from streams.policy.auditor import Auditor, decider_for
from streams.policy.pack import Pack
from streams.policy.problems import Problem, Source
from streams.settings import PolicySettings

Key = tuple[str, str]  # organization and event id: what signals count
Place = tuple[str | int, ...]


def run_timelines(folder: Path, auditor: Auditor, policy: PolicySettings) -> tuple[int, list[Problem]]:
    """Number of events judged, and all that did not come as expected, in the `timelines` of a pack's folder."""
    judged, problems = 0, []
    for path in sorted(folder.glob("timelines/*.toml")):
        source = Source(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
        timeline, found = source.read(TimelineFile)
        problems += found
        if timeline:
            running = _Running(auditor, policy, source)
            problems += running.run(timeline)
            judged += running.judged
    return judged, problems


class _Running:
    """One timeline while it runs."""

    def __init__(self, auditor: Auditor, policy: PolicySettings, source: Source) -> None:
        self._auditor, self._policy, self._source = auditor, policy, source
        self._events: dict[str, tuple[TimelineEvent, Place]] = {}
        self._counted: dict[Key, tuple[TimelineEvent, list[Tag]]] = {}
        self.judged = 0

    def run(self, timeline: TimelineFile) -> Iterator[Problem]:
        for at, delivery in enumerate(timeline.deliveries):
            yield from self._deliver(delivery, ("deliveries", at))
        for at, signal in enumerate(timeline.signals):
            if (events := self._count(signal)) != signal.events:
                yield self._source.problem(("signals", at), f"{events} events of {signal.category} are counted, {signal.events} expected")

    def _deliver(self, delivery: Delivery, place: Place) -> Iterator[Problem]:
        pack = self._auditor.pack.as_of(delivery.now)
        for index, event in enumerate(delivery.events):
            self._events[event.id] = event, (*place, "events", index)
            yield from self._judge(pack, event, (*place, "events", index))
        for index, name in enumerate(delivery.again):
            if name in self._events:
                yield from self._judge(pack, *self._events[name])
            else:
                yield self._source.problem((*place, "again", index), f"no event {name!r} was delivered before")

    def _judge(self, pack: Pack, event: TimelineEvent, place: Place) -> Iterator[Problem]:
        self.judged += 1
        detections = self._auditor.detect([("text", event.text)])
        facts = {"organization_id": event.organization_id, "occurred_at": event.occurred_at, "context": event.context}
        revision, tags = decider_for(pack, self._policy).decide(detections, **facts)
        self._counted[event.organization_id, event.id] = event, tags
        if revision != event.revision:
            yield self._source.problem(place, f"event {event.id!r} is judged by {revision}, {event.revision} expected")
        given, wanted = {tag.category: tag for tag in tags}, {tag.category: tag for tag in event.tags}
        for category in sorted(given.keys() | wanted.keys()):
            if why := _differs(given.get(category), wanted.get(category)):
                yield self._source.problem(place, f"event {event.id!r}: {why}")

    def _count(self, signal: ExpectedSignal) -> int:
        return sum(
            event.organization_id == signal.organization_id and signal.since <= event.occurred_at < signal.until
            for event, tags in self._counted.values()
            if any((tag.category, tag.outcome) == (signal.category, signal.outcome) for tag in tags)
        )


def _differs(given: Tag | None, wanted: ExpectedTag | None) -> str:
    if given is None or wanted is None:
        return f"{wanted.category} is not tagged" if wanted else f"{given.category} is tagged, and must not be" if given else ""
    for name in ("outcome", "severity", "clause", "excused_by"):
        expected = getattr(wanted, name)
        if expected is not None and expected != getattr(given, name):
            return f"{given.category} has the {name} {getattr(given, name)}, {expected} expected"
    return ""
