"""What a policy pack's files hold: detectors, shared lists and conditions, and dated revisions. Read from TOML, checked before anything is compiled.

Ids are stable: a rule that changes gets a higher `version`, a rule that goes away is listed under `retired`.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.contract import Slug
from schemas.event import AgeGroup, Audience, Context, OrganizationType, Safeguard
from schemas.verdict import Severity

ANY_KIND = "match"  # the kind of a rule that names none

Text = Annotated[str, StringConstraints(min_length=1)]
Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Patterns = Annotated[list[Text], Field(min_length=1)]
RevisionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,95}$")]
Lenient = Field(strict=False)


def pack_hash(files: Mapping[str, str]) -> str:
    """The name of a pack's content: 16 hexadecimal characters over all paths (relative to its folder) and texts."""
    digest = hashlib.sha256()
    for path, text in sorted(files.items()):
        for part in (path.encode(), text.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


class PackPart(BaseModel):
    """Base of all parts: a key that nobody reads is an error, because it may be a typo of one that counts."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Scope(StrEnum):
    """Where a condition must be seen, relative to the matched span."""

    BEFORE = "before"  # in the same sentence, at most 80 code points ahead of the span
    SENTENCE = "sentence"  # in the sentence of the span
    NEAR = "near"  # at most 400 code points away
    TEXT = "text"  # at most 2,000 code points away


class ConditionSpec(PackPart):
    """Something that lowers the score of a match: it is multiplied with `factor`."""

    id: Slug
    title: Text
    factor: Annotated[float, Field(ge=0.0, lt=1.0)]
    scope: Annotated[Scope, Lenient]
    any: Patterns


class RuleSpec(PackPart):
    """One rule. It fires where a pattern of `any` matches, each group of `all` matches near it, and none of `unless` does.

    `kind` is what revisions select by. `fields` limits it to content fields that begin with one of them. `near` counts code points.
    """

    id: Slug
    version: Annotated[int, Field(ge=1, le=65_535)]
    kind: Slug = ANY_KIND
    score: Unit
    any: Patterns
    all: list[Patterns] = []
    unless: list[Text] = []
    near: Annotated[int, Field(ge=20, le=2_000)] = 300
    fields: list[Literal["system", "text", "input", "output"]] = []
    not_lowered_by: list[Slug] = []


class RetiredRule(PackPart):
    """A rule that is gone. Its id is never used again; stored detections keep their kind."""

    id: Slug
    kind: Slug = ANY_KIND


class CaseGroup(PackPart):
    """Texts with what they must lead to under one revision (default: the newest) and context: a tag of this category, or none."""

    revision: RevisionId | None = None
    context: Context = Context()
    organization_id: str = "case"
    occurred_at: AwareDatetime | None = None  # for allowances; without it, the first moment of the revision
    field: Literal["system", "text", "input", "output"] = "text"
    held_out: bool = False  # the statistical model is not trained with the silent ones
    outcome: Literal["violation", "unmet_requirement", "excused"] | None = None
    fires: list[str] = []
    silent: list[str] = []


class DetectorFile(PackPart):
    """detectors/<category>.toml. What a `shadow` detector finds is stored and decided beside, in a shadow run; it gives no tag."""

    id: Slug
    shadow: bool = False
    title: Text
    owner: Text
    languages: Annotated[list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]], Field(min_length=1)]
    lowered_by: list[Slug] = []
    lists: dict[Slug, Patterns] = {}
    conditions: list[ConditionSpec] = []
    rules: Annotated[list[RuleSpec], Field(min_length=1)]
    retired: list[RetiredRule] = []
    cases: list[CaseGroup] = []


class SharedFile(PackPart):
    """shared.toml: lists and conditions that every detector may name."""

    lists: dict[Slug, Patterns] = {}
    conditions: list[ConditionSpec] = []


class ContextMatch(PackPart):
    """A context fits when each field given here has one of its values; `safeguards`: all of them are in place.

    `country` takes ISO codes, `unknown`, and `@name` for a list of the operator (`@law_enforcement_countries`).
    """

    audience: list[Annotated[Audience, Lenient]] | None = None
    organization_type: list[Annotated[OrganizationType, Lenient]] | None = None
    declared_use_case: list[Slug] | None = None
    end_user_age: list[Annotated[AgeGroup, Lenient]] | None = None
    country: list[Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|unknown|@[a-z_]+)$")]] | None = None
    safeguards: list[Annotated[Safeguard, Lenient]] | None = None


class ContextRule(PackPart):
    """Makes a decision rest on the context alone: the id and version it is reported with, and the context field that is its evidence."""

    id: Slug
    version: Annotated[int, Field(ge=1, le=65_535)]
    field: Literal["audience", "organization_type", "declared_use_case", "end_user_age", "country", "safeguards"]


class DecisionSpec(PackPart):
    """What follows from detections of `category` in a context. Of one category, the first decision that fits is taken.

    `kinds` selects detections (default: all); their scores combine and must reach `threshold`. `without_kinds`: does not fit when such a detection
    is there. With `required_safeguards`, the tag is `unmet_requirement` naming the missing ones, or nothing when none is missing. `none` is an
    explicit "no tag".
    """

    category: Slug
    clause: ClauseId
    outcome: Literal["violation", "unmet_requirement", "none"]
    severity: Annotated[Severity, Lenient] = Severity.MEDIUM
    kinds: list[Slug] | None = None
    without_kinds: list[Slug] = []
    threshold: Unit = 0.5
    when: list[ContextMatch] = []  # one of them fits; empty: always
    unless: list[ContextMatch] = []  # none of them fits
    required_safeguards: list[Annotated[Safeguard, Lenient]] = []
    context_rule: ContextRule | None = None


class AllowanceSpec(PackPart):
    """A permission: owned, scoped, dated. What it covers is tagged `excused`, never dropped."""

    id: ClauseId
    owner: Text
    reason: Text
    categories: Annotated[list[Slug], Field(min_length=1)]
    organizations: Annotated[list[Text], Field(min_length=1)]
    context: ContextMatch = ContextMatch()
    starts: AwareDatetime
    expires: AwareDatetime

    def covers(self, category: str, organization_id: str, occurred_at: datetime) -> bool:
        """Whether it is for this category, organization and moment; its context is another question."""
        return category in self.categories and organization_id in self.organizations and self.starts <= occurred_at < self.expires


class ClauseSpec(PackPart):
    """One clause, in our own words."""

    id: ClauseId
    text: Text


class RevisionFile(PackPart):
    """revisions/<id>.toml. In force from `starts` (inclusive; absent: since ever) to `ends` (exclusive; absent: until further notice).

    A `shadow` revision is in force in the shadow run only, in place of the one that really is.
    """

    id: RevisionId
    shadow: bool = False
    title: Text
    starts: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    recorded_at: AwareDatetime
    source: Annotated[str, StringConstraints(pattern=r"^https://")]
    clauses: Annotated[list[ClauseSpec], Field(min_length=1)]
    decisions: Annotated[list[DecisionSpec], Field(min_length=1)]
    allowances: list[AllowanceSpec] = []
