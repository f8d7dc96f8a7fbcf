"""The pack: detectors, shared lists and conditions, and revisions as one checked, hashed, immutable thing.

A pack is a folder with `shared.toml`, `detectors/<category>.toml` and `revisions/<id>.toml`. Nothing is compiled or used before all of it checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import schemas
from schemas.pack import ANY_KIND, ConditionSpec, DetectorFile, RevisionFile, RuleSpec, SharedFile, pack_hash
from streams.errors import ConfigurationError
from streams.policy.model import CONCEPTS, MAX_MODEL_BYTES, MODEL, Output
from streams.policy.problems import Problem
from streams.policy.translate import Expression, translate, translate_any

SHIPPED = Path(schemas.__file__).parent / "policy"
SHARED = "shared.toml"
MAX_FILE_BYTES = 1 << 20


class PackError(ConfigurationError):
    """A pack that does not check. `problems` holds every one that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        count = len(self.problems)
        what = "\n".join([f"the policy pack has {count} problem{'s' if count != 1 else ''}:", *(f"  {each}" for each in self.problems)])
        super().__init__(what, command="plumbline policy check")

    def __reduce__(self) -> tuple:
        return type(self), (self.problems,)


@dataclass(frozen=True)
class Rule:
    """A rule with its patterns translated. `name` is the id that detections carry: category, dot, rule id."""

    name: str
    category: str
    spec: RuleSpec
    any: tuple[Expression, ...]
    all: tuple[Expression, ...]  # one for each group
    unless: Expression | None
    conditions: tuple["Condition", ...]

    def reads(self, field: str) -> bool:
        """Whether the rule looks at this field of the content."""
        return not self.spec.fields or field.startswith(tuple(self.spec.fields))


@dataclass(frozen=True)
class Condition:
    """A lowering condition with its patterns translated."""

    spec: ConditionSpec
    any: Expression


