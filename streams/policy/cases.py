"""The cases of a pack: each text must lead to what its group says, under its revision and in its context."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas import Detection, Tag
from schemas.pack import CaseGroup, RevisionFile
from streams.policy.auditor import Auditor
from streams.policy.decide import Decider
from streams.policy.matches import Content
from streams.policy.pack import Pack
from streams.policy.problems import Problem, Source


class Case(NamedTuple):
    """One text of one group. `place` is its key path in the detector's file."""

    category: str
    group: CaseGroup
    text: str
    fires: bool
    place: tuple[str | int, ...]

    @property
    def content(self) -> Content:
        return ((self.group.field, self.text),)

    def revision(self, pack: Pack) -> RevisionFile:
        """The revision that decides it: the one it names, else the newest that is in force."""
        return pack.revision(self.group.revision) if self.group.revision else pack.revisions[-1]

    def decided(self, decider: Decider, pack: Pack, detections: Sequence[Detection]) -> list[Tag]:
        """The tags that follow from detections."""
        revision, group = self.revision(pack), self.group
        facts = {"organization_id": group.organization_id, "occurred_at": group.occurred_at or moment_in(revision), "context": group.context}
        return decider.decide(detections, **facts, revision=revision.id)[1]


def cases_of(pack: Pack) -> Iterator[Case]:
    """All cases, in order of category and file."""
    for category in sorted(pack.detectors):
        for at, group in enumerate(pack.detectors[category].cases):
            for name in ("fires", "silent"):
                for index, text in enumerate(getattr(group, name)):
                    yield Case(category, group, text, name == "fires", ("cases", at, name, index))


def run_cases(auditor: Auditor) -> list[Problem]:
    """Every case that does not hold, with where it stands."""
    pack, cases = auditor.pack, list(cases_of(auditor.pack))
    problems = []
    for case, detections in zip(cases, auditor.detect_batch([case.content for case in cases]), strict=True):
        if why := verdict_on(case, case.decided(auditor.decider, pack, detections)):
            path = f"detectors/{case.category}.toml"
            problems.append(Source(path, pack.files[path]).problem(case.place, f"{why} under {case.revision(pack).id}: {_short(case.text)}"))
    return problems


def verdict_on(case: Case, tags: list[Tag]) -> str:
    """Why a case does not hold, or nothing."""
    own = next((tag for tag in tags if tag.category == case.category), None)
    if not case.fires:
        return f"must be silent but is tagged by {own.rule} ({own.score})" if own else ""
    if not own:
        return "must be tagged but is silent"
    if case.group.outcome and own.outcome != case.group.outcome:
        return f"must be {case.group.outcome} but is {own.outcome.value} by {own.rule}"
    return ""


def moment_in(revision: RevisionFile) -> datetime:
    """A moment within a revision, for allowances: its first, or a day before the end of one that has no first."""
    if revision.starts:
        return revision.starts
    return revision.ends - timedelta(days=1) if revision.ends else datetime.now(UTC)


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
