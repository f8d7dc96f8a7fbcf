"""The text around a match: what a condition, a group or an exclusion is looked for in."""

import re
from collections.abc import Sequence
from typing import Any

import re2

from schemas.pack import Scope
from streams.policy.pack import Condition, Rule
from streams.policy.scannable import scannable
from streams.policy.translate import Expression

REACH = {Scope.BEFORE: 80, Scope.SENTENCE: 300, Scope.NEAR: 400, Scope.TEXT: 2_000}  # code points
_SENTENCE_END = re.compile(r"[.!?…。！？؟।](?=\s|$)|\n")
_COMPILED: dict[str, Any] = {}
_OPTIONS = re2.Options()
_OPTIONS.max_mem = 64 << 20
_OPTIONS.log_errors = False


def compiled(expression: Expression) -> Any:
    """The RE2 program of an expression, over UTF-8 bytes; compiled at first use."""
    program = _COMPILED.get(expression.exact)
    if program is None:
        program = _COMPILED[expression.exact] = re2.compile(expression.exact.encode(), options=_OPTIONS)
    return program


def counts(rule: Rule, text: str, start: int, end: int) -> bool:
    """Whether a match of the rule counts: each of its groups is near, and none of its exclusions."""
    around = _near(rule, text, start, end)
    return all(seen(group, around) for group in rule.all) and not (rule.unless and seen(rule.unless, around))


def missing_groups(rule: Rule, text: str, start: int, end: int) -> tuple[int, ...]:
    """The groups of a rule that are not near a match."""
    around = _near(rule, text, start, end)
    return tuple(number for number, group in enumerate(rule.all) if not seen(group, around))


def seen_near(rule: Rule, expression: Expression, text: str, start: int, end: int) -> bool:
    """Whether an expression is as near to a match as the rule asks."""
    return seen(expression, _near(rule, text, start, end))


def _near(rule: Rule, text: str, start: int, end: int) -> bytes:
    return scannable(text[max(0, start - rule.spec.near) : end + rule.spec.near])


def lowering(rule: Rule, text: str, start: int, end: int) -> list[Condition]:
    """The conditions of a rule that hold at a match."""
    windows = {scope: scannable(window(text, start, end, scope)) for scope in {condition.spec.scope for condition in rule.conditions}}
    return [condition for condition in rule.conditions if seen(condition.any, windows[condition.spec.scope])]


def lowered(score: float, conditions: Sequence[Condition]) -> float:
    """A score after its conditions, rounded as it is stored."""
    for condition in conditions:
        score *= condition.spec.factor
    return round(score, 3)


def window(text: str, start: int, end: int, scope: Scope) -> str:
    """The part of the text around [start, end) that a scope means. Of a match over several sentences, the last one counts: it is what is asked."""
    reach = REACH[scope]
    first = max(0, start - reach)
    if scope in {Scope.NEAR, Scope.TEXT}:
        return text[first : end + reach]
    ends = [found.end() for found in _SENTENCE_END.finditer(text, first, start if scope is Scope.BEFORE else end - 1)]
    first = ends[-1] if ends else first
    if scope is Scope.BEFORE:
        return text[first:start]
    after = _SENTENCE_END.search(text, end, end + reach)
    return text[first : after.end() if after else end + reach]


def seen(expression: Expression, text: bytes) -> bool:
    """Whether the expression matches somewhere."""
    return compiled(expression).search(text) is not None
