"""Why an event was tagged or not: what fired, what nearly fired and by how much, which clause decided, and what would change the answer.

Works from the stored detections and context alone; with the content, it also tells of matches that did not count, and of what the statistical model
saw: the windows in which it fired or nearly did, and the words that carried them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from schemas import Context, Detection, Tag
from streams.policy.decide import Decider, Reach, Weighed, excused, tag_of
from streams.policy.flips import Flip, flips, flips_by_model
from streams.policy.matches import Content
from streams.policy.model_trace import ModelReader, ModelTrace
from streams.policy.pack import Pack
from streams.policy.rulebook import Decision
from streams.policy.trace import Trace, trace

NEAR_SCORE = 0.35  # a decision that lacks no more than this is near


class Facts(NamedTuple):
    """What a decision rests on."""

    organization_id: str
    occurred_at: datetime
    context: Context
    detections: Sequence[Detection]


class Considered(NamedTuple):
    """One decision of the revision: why it was taken, or how far it got. `lacks` is the score that it is short of."""

    category: str
    clause: str
    clause_text: str
    reach: Reach
    score: float
    threshold: float
    lacks: float
    tag: Tag | None


class Explanation(NamedTuple):
    """All of it. `considered` holds each decision on a category that something was found of, up to the one that was taken."""

    revision: str
    in_force: str
    tags: list[Tag]
    considered: list[Considered]
    near: list[Considered]
    matches: list[Trace]
    model: list[ModelTrace]
    flips: list[Flip]


def explain(
    pack: Pack, decider: Decider, facts: Facts, *, content: Content = (), model: ModelReader | None = None, revision: str | None = None
) -> Explanation:
    """Explain one event. `model` reads the content, if there is any; `revision`: judged by it instead of the one of its time."""
    book = decider.book(revision or pack.revision_at(facts.occurred_at).id)
    concerned = {detection.category for detection in facts.detections} | {decision.spec.category for decision in book.contextual}
    considered, near = [], []
    for category in sorted(concerned):
        reached = list(_consider(decider, book.by_category.get(category, ()), facts, book.revision))
        taken = next((at for at, each in enumerate(reached) if each.reach is Reach.TAKEN), len(reached))
        considered += reached[: taken + 1]
        near += [each for each in reached[:taken] if each.reach is Reach.SCORE and each.score and each.lacks <= NEAR_SCORE]
    _, tags = decider.decide(
        facts.detections, organization_id=facts.organization_id, occurred_at=facts.occurred_at, context=facts.context, revision=book.revision.id
    )
    seen = model.trace(content) if model and content else []
    return Explanation(
        revision=book.revision.id,
        in_force=f"from {_shown(book.revision.starts, 'ever')} until {_shown(book.revision.ends, 'further notice')}",
        tags=tags,
        considered=considered,
        near=near,
        matches=list(trace(pack, content)),
        model=seen,
        flips=[
            *flips(pack, decider, facts, tags, revision=book.revision.id),
            *flips_by_model(decider, facts, tags, seen, revision=book.revision.id),
        ],
    )


def _consider(decider: Decider, decisions: Sequence[Decision], facts: Facts, revision: Any) -> Iterator[Considered]:
    texts = {clause.id: clause.text for clause in revision.clauses}
    for decision in decisions:
        spec = decision.spec
        detections = [detection for detection in facts.detections if detection.category == spec.category]
        weighed = decider.weigh(decision, detections, facts.context)
        tag = tag_of(spec, weighed, facts.context) if weighed.reach is Reach.TAKEN else None
        if tag:
            tag = excused(tag, revision.allowances, facts.organization_id, facts.occurred_at, facts.context)
        lacks = round(spec.threshold - weighed.score, 3) if weighed.reach is Reach.SCORE else 0.0
        yield Considered(spec.category, spec.clause, texts[spec.clause], weighed.reach, _score(weighed), spec.threshold, lacks, tag)


def _score(weighed: Weighed) -> float:
    return weighed.score if weighed.reach in {Reach.SCORE, Reach.TAKEN} else 0.0


def _shown(moment: datetime | None, without: str) -> str:
    return moment.isoformat().replace("+00:00", "Z") if moment else without
