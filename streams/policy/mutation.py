"""What a pack could lose without any case noticing: each rule, pattern, group, exclusion, lowering condition and decision is taken away in turn.

What no case needs is either superfluous or untested. Nothing is compiled again: the matches of all cases are traced once, and each loss is worked out
on the traces.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from schemas import Detection
from schemas.pack import DetectorFile
from streams.policy.auditor import decider_for
from streams.policy.cases import Case, cases_of, verdict_on
from streams.policy.decide import Decider
from streams.policy.pack import Pack
from streams.policy.problems import Problem, Source
from streams.policy.trace import Trace, trace
from streams.settings import PolicySettings


@dataclass(frozen=True)
class Loss:
    """What is taken away from a detector: a whole rule, or one part of it, or a condition of all its rules."""

    rule: str = ""
    pattern: int | None = None
    group: int | None = None
    exclusion: bool = False
    condition: str = ""

    def after(self, found: Trace) -> Trace | None:
        """The match without what is lost."""
        if self.condition:
            return found._replace(conditions=tuple(each for each in found.conditions if each.spec.id != self.condition))
        if found.rule.spec.id != self.rule:
            return found
        if self.group is not None:
            return found._replace(missing=tuple(number for number in found.missing if number != self.group))
        if self.exclusion:
            return found._replace(excluded=False)
        return None if self.pattern in {None, found.pattern} else found


def unneeded(pack: Pack, policy: PolicySettings) -> Iterator[Problem]:
    """Everything that no case needs, with where it stands."""
    for category in sorted(pack.detectors):
        decider, cases, traces = decider_for(pack, policy), [], []
        for case in (case for case in cases_of(pack) if case.category == category):
            found = list(trace(pack, case.content, category=category))
            if _holds(pack, decider, case, found):  # one that holds by the statistical model alone needs no part of a rule
                cases.append(case)
                traces.append(found)
        yield from _detector(pack, policy, category, cases, traces)
        yield from _decisions(pack, policy, category, cases, traces)


def _detector(pack: Pack, policy: PolicySettings, category: str, cases: Sequence[Case], traces: Sequence[Sequence[Trace]]) -> Iterator[Problem]:
    path, decider = f"detectors/{category}.toml", decider_for(pack, policy)
    source = Source(path, pack.files[path])
    for place, what, loss in losses_of(pack.detectors[category]):
        changed = ([after for found in each if (after := loss.after(found))] for each in traces)
        if all(_holds(pack, decider, case, found) for case, found in zip(cases, changed, strict=True)):
            yield source.problem(place, f"no case needs {what}")


def losses_of(detector: DetectorFile) -> Iterator[tuple[tuple[str | int, ...], str, Loss]]:
    """Where it stands, what it is, and the loss."""
    for at, rule in enumerate(detector.rules):
        yield ("rules", at), f"rule {rule.id!r}", Loss(rule=rule.id)
        if len(rule.any) > 1:
            for index in range(len(rule.any)):
                yield ("rules", at, "any", index), f"pattern {index + 1} of rule {rule.id!r}", Loss(rule=rule.id, pattern=index)
        for group in range(len(rule.all)):
            yield ("rules", at, "all", group), f"group {group + 1} of rule {rule.id!r}", Loss(rule=rule.id, group=group)
        if rule.unless:
            yield ("rules", at, "unless"), f"`unless` of rule {rule.id!r}", Loss(rule=rule.id, exclusion=True)
    for at, name in enumerate(detector.lowered_by):
        yield ("lowered_by", at), f"condition {name!r}", Loss(condition=name)
    for at, condition in enumerate(detector.conditions):
        yield ("conditions", at), f"condition {condition.id!r}", Loss(condition=condition.id)


def _decisions(pack: Pack, policy: PolicySettings, category: str, cases: Sequence[Case], traces: Sequence[Sequence[Trace]]) -> Iterator[Problem]:
    for number, revision in enumerate(pack.revisions):
        concerned = [(case, found) for case, found in zip(cases, traces, strict=True) if case.revision(pack).id == revision.id]
        path = f"revisions/{revision.id}.toml"
        for at, decision in enumerate(revision.decisions):
            if decision.category != category:
                continue
            less = revision.model_copy(update={"decisions": [*revision.decisions[:at], *revision.decisions[at + 1 :]]})
            without = replace(pack, revisions=(*pack.revisions[:number], less, *pack.revisions[number + 1 :]))
            decider = decider_for(without, policy)
            if all(_holds(without, decider, case, found) for case, found in concerned):
                yield Source(path, pack.files[path]).problem(("decisions", at), f"no case needs this decision on {category!r}")


def _holds(pack: Pack, decider: Decider, case: Case, found: Sequence[Trace]) -> bool:
    best: dict[str, Detection] = {}
    for match in (each.match for each in found):
        if match and (match.rule.name not in best or match.score > best[match.rule.name].score):
            rule = match.rule
            best[rule.name] = Detection(category=rule.category, score=match.score, rule=rule.name, rule_version=rule.version)
    return not verdict_on(case, case.decided(decider, pack, [best[name] for name in sorted(best)]))