@dataclass(frozen=True)
class Pack:
    """A checked pack. `files` maps relative path to text; `hash` names exactly this content."""

    files: Mapping[str, str]
    detectors: Mapping[str, DetectorFile]
    revisions: tuple[RevisionFile, ...]  # in order of time; together they cover all of it
    shared: SharedFile = field(default_factory=SharedFile)
    shadows: tuple[RevisionFile, ...] = ()  # shadow revisions, in order of time
    outputs: tuple[Output, ...] = ()  # of the statistical model, if the pack has one

    @classmethod
    def load(cls, folder: Path | None = None) -> "Pack":
        """Read and check a pack folder; without one, the pack that comes with Plumbline.

        Raises:
            PackError: naming every problem with path, line and column.
            ConfigurationError: there is no such folder, or a file is not UTF-8.
        """
        folder = folder or SHIPPED
        if not folder.is_dir():
            raise ConfigurationError(f"policy pack {folder} is not a folder", cause="the path is wrong", command="plumbline policy check DIR")
        return cls.from_files(read_files(folder))

    @classmethod
    def from_files(cls, files: Mapping[str, str]) -> "Pack":
        """Check the texts of a pack, given by their paths relative to its folder.

        Raises:
            PackError: naming every problem with path, line and column.
        """
        from streams.policy.check import check_files  # the checks need Pack's own types

        return check_files(dict(files))

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal characters over all paths and texts."""
        return pack_hash(self.files)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Rule name -> kind, also of retired rules, of the statistical model, and of a judge's second opinion on either."""
        named = [(category, rule) for category, file in self.detectors.items() for rule in (*file.rules, *file.retired)]
        pairs = [(category, rule.kind) for category, rule in named] + [(output.category, output.kind) for output in self.outputs]
        judged = {judge_rule(category, kind): kind for category, kind in pairs}
        return judged | {f"{category}.{rule.id}": rule.kind for category, rule in named} | {output.rule: output.kind for output in self.outputs}

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules with their patterns translated, in order of category and file."""
        return tuple(rule for category in sorted(self.detectors) for rule in rules_of(self.detectors[category], self.shared))

    @cached_property
    def has_shadow(self) -> bool:
        """Whether anything in it is decided beside the live policy."""
        return bool(self.shadows) or any(detector.shadow for detector in self.detectors.values())

    def revision(self, revision_id: str) -> RevisionFile:
        """The revision of that id.

        Raises:
            ConfigurationError: there is none.
        """
        for revision in (*self.revisions, *self.shadows):
            if revision.id == revision_id:
                return revision
        known = ", ".join(revision.id for revision in (*self.revisions, *self.shadows))
        raise ConfigurationError(f"there is no policy revision {revision_id!r}", cause=f"the pack has: {known}", command="plumbline policy check")

    def revision_at(self, occurred_at: datetime, *, shadow: bool = False) -> RevisionFile:
        """The revision in force at a moment; with `shadow`, the shadow revision of that moment, if there is one."""
        if shadow:
            for revision in reversed(self.shadows):
                if (revision.starts is None or occurred_at >= revision.starts) and (revision.ends is None or occurred_at < revision.ends):
                    return revision
        for revision in reversed(self.revisions):
            if revision.starts is None or occurred_at >= revision.starts:
                return revision
        return self.revisions[0]

    def as_of(self, moment: datetime) -> "Pack":
        """The pack as it was recorded then: without the revisions that were recorded later.

        Raises:
            ConfigurationError: nothing had been recorded.
        """
        known = tuple(revision for revision in self.revisions if revision.recorded_at <= moment)
        if not known:
            first = min(revision.recorded_at for revision in self.revisions)
            raise ConfigurationError(f"no policy had been recorded by {moment:%Y-%m-%d}", cause=f"the first record is of {first:%Y-%m-%d}")
        return replace(self, revisions=known)


def judge_rule(category: str, kind: str) -> str:
    """The name that the opinion of a judge carries: of what kind our own detection was, it takes the place of."""
    return f"{category}.judge-{kind}"


def read_files(folder: Path) -> dict[str, str]:
    """The texts that make up a pack, by relative path with slashes."""
    paths = [
        path
        for path in (folder / SHARED, folder / CONCEPTS, folder / MODEL, *folder.glob("detectors/*.toml"), *folder.glob("revisions/*.toml"))
        if path.is_file()
    ]
    files, problems = {}, []
    for path in sorted(paths):
        name = path.relative_to(folder).as_posix()
        content = path.read_bytes()
        try:
            files[name] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            problems.append(Problem(name, line, error.start - content.rfind(b"\n", 0, error.start), "not UTF-8"))
        most = MAX_MODEL_BYTES if name == MODEL else MAX_FILE_BYTES
        if len(content) > most:
            problems.append(Problem(name, 1, 1, f"{len(content)} bytes; a file of a pack has at most {most}"))
    if problems:
        raise PackError(problems)
    return files


def rules_of(detector: DetectorFile, shared: SharedFile) -> list[Rule]:
    """Translate the rules of one detector.

    Raises:
        PatternError: a pattern is refused (not after the pack has been checked).
    """
    lists = {**shared.lists, **detector.lists}
    conditions = conditions_of(detector, shared)
    named = {**conditions, **{each.id: Condition(each, translate_any(each.any, lists)) for each in detector.conditions}}
    rules = []
    for spec in detector.rules:
        lowered = tuple(
            named[name] for name in dict.fromkeys((*detector.lowered_by, *(own.id for own in detector.conditions))) if name not in spec.not_lowered_by
        )
        any_, groups = tuple(translate(pattern, lists) for pattern in spec.any), tuple(translate_any(group, lists) for group in spec.all)
        unless = translate_any(spec.unless, lists) if spec.unless else None
        rules.append(Rule(f"{detector.id}.{spec.id}", detector.id, spec, any_, groups, unless, lowered))
    return rules


def conditions_of(detector: DetectorFile, shared: SharedFile) -> dict[str, Condition]:
    """The shared conditions that a detector names."""
    return {each.id: Condition(each, translate_any(each.any, shared.lists)) for each in shared.conditions if each.id in detector.lowered_by}


__all__ = ["ANY_KIND", "Condition", "Pack", "PackError", "Rule", "judge_rule", "read_files"]
