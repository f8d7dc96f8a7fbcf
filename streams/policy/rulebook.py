"""A revision made ready to decide by: its decisions by category, what they ask of a context, and which of them need no detection."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter

from schemas import Context
from schemas.pack import ContextMatch, DecisionSpec, RevisionFile

_NONE_COUNTRY = "unknown"
MOST_CONTEXTS = 100_000


@dataclass(frozen=True)
class Allowed:
    """A context condition made ready: field name -> admitted values; `safeguards` must all be in place."""

    values: Mapping[str, frozenset[str]]
    safeguards: frozenset[str] = frozenset()

    def fits(self, context: Context) -> bool:
        for name, admitted in self.values.items():
            value = getattr(context, name)
            if (_NONE_COUNTRY if value is None else value) not in admitted:
                return False
        return self.safeguards <= context.safeguards


@dataclass(frozen=True)
class Decision:
    """One decision of a revision made ready."""

    spec: DecisionSpec
    kinds: frozenset[str] | None
    without: frozenset[str]
    when: tuple[Allowed, ...]
    unless: tuple[Allowed, ...]

    def fits(self, context: Context) -> bool:
        if self.when and not any(match.fits(context) for match in self.when):
            return False
        return not any(match.fits(context) for match in self.unless)


@dataclass(frozen=True)
class Rulebook:
    """One revision made ready: decisions by category, in the file's order."""

    revision: RevisionFile
    by_category: Mapping[str, tuple[Decision, ...]]
    contextual: tuple[Decision, ...]  # those that can apply without any detection
    telling: Callable[[Context], Hashable]  # what of a context decides whether these fit
    _resting: dict[Hashable, bool] = field(default_factory=dict)

    def rests_on(self, context: Context) -> bool:
        """Whether one of its decisions may rest on this context alone. Few contexts differ, so the answers are kept."""
        if not self.contextual:
            return False
        told = self.telling(context)
        known = self._resting.get(told)
        if known is None:
            if len(self._resting) >= MOST_CONTEXTS:
                self._resting.clear()
            known = self._resting[told] = any(decision.fits(context) for decision in self.contextual)
        return known

    def resting(self, contexts: Sequence[Context]) -> list[int]:
        """Numbers of the contexts, ascending, that one of its decisions may rest on alone."""
        told = list(map(self.telling, contexts))
        rest = {each for each in set(told) if self.rests_on(contexts[told.index(each)])}
        return [number for number, each in enumerate(told) if each in rest] if rest else []


def rulebook(revision: RevisionFile, operator_lists: Mapping[str, Sequence[str]]) -> Rulebook:
    """Make a revision ready. `operator_lists`: name without @ -> values."""
    by_category: dict[str, list[Decision]] = {}
    for spec in revision.decisions:
        kinds = None if spec.kinds is None else frozenset(spec.kinds)
        when, unless = (tuple(allowed(match, operator_lists) for match in matches) for matches in (spec.when, spec.unless))
        by_category.setdefault(spec.category, []).append(Decision(spec, kinds, frozenset(spec.without_kinds), when, unless))
    contextual = tuple(decision for category in sorted(by_category) for decision in by_category[category] if decision.spec.context_rule)
    return Rulebook(revision, {category: tuple(decisions) for category, decisions in by_category.items()}, contextual, _telling(contextual))


def _telling(decisions: Sequence[Decision]) -> Callable[[Context], Hashable]:
    """Reads the fields of a context that the decisions look at. A whole context as a key costs a microsecond per event."""
    asked = [each for decision in decisions for each in (*decision.when, *decision.unless)]
    names = {name for each in asked for name in each.values} | {"safeguards" for each in asked if each.safeguards}
    return attrgetter(*sorted(names)) if names else lambda _context: ()


def allowed(match: ContextMatch, operator_lists: Mapping[str, Sequence[str]]) -> Allowed:
    values: dict[str, frozenset[str]] = {}
    for name in ("audience", "organization_type", "declared_use_case", "end_user_age", "country"):
        given = getattr(match, name)
        if given is not None:
            plain = [value.value if isinstance(value, Enum) else value for value in given]
            values[name] = frozenset(each for value in plain for each in (operator_lists.get(value[1:], ()) if value.startswith("@") else (value,)))
    return Allowed(values, frozenset(match.safeguards or ()))
