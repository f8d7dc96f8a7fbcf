"""What would change the answer for an event: another context, organization, time, or score."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from schemas import AgeGroup, Audience, Context, Detection, OrganizationType, Tag
from streams.policy.decide import Decider, Reach
from streams.policy.model_trace import THRESHOLD, ModelTrace, WindowReach
from streams.policy.pack import Pack

if TYPE_CHECKING:
    from streams.policy.explain import Facts

ANOTHER_COUNTRY = "ZZ"  # no country has this code


class Flip(NamedTuple):
    """A change, and what a category's tag would be then. `before` and `after` are outcome and severity, or empty."""

    change: str
    category: str
    before: str
    after: str


def flips(pack: Pack, decider: Decider, facts: "Facts", tags: Sequence[Tag], *, revision: str) -> Iterator[Flip]:
    """Every single change that gives another answer: of one context field, of the revision, of a score, of an allowance."""
    for change, context in other_contexts(pack, decider, facts.context):
        yield from _compared(change, tags, _tags(decider, facts._replace(context=context), revision))
    for other in (*pack.revisions, *pack.shadows):
        if other.id != revision:
            yield from _compared(f"revision {other.id}", tags, _tags(decider, facts, other.id))
    yield from _scores(decider, facts, revision)
    for change, moved in _allowances(pack, facts, tags, revision):
        yield from _compared(change, tags, _tags(decider, moved, revision))


def flips_by_model(decider: Decider, facts: "Facts", tags: Sequence[Tag], seen: Sequence[ModelTrace], *, revision: str) -> Iterator[Flip]:
    """What would follow if the statistical model had fired where it came near."""
    for window in seen:
        if window.reach is not WindowReach.FIRED:
            fired = Detection(category=window.category, score=max(THRESHOLD, window.score), rule=window.rule, rule_version=1)
            moved = facts._replace(detections=[*facts.detections, fired])
            short = f"{window.rule} at least {THRESHOLD:g} (it is {window.score:g})"
            why = short if window.lacks else f"{window.rule} not held back (it is {window.score:g})"
            yield from _compared(why, tags, _tags(decider, moved, revision))


def other_contexts(pack: Pack, decider: Decider, context: Context) -> Iterator[tuple[str, Context]]:
    """Contexts that differ in one field; values are those of the contract and those that the pack names."""
    decisions = [decision for revision in (*pack.revisions, *pack.shadows) for decision in revision.decisions]
    use_cases = {case for decision in decisions for match in (*decision.when, *decision.unless) for case in match.declared_use_case or ()}
    values: dict[str, Sequence[object]] = {
        "audience": list(Audience), "organization_type": list(OrganizationType), "declared_use_case": sorted({"general", *use_cases}),
        "end_user_age": list(AgeGroup), "country": [None, *sorted(decider.countries), ANOTHER_COUNTRY],
    }  # fmt: skip
    for name, options in values.items():
        for option in options:
            if option != getattr(context, name):
                yield f"{name} = {_plain(option)}", context.model_copy(update={name: option})
    for required in sorted({tuple(sorted(decision.required_safeguards)) for decision in decisions}):
        if missing := [each for each in required if each not in context.safeguards]:
            yield f"safeguards + {', '.join(missing)}", context.model_copy(update={"safeguards": context.safeguards | set(missing)})
    for given in sorted(context.safeguards):
        yield f"safeguards - {given}", context.model_copy(update={"safeguards": context.safeguards - {given}})


def _plain(option: object) -> str:
    if option is None:
        return "unknown"
    return "any other" if option == ANOTHER_COUNTRY else str(option)


def _tags(decider: Decider, facts: "Facts", revision: str) -> list[Tag]:
    known = {"organization_id": facts.organization_id, "occurred_at": facts.occurred_at, "context": facts.context}
    return decider.decide(facts.detections, **known, revision=revision)[1]


def _compared(change: str, before: Sequence[Tag], after: Sequence[Tag]) -> Iterator[Flip]:
    old, new = ({tag.category: _outcome(tag) for tag in tags} for tags in (before, after))
    for category in sorted(old.keys() | new.keys()):
        if old.get(category, "") != new.get(category, ""):
            yield Flip(change, category, old.get(category, ""), new.get(category, ""))


def _outcome(tag: Tag) -> str:
    return f"{tag.outcome.value} {tag.severity.value}"


def _scores(decider: Decider, facts: "Facts", revision: str) -> Iterator[Flip]:
    """The score at which the first decision of a category that fits the context turns."""
    for category in sorted({detection.category for detection in facts.detections}):
        own = [detection for detection in facts.detections if detection.category == category]
        for decision in decider.book(revision).by_category.get(category, ()):
            weighed, spec = decider.weigh(decision, own, facts.context), decision.spec
            shown = f"{spec.outcome} {spec.severity.value}"
            if weighed.reach is Reach.SCORE and weighed.score:
                yield Flip(f"score of {category} at least {spec.threshold:g} (it is {weighed.score:g})", category, "", shown)
            if weighed.reach is Reach.TAKEN:
                if weighed.selected:
                    yield Flip(f"score of {category} below {spec.threshold:g} (it is {weighed.score:g})", category, shown, "")
                break


def _allowances(pack: Pack, facts: "Facts", tags: Sequence[Tag], revision: str) -> Iterator[tuple[str, "Facts"]]:
    """The event as if one of the revision's allowances were for its organization and time."""
    for allowance in pack.revision(revision).allowances:
        if any(tag.category in allowance.categories for tag in tags):
            organization = allowance.organizations[0]
            moment: datetime = min(max(facts.occurred_at, allowance.starts), allowance.expires)
            fields = {name: values for name, values in allowance.context if values}
            update = {name: frozenset(values) if name == "safeguards" else values[0] for name, values in fields.items()}
            context = facts.context.model_copy(update=update)
            moved = facts._replace(organization_id=organization, occurred_at=moment, context=context)
            if moved != facts:
                shown = "".join(f", {name} {_plain(values[0])}" for name, values in fields.items())
                yield f"allowance {allowance.id} (organization {organization}{shown})", moved
