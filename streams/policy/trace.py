"""Every match of every pattern, with what let it count or kept it from counting: for explanations and for the mutation report, not for the stream."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from schemas.verdict import DETECTION_FLOOR
from streams.policy.matches import Content, Match, RuleId
from streams.policy.pack import Condition, Pack, Rule
from streams.policy.scan import MAX_LOOKED_AT, spans
from streams.policy.scannable import scannable
from streams.policy.surroundings import compiled, lowered, lowering, missing_groups, seen_near
from streams.policy.tamper import views_of


class Trace(NamedTuple):
    """One match of one pattern. It counts when no group is `missing` and nothing `excluded` it; `conditions` lower its score."""

    rule: Rule
    pattern: int
    field: str
    start: int
    end: int
    missing: tuple[int, ...]
    excluded: bool
    conditions: tuple[Condition, ...]

    @property
    def score(self) -> float:
        """The score after all conditions."""
        return lowered(self.rule.spec.score, self.conditions)

    @property
    def match(self) -> Match | None:
        """What the scanner makes of it."""
        if self.missing or self.excluded or self.score < DETECTION_FLOOR:
            return None
        return Match(RuleId(self.rule.name, self.rule.category, self.rule.spec.version), self.score, self.field, self.start, self.end)


def trace(pack: Pack, content: Content, *, category: str = "") -> Iterator[Trace]:
    """All matches in the content of one event, of all rules or those of one category, in order of rule, pattern and place."""
    for rule in (rule for rule in pack.rules if category in {"", rule.category}):
        for number, expression in enumerate(rule.any):
            for field, text in content:
                if rule.reads(field):
                    yield from _matches(rule, number, compiled(expression), field, text)
                    yield from _matches_in_views(rule, number, compiled(expression), field, text)


def _matches(rule: Rule, number: int, program: object, field: str, text: str) -> Iterator[Trace]:
    scanned = scannable(text)
    for start, end in islice(spans(program, scanned, ascii_only=len(scanned) == len(text)), MAX_LOOKED_AT):
        missing = missing_groups(rule, text, start, end)
        excluded = bool(rule.unless and seen_near(rule, rule.unless, text, start, end))
        yield Trace(rule, number, field, start, end, missing, excluded, tuple(lowering(rule, text, start, end)))


def _matches_in_views(rule: Rule, number: int, program: object, field: str, text: str) -> Iterator[Trace]:
    for view in views_of(text):
        for found in _matches(rule, number, program, field, view.text):
            start, end = view.original(found.start, found.end)
            yield found._replace(start=start, end=end)
