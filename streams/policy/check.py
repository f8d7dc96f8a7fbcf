"""Checks of a pack that go beyond the shape of one file. Each check is small and gives problems; none stops at the first."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath

from schemas.pack import AllowanceSpec, ConditionSpec, DecisionSpec, DetectorFile, RevisionFile, SharedFile
from streams.policy.model import CONCEPTS, MODEL
from streams.policy.model_check import read_model
from streams.policy.pack import SHARED, Pack, PackError
from streams.policy.pattern import UnknownList, parse
from streams.policy.problems import Problem, Source, nearest
from streams.policy.regex import PatternError

OPERATOR_LISTS = ("@law_enforcement_countries",)
Read = dict[str, tuple[Source, DetectorFile]]
ReadRevisions = dict[str, tuple[Source, RevisionFile]]


def check_files(files: dict[str, str]) -> Pack:
    """Check all files of a pack.

    Raises:
        PackError: with every problem found.
    """
    problems: list[Problem] = []
    shared = SharedFile()
    detectors: Read = {}
    revisions: ReadRevisions = {}
    for path, text in sorted(files.items()):
        if path in {CONCEPTS, MODEL}:
            continue  # read below: they need each other and the detectors
        source = Source(path, text)
        model = _model_of(path)
        if model is None:
            problems.append(Problem(path, 1, 1, f"does not belong in a pack ({SHARED}, {CONCEPTS}, {MODEL}, detectors/*.toml, revisions/*.toml)"))
            continue
        content, found = source.read(model)
        problems += found
        if isinstance(content, SharedFile):
            shared = content
            problems += _check_shared(source, content)
        elif isinstance(content, DetectorFile):
            detectors[path] = (source, content)
        elif isinstance(content, RevisionFile):
            revisions[path] = (source, content)
    whole = not problems  # a file that did not read would make every mention of it look wrong
    for source, detector in detectors.values():
        problems += _check_detector(source, detector, shared, revisions, whole=whole)
    for source, revision in revisions.values():
        problems += _check_revision(source, revision, detectors, whole=whole)
    problems += _check_spans(revisions, whole=whole)
    outputs, found = read_model(files, {detector.id: detector for _, detector in detectors.values()} if whole else None)
    problems += found
    if problems:
        raise PackError(problems)
    in_order = sorted((revision for _, revision in revisions.values()), key=_start_of)
    live, shadows = (tuple(revision for revision in in_order if revision.shadow is wanted) for wanted in (False, True))
    by_category = {detector.id: detector for _, detector in detectors.values()}
    return Pack(files=files, detectors=by_category, revisions=live, shared=shared, shadows=shadows, outputs=outputs)


def _start_of(revision: RevisionFile) -> tuple[bool, datetime | None]:
    return revision.starts is not None, revision.starts


def _model_of(path: str) -> type[SharedFile] | type[DetectorFile] | type[RevisionFile] | None:
    parts = PurePosixPath(path).parts
    if path == SHARED:
        return SharedFile
    if len(parts) == 2 and parts[1].endswith(".toml"):
        return {"detectors": DetectorFile, "revisions": RevisionFile}.get(parts[0])
    return None


def _check_shared(source: Source, shared: SharedFile) -> Iterator[Problem]:
    yield from _check_lists(source, shared.lists, shared.lists)
    yield from _check_conditions(source, shared.conditions, shared.lists)


def _check_lists(source: Source, own: Mapping[str, list[str]], known: Mapping[str, list[str]]) -> Iterator[Problem]:
    for name, entries in own.items():
        for at, entry in enumerate(entries):
            yield from _check_pattern(source, ("lists", name, at), entry, known)


def _check_conditions(source: Source, conditions: list[ConditionSpec], lists: Mapping[str, list[str]]) -> Iterator[Problem]:
    for at, condition in enumerate(conditions):
        for index, pattern in enumerate(condition.any):
            yield from _check_pattern(source, ("conditions", at, "any", index), pattern, lists)
    yield from _repeated(source, "conditions", [condition.id for condition in conditions])


def _check_pattern(source: Source, place: tuple, pattern: str, lists: Mapping[str, list[str]]) -> Iterator[Problem]:
    try:
        parse(pattern, lists)
    except UnknownList as error:
        yield source.problem(place, f"pattern {_short(pattern)}: {error}{nearest(error.name, lists)}")
    except PatternError as error:
        yield source.problem(place, f"pattern {_short(pattern)}: {error}")


def _short(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else pattern[:57] + "...")


def _repeated(source: Source, table: str, ids: list[str]) -> Iterator[Problem]:
    counts = Counter(ids)
    for at, name in enumerate(ids):
        if counts[name] > 1 and ids.index(name) != at:
            yield source.problem((table, at, "id"), f"id {name!r} is used twice")


def _check_detector(source: Source, detector: DetectorFile, shared: SharedFile, revisions: ReadRevisions, *, whole: bool) -> Iterator[Problem]:
    if PurePosixPath(source.path).stem != detector.id:
        yield source.problem(("id",), f"id {detector.id!r} and file name {PurePosixPath(source.path).name!r} differ")
    lists = {**shared.lists, **detector.lists}
    yield from _check_lists(source, detector.lists, lists)
    yield from _check_conditions(source, detector.conditions, lists)
    yield from _repeated(source, "rules", [rule.id for rule in detector.rules])
    yield from _check_rules(source, detector, lists)
    conditions = {condition.id for condition in shared.conditions} | {condition.id for condition in detector.conditions}
    for at, name in enumerate(detector.lowered_by if whole else []):
        if name not in conditions:
            yield source.problem(("lowered_by", at), f"there is no condition {name!r}{nearest(name, conditions)}")
    for at, rule in enumerate(detector.rules):
        for index, name in enumerate(rule.not_lowered_by if whole else []):
            if name not in conditions:
                yield source.problem(("rules", at, "not_lowered_by", index), f"there is no condition {name!r}{nearest(name, conditions)}")
    known = {revision.id for _, revision in revisions.values()}
    for at, group in enumerate(detector.cases if whole else []):
        if group.revision and group.revision not in known:
            yield source.problem(("cases", at, "revision"), f"there is no revision {group.revision!r}{nearest(group.revision, known)}")


def _check_rules(source: Source, detector: DetectorFile, lists: Mapping[str, list[str]]) -> Iterator[Problem]:
    retired = {rule.id for rule in detector.retired}
    for at, rule in enumerate(detector.rules):
        if rule.id in retired:
            yield source.problem(("rules", at, "id"), f"rule id {rule.id!r} is retired; a new rule needs a new id")
        for name, patterns in (("any", rule.any), ("unless", rule.unless)):
            for index, pattern in enumerate(patterns):
                yield from _check_pattern(source, ("rules", at, name, index), pattern, lists)
        for group, patterns in enumerate(rule.all):
            for index, pattern in enumerate(patterns):
                yield from _check_pattern(source, ("rules", at, "all", group, index), pattern, lists)


def _check_revision(source: Source, revision: RevisionFile, detectors: Read, *, whole: bool) -> Iterator[Problem]:
    if PurePosixPath(source.path).stem != revision.id:
        yield source.problem(("id",), f"id {revision.id!r} and file name {PurePosixPath(source.path).name!r} differ")
    if revision.starts and revision.ends and revision.starts >= revision.ends:
        yield source.problem(("ends",), "a revision ends after it starts")
    yield from _whole_milliseconds(source, revision)
    clauses = [clause.id for clause in revision.clauses]
    yield from _repeated(source, "clauses", clauses)
    by_id = {detector.id: detector for _, detector in detectors.values()}
    for at, decision in enumerate(revision.decisions):
        if decision.clause not in clauses:
            yield source.problem(("decisions", at, "clause"), f"there is no clause {decision.clause!r}{nearest(decision.clause, clauses)}")
        yield from _check_operator_lists(source, at, decision)
        if whole:
            yield from _check_category(source, at, decision, by_id)
    for at, allowance in enumerate(revision.allowances):
        yield from _check_allowance(source, at, allowance, set(by_id), whole=whole)
    yield from _repeated(source, "allowances", [allowance.id for allowance in revision.allowances])


def _whole_milliseconds(source: Source, revision: RevisionFile) -> Iterator[Problem]:
    """Events are stored to the millisecond, so nothing may begin or end within one."""
    places = [((name,), getattr(revision, name)) for name in ("starts", "ends")]
    for at, allowance in enumerate(revision.allowances):
        places += [(("allowances", at, name), getattr(allowance, name)) for name in ("starts", "expires")]
    for place, moment in places:
        if moment and moment.microsecond % 1_000:
            yield source.problem(place, f"`{place[-1]}` is not on a whole millisecond")


def _check_operator_lists(source: Source, at: int, decision: DecisionSpec) -> Iterator[Problem]:
    for table in ("when", "unless"):
        for index, match in enumerate(getattr(decision, table)):
            for country in match.country or ():
                if country.startswith("@") and country not in OPERATOR_LISTS:
                    yield source.problem(
                        ("decisions", at, table, index, "country"), f"there is no list {country!r}{nearest(country, OPERATOR_LISTS)}"
                    )


def _check_category(source: Source, at: int, decision: DecisionSpec, detectors: Mapping[str, DetectorFile]) -> Iterator[Problem]:
    if decision.category not in detectors:
        yield source.problem(("decisions", at, "category"), f"there is no detector {decision.category!r}{nearest(decision.category, detectors)}")
        return
    detector = detectors[decision.category]
    kinds = {rule.kind for rule in (*detector.rules, *detector.retired)}
    for table in ("kinds", "without_kinds"):
        for index, kind in enumerate(getattr(decision, table) or ()):
            if kind not in kinds:
                message = f"no rule of {decision.category!r} has the kind {kind!r}{nearest(kind, kinds)}"
                yield source.problem(("decisions", at, table, index), message)


def _check_allowance(source: Source, at: int, allowance: AllowanceSpec, categories: set[str], *, whole: bool) -> Iterator[Problem]:
    if allowance.starts >= allowance.expires:
        yield source.problem(("allowances", at, "expires"), f"allowance {allowance.id!r} expires before it starts")
    for index, name in enumerate(allowance.categories if whole else []):
        if name not in categories:
            yield source.problem(("allowances", at, "categories", index), f"there is no detector {name!r}{nearest(name, categories)}")


def _check_spans(revisions: ReadRevisions, *, whole: bool) -> Iterator[Problem]:
    """Together the revisions cover all of time, without gap or overlap; shadow revisions may lie anywhere."""
    ordered = sorted((pair for pair in revisions.values() if not pair[1].shadow), key=lambda pair: _start_of(pair[1]))
    if not ordered and whole:
        yield Problem("revisions", 1, 1, "a pack needs at least one revision that is no shadow")
    if not whole or not ordered:
        return
    if ordered[0][1].starts is not None:
        yield ordered[0][0].problem(("starts",), "the earliest revision has no `starts`: it covers what came before")
    for (_, earlier), (source, later) in itertools.pairwise(ordered):
        if earlier.ends != later.starts:
            yield source.problem(("starts",), f"revision {later.id!r} must start when {earlier.id!r} ends")
    if ordered[-1][1].ends is not None:
        yield ordered[-1][0].problem(("ends",), "the newest revision has no `ends`: it is in force until another is recorded")
