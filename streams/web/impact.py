"""The effect of one revision against another, on the same traffic: stored detections and contexts decided twice. No text is needed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schemas import AgeGroup, Audience, Context, Detection, OrganizationType, Safeguard, Tag
from streams.policy import Pack
from streams.policy.decide import Decider
from streams.settings import PolicySettings

EXAMPLES = 5


class Flip(NamedTuple):
    """Events of one category that the two revisions judge differently: what each says, how many, and some of them."""

    category: str
    first: str
    second: str
    events: int
    examples: list[tuple[str, str]]  # (organization, event)


@dataclass
class Impact:
    """Tags by category and outcome under each revision, and what changed between them."""

    events: int = 0
    first: Counter[tuple[str, str]] = field(default_factory=Counter)
    second: Counter[tuple[str, str]] = field(default_factory=Counter)
    flips: list[Flip] = field(default_factory=list)

    def tags(self, category: str) -> tuple[int, int]:
        """Tags of a category under each, excused ones aside."""
        first, second = (
            sum(count for (name, outcome), count in side.items() if name == category and outcome != "excused") for side in (self.first, self.second)
        )
        return first, second

    @property
    def categories(self) -> list[str]:
        """Categories with a tag under either, by how much they change."""
        names = {name for name, _ in (*self.first, *self.second)}
        return sorted(names, key=lambda name: (-abs(self.tags(name)[1] - self.tags(name)[0]), name))


def impact(pack: Pack, policy: PolicySettings, first: str, second: str, rows: Iterable[Mapping[str, Any]]) -> Impact:
    """Decide the rows of the question `decidable` under both revisions."""
    decider = Decider(pack, {"law_enforcement_countries": policy.law_enforcement_countries})
    found = Impact()
    flips: dict[tuple[str, str, str], tuple[int, list[tuple[str, str]]]] = {}
    for row in rows:
        detections, context, count = _detections(row), _context(row), int(row["same_events"])
        of = {"organization_id": row["organization_id"], "occurred_at": row["last_at"], "context": context}
        sides = [{tag.category: tag for tag in decider.decide(detections, **of, revision=name)[1]} for name in (first, second)]
        found.events += count
        for counter, tags in zip((found.first, found.second), sides, strict=True):
            counter.update({(tag.category, tag.outcome.value): count for tag in tags.values()})
        for category in sides[0].keys() | sides[1].keys():
            change = (category, _said(sides[0].get(category)), _said(sides[1].get(category)))
            if change[1] != change[2]:
                events, examples = flips.get(change, (0, []))
                flips[change] = (events + count, [*examples, (row["organization_id"], row["example"])][:EXAMPLES])
    found.flips = sorted((Flip(*change, *what) for change, what in flips.items()), key=lambda flip: (-flip.events, flip[:3]))
    return found


def _said(tag: Tag | None) -> str:
    return f"{tag.outcome.value.replace('_', ' ')}, {tag.severity.value}" if tag else "no tag"


def _context(row: Mapping[str, Any]) -> Context:
    return Context(
        audience=Audience(row["audience"]),
        organization_type=OrganizationType(row["organization_type"]),
        declared_use_case=row["declared_use_case"],
        safeguards=frozenset(map(Safeguard, row["safeguards"])),
        end_user_age=AgeGroup(row["end_user_age"]),
        country=row["country"] or None,
    )


def _detections(row: Mapping[str, Any]) -> list[Detection]:
    columns = (row[name] for name in ("categories", "scores", "rules", "rule_versions"))
    return [
        Detection(category=category, score=score, rule=rule, rule_version=version, evidence=[])
        for category, score, rule, version in zip(*columns, strict=True)
    ]
