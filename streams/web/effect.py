"""What one revision would change against another on a period's traffic, made ready for eyes."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from streams.history.diff import Change, Difference

EXAMPLES = 3


class CategoryEffect(NamedTuple):
    """Events of one category by what happens to them. The bars are percent of the largest number there is."""

    category: str
    newly_flagged: int
    cleared: int
    changed: int
    flagged_bar: float
    cleared_bar: float


class Flip(NamedTuple):
    """Events that change alike, and some of them as (organization, event)."""

    category: str
    before: str
    after: str
    events: int
    organizations: int
    examples: tuple[tuple[str, str], ...]


class Effect(NamedTuple):
    """All of it."""

    events: int
    changed: int
    categories: list[CategoryEffect]
    flips: list[Flip]


NOTHING = Effect(0, 0, [], [])


def effect_of(found: Difference) -> Effect:
    """Sum the changes by category, and by what each side says."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: {"newly_flagged": 0, "cleared": 0, "changed": 0})
    alike: dict[tuple[str, str, str], list[Change]] = defaultdict(list)
    for change in found.changes:
        kind = change.change if change.change in ("newly_flagged", "cleared") else "changed"
        counts[change.category][kind] += change.events
        alike[change.category, change.before, change.after].append(change)
    top = max((max(each["newly_flagged"], each["cleared"]) for each in counts.values()), default=0) or 1
    categories = [
        CategoryEffect(name, **each, flagged_bar=round(each["newly_flagged"] / top * 100, 2), cleared_bar=round(each["cleared"] / top * 100, 2))
        for name, each in sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    ]
    flips = [_flip(key, changes) for key, changes in alike.items()]
    return Effect(found.events, found.changed, categories, sorted(flips, key=lambda flip: (-flip.events, flip[:3])))


def _flip(key: tuple[str, str, str], changes: Sequence[Change]) -> Flip:
    ordered = sorted(changes, key=lambda change: (-change.events, change.organization_id))
    examples = dict.fromkeys((change.organization_id, sample) for change in ordered for sample in change.samples[:1])
    category, before, after = key
    senders = {change.organization_id for change in changes}
    shown = (said(before), said(after))
    return Flip(category, *shown, sum(change.events for change in changes), len(senders), tuple(examples)[:EXAMPLES])


def said(tag: str) -> str:
    """`unmet_requirement medium` as it is read."""
    outcome, _, severity = tag.partition(" ")
    return f"{outcome.replace('_', ' ')}, {severity}" if tag else "no tag"
