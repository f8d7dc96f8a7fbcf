"""Decision: what the policy says of detections in a context. A pure function; it never sees the text."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from schemas import Context, Detection, Evidence, Outcome, Tag
from schemas.pack import AllowanceSpec, DecisionSpec
from schemas.verdict import DETECTION_FLOOR
from streams.policy.pack import ANY_KIND, Pack
from streams.policy.rulebook import Decision, Rulebook, allowed, rulebook


class Dated(Protocol):
    """What a decision by context reads of an event."""

    occurred_at: datetime
    context: Any


class Decider:
    """The decisions of all revisions of a pack."""

    def __init__(self, pack: Pack, operator_lists: Mapping[str, Sequence[str]]) -> None:
        self._pack, self._kinds = pack, pack.kinds
        self.countries = frozenset(country for countries in operator_lists.values() for country in countries)  # that the operator names
        self._books = {revision.id: rulebook(revision, operator_lists) for revision in (*pack.revisions, *pack.shadows)}
        self._beside = frozenset(category for category, detector in pack.detectors.items() if detector.shadow)

    def by_context(self, events: Sequence[Dated]) -> list[int]:
        """Numbers of the events, ascending, in which a decision of the revision in force, or of a shadow one, may rest on the context alone."""
        if not events:
            return []
        moments = [event.occurred_at for event in events]
        if not self._pack.shadows and (book := self._book_at(min(moments))) is self._book_at(max(moments)):  # as nearly always
            return book.resting([event.context for event in events])
        return [number for number, event in enumerate(events) if self._rests(event.occurred_at, event.context)]

    def _rests(self, moment: datetime, context: Context) -> bool:
        return self._book_at(moment).rests_on(context) or (bool(self._pack.shadows) and self._book_at(moment, shadow=True).rests_on(context))

    def _book_at(self, moment: datetime, *, shadow: bool = False) -> Rulebook:
        return self._books[self._pack.revision_at(moment, shadow=shadow).id]

    def ever_by_context(self, context: Context) -> bool:
        """Whether a decision of any revision may rest on the context alone."""
        return any(book.rests_on(context) for book in self._books.values())

    def decide(
        self,
        detections: Sequence[Detection],
        *,
        organization_id: str,
        occurred_at: datetime,
        context: Context,
        revision: str | None = None,
        shadow: bool = False,
    ) -> tuple[str, list[Tag]]:
        """Revision id, and at most one tag per category, in order of category.

        Args:
            revision: decide by this one instead of the one in force at `occurred_at`.
            shadow: decide as if all that is marked as shadow counted.
        """
        revision_id = (self._pack.revision(revision) if revision else self._pack.revision_at(occurred_at, shadow=shadow)).id
        book = self._books[revision_id]
        if not detections and not book.rests_on(context):
            return revision_id, []
        by_category: dict[str, list[Detection]] = {decision.spec.category: [] for decision in book.contextual}
        for detection in detections:
            by_category.setdefault(detection.category, []).append(detection)
        tags = []
        for category in sorted(by_category):
            if category in self._beside and not shadow:
                continue
            tag = self._decide_category(book.by_category.get(category, ()), by_category[category], context)
            if tag:
                tags.append(excused(tag, book.revision.allowances, organization_id, occurred_at, context))
        return revision_id, tags

    def book(self, revision_id: str) -> Rulebook:
        """One revision made ready."""
        return self._books[revision_id]

    def _decide_category(self, decisions: Sequence[Decision], detections: Sequence[Detection], context: Context) -> Tag | None:
        """The first decision that fits is taken, also when it says that there is no tag."""
        for decision in decisions:
            weighed = self.weigh(decision, detections, context)
            if weighed.reach is Reach.TAKEN:
                return tag_of(decision.spec, weighed, context)
        return None

    def weigh(self, decision: Decision, detections: Sequence[Detection], context: Context) -> "Weighed":
        """How far a decision gets with the detections of its category."""
        if not decision.fits(context):
            return Weighed(Reach.CONTEXT)
        if decision.without and any(self._kind(each) in decision.without and each.score >= decision.spec.threshold for each in detections):
            return Weighed(Reach.KIND)
        if decision.spec.context_rule:
            return Weighed(Reach.TAKEN)
        selected = [each for each in detections if decision.kinds is None or self._kind(each) in decision.kinds]
        score = combined(selected) if selected else 0.0
        return Weighed(Reach.TAKEN if selected and score >= decision.spec.threshold else Reach.SCORE, score, selected)

    def _kind(self, detection: Detection) -> str:
        return self._kinds.get(detection.rule, ANY_KIND)


class Reach(StrEnum):
    """How far a decision got."""

    CONTEXT = "context"  # the context is another one
    KIND = "kind"  # a detection of a kind that it excludes is there
    SCORE = "score"  # the detections that it selects do not reach its threshold
    TAKEN = "taken"


class Weighed(NamedTuple):
    """What came of one decision: how far it got, and the score of the detections that it selects."""

    reach: Reach
    score: float = 1.0
    selected: Sequence[Detection] = ()


def combined(detections: Sequence[Detection]) -> float:
    """The score of several rules together: what is left of 1 when each takes its share of the doubt. Rounded, so that stored scores give the same."""
    doubt = 1.0
    for score in sorted(round(detection.score, 3) for detection in detections):
        doubt *= 1.0 - score
    return round(1.0 - doubt, 3)


def tag_of(spec: DecisionSpec, weighed: Weighed, context: Context) -> Tag | None:
    """The tag of a decision that is taken; none, if it says so or all that it requires is in place."""
    if spec.context_rule:
        rule = spec.context_rule
        evidence = [Evidence(field=f"context.{rule.field}", excerpt=_shown(getattr(context, rule.field)))]
        return _with_safeguards(spec, context, score=1.0, rule=f"{spec.category}.{rule.id}", version=rule.version, evidence=evidence)
    selected = weighed.selected
    best = min(selected, key=lambda detection: (-round(detection.score, 3), detection.rule))
    evidence = [*best.evidence, *(each.evidence[0] for each in selected if each is not best and each.evidence)]
    return _with_safeguards(spec, context, score=weighed.score, rule=best.rule, version=best.rule_version, evidence=evidence[:3])


def _with_safeguards(spec: DecisionSpec, context: Context, *, score: float, rule: str, version: int, evidence: list[Evidence]) -> Tag | None:
    if spec.outcome == "none":
        return None
    missing = [safeguard for safeguard in sorted(spec.required_safeguards) if safeguard not in context.safeguards]
    if spec.required_safeguards and not missing:
        return None
    return Tag(
        category=spec.category,
        outcome=Outcome(spec.outcome),
        severity=spec.severity,
        score=score,
        rule=rule,
        rule_version=version,
        clause=spec.clause,
        evidence=evidence,
        missing_safeguards=missing,
    )


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return "" if value is None else str(value)


def excused(tag: Tag, allowances: Sequence[AllowanceSpec], organization_id: str, occurred_at: datetime, context: Context) -> Tag:
    """The tag, or its excused twin if an allowance covers organization, category, context and moment."""
    for allowance in allowances:
        if allowance.covers(tag.category, organization_id, occurred_at) and allowed(allowance.context, {}).fits(context):
            return tag.model_copy(update={"outcome": Outcome.EXCUSED, "excused_by": allowance.id})
    return tag


__all__ = ["DETECTION_FLOOR", "Decider", "combined"]
