"""A pack in words: clauses, decisions and conditions as a person reads them, and what two revisions say differently."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from schemas import AgeGroup, Audience, OrganizationType
from schemas.pack import ContextMatch, DecisionSpec, RevisionFile

ENUMERATIONS = {
    name: tuple(each.value for each in kind)
    for name, kind in (("audience", Audience), ("organization_type", OrganizationType), ("end_user_age", AgeGroup))
}


class ClauseText(NamedTuple):
    """A clause and the revision that holds it."""

    revision: str
    clause: str
    text: str
    starts: datetime | None
    ends: datetime | None


class CategoryDiff(NamedTuple):
    """What two revisions decide of one category."""

    category: str
    first: list[str]
    second: list[str]

    @property
    def differs(self) -> bool:
        return self.first != self.second


def period(revision: RevisionFile) -> str:
    """When a revision is in force."""
    starts = f"from {_day(revision.starts)}" if revision.starts else "from the beginning"
    return f"{starts} until {_day(revision.ends)}" if revision.ends else f"{starts} until further notice"


def decision(spec: DecisionSpec) -> str:
    """One decision as a sentence."""
    parts = ["no tag" if spec.outcome == "none" else f"{spec.outcome.replace('_', ' ')}, {spec.severity.value}"]
    if spec.required_safeguards:
        parts.append("unless " + " and ".join(_plain(each.value) for each in spec.required_safeguards) + " are in place")
    if spec.kinds:
        parts.append("for " + ", ".join(map(_plain, spec.kinds)))
    if spec.without_kinds:
        parts.append("not with " + ", ".join(map(_plain, spec.without_kinds)))
    if spec.when:
        parts.append("when " + " or ".join(map(condition, spec.when)))
    if spec.unless:
        parts.append("except when " + " or ".join(map(condition, spec.unless)))
    parts.append("by the context alone" if spec.context_rule else f"from score {spec.threshold:g}")
    return "; ".join(parts)


def condition(match: ContextMatch) -> str:
    """A context condition as a phrase."""
    parts = []
    for name, values in match.model_dump(mode="json").items():
        if values:
            rest = [each for each in ENUMERATIONS.get(name, ()) if each not in values]
            if 0 < len(rest) < len(values):  # said shorter by what is left out
                parts.append(f"{_plain(name)} is not {' or '.join(map(_plain, rest))}")
            else:
                joined = (" and " if name == "safeguards" else " or ").join(map(_plain, values))
                parts.append(f"{_plain(name)} is {joined}")
    return " and ".join(parts) or "any context"


def diff(first: RevisionFile, second: RevisionFile, categories: Sequence[str]) -> list[CategoryDiff]:
    """Per category what each revision decides, those that differ first."""
    rows = [CategoryDiff(name, _decided(first, name), _decided(second, name)) for name in categories]
    return sorted(rows, key=lambda row: (not row.differs, row.category))


def _decided(revision: RevisionFile, category: str) -> list[str]:
    return [decision(each) for each in revision.decisions if each.category == category]


def explained(revision: RevisionFile | None, row: dict[str, Any]) -> list[str]:
    """Why a verdict is what it is: the decisions of its revision that lead to its clause and outcome."""
    if revision is None:
        return []
    wanted = {"unmet_requirement", "violation"} if row["outcome"] == "excused" else {row["outcome"]}
    fits = [each for each in revision.decisions if each.category == row["category"] and each.clause == row["clause"] and each.outcome in wanted]
    return [decision(each) for each in fits]


def clause_text(revision: RevisionFile | None, clause: str) -> str:
    """The clause in our words; empty when the pack does not have it."""
    return next((each.text for each in revision.clauses if each.id == clause), "") if revision else ""


def _plain(name: str) -> str:
    return name.removeprefix("@").replace("_", " ")


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %b %Y}"
