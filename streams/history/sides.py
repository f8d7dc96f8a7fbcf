"""One side of a comparison: a policy that stored events are decided by."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from schemas import Context, Detection, Tag
from schemas.pack import RevisionFile
from streams.policy import Pack
from streams.policy.auditor import decider_for
from streams.policy.decide import Decider
from streams.settings import PolicySettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Side:
    """A pack, and which of its revisions decide: those in force at each event's time, with or without what is in shadow, or one for all time."""

    name: str
    pack: Pack
    policy: PolicySettings
    revision: str | None = None
    shadow: bool = False

    def decide(self, organization_id: str, occurred_at: datetime, context: Context, detections: Sequence[Detection]) -> tuple[str, list[Tag]]:
        """The revision, and its tags."""
        facts = {"organization_id": organization_id, "occurred_at": occurred_at, "context": context}
        return self.decider.decide(detections, **facts, revision=self.revision, shadow=self.shadow)

    @cached_property
    def decider(self) -> Decider:
        """The pack's decisions, made ready."""
        return decider_for(self.pack, self.policy)

    @property
    def revisions(self) -> tuple[RevisionFile, ...]:
        """The revisions that may decide."""
        return (self.pack.revision(self.revision),) if self.revision else (*self.pack.revisions, *(self.pack.shadows if self.shadow else ()))

    @property
    def organizations(self) -> frozenset[str]:
        """Organizations that an allowance names: for all others, who they are decides nothing."""
        return frozenset(each for revision in self.revisions for allowance in revision.allowances for each in allowance.organizations)


def edges_of(sides: Iterable[Side]) -> list[int]:
    """Moments, in milliseconds since 1970, between which time decides nothing, in order."""
    return sorted({millis(moment) for side in sides for moment in _moments(side)})


def _moments(side: Side) -> Iterator[datetime]:
    for revision in side.revisions:
        if not side.revision:
            yield from (moment for moment in (revision.starts, revision.ends) if moment)
        for allowance in revision.allowances:
            yield from (allowance.starts, allowance.expires)


def moment_in(period: int, edges: Sequence[int]) -> datetime:
    """A moment of a period: its first, or one before the first edge."""
    if period == 0:
        return EPOCH
    return EPOCH + timedelta(milliseconds=edges[period - 1])


def millis(moment: datetime) -> int:
    """Milliseconds since 1970. Edges lie on whole milliseconds: a pack is checked for it."""
    return (moment - EPOCH) // timedelta(milliseconds=1)
