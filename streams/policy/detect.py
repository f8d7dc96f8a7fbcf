"""Detection: what a text is about. Reads content, knows no dates and no context.

The prefilter names patterns that may match; RE2 confirms each and gives the span; conditions around the span lower the score.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import re2

from schemas import Detection, Evidence
from schemas.pack import Scope
from schemas.verdict import DETECTION_FLOOR
from streams.policy.pack import Condition, Pack, Rule
from streams.policy.pattern import Expression
from streams.policy.prefilter import prefilter_for
from streams.privacy_redaction import redact

Content = Sequence[tuple[str, str]]
MAX_MATCHES, MAX_EVIDENCE = 16, 3
REACH = {Scope.BEFORE: 80, Scope.SENTENCE: 300, Scope.NEAR: 400, Scope.TEXT: 2_000}  # code points
_SENTENCE_END = re.compile(r"[.!?…。！？؟।](?=\s|$)|\n")
_FOLDED = str.maketrans({"ſ": "s", "\u212a": "k", "İ": "i", "ı": "i"})  # letters that the engines fold differently


class Match(NamedTuple):
    """A confirmed match: code points [start, end) of the field, and its score after all conditions."""

    score: float
    field: str
    start: int
    end: int


class Detector:
    """All rules of a pack, ready to scan. Not thread-safe: one per process or thread."""

    def __init__(self, pack: Pack, *, cache: Path | None = None, with_hyperscan: bool = True) -> None:
        self._rules = pack.rules
        patterns = [(expression, at) for at, rule in enumerate(self._rules) for expression in rule.any]
        self._patterns = [expression for expression, _ in patterns]
        self._rule_of = [at for _, at in patterns]
        self._prefilter = prefilter_for(self._patterns, name=pack.hash, cache=cache, with_hyperscan=with_hyperscan)

    def detect_batch(self, contents: Iterable[Content]) -> list[list[Detection]]:
        """Detections of each event's content, (field, text) pairs, from the floor up, in order of rule name."""
        candidates, found = self._prefilter.candidates, []
        for content in contents:
            hits = None
            for name, text in content:
                numbers = candidates(_bytes_of(text))
                if numbers:
                    hits = hits or []
                    hits.append((name, text, numbers))
            found.append(self._confirm(hits) if hits else [])
        return found

    def _confirm(self, hits: list[tuple[str, str, Sequence[int]]]) -> list[Detection]:
        matches: dict[int, list[Match]] = {}
        texts: dict[str, str] = {}
        for name, text, numbers in hits:
            view = View(text)
            for number in numbers:
                rule = self._rules[self._rule_of[number]]
                if not rule.spec.fields or name.startswith(tuple(rule.spec.fields)):
                    for start, end, score in matches_of(rule, self._patterns[number], view):
                        matches.setdefault(self._rule_of[number], []).append(Match(score, name, start, end))
                        texts[name] = text
        return [_detection(self._rules[at], matches[at], texts) for at in sorted(matches)]


class View:
    """A text as the engines see it: UTF-8, with the letters folded that they would treat differently (one code point for one)."""

    def __init__(self, text: str) -> None:
        self.text = text if text.isascii() else text.translate(_FOLDED)
        self.encoded = self.text.encode("utf-8", "replace")
        self._plain = len(self.encoded) == len(self.text)

    def position(self, at: int) -> int:
        """Code point of a byte."""
        return at if self._plain else len(self.encoded[:at].decode("utf-8"))


def matches_of(rule: Rule, expression: Expression, view: View) -> Iterable[tuple[int, int, float]]:
    """(start, end, score) in code points of the matches of one pattern of a rule that hold and reach the floor."""
    for found in islice(compiled(expression).finditer(view.encoded), MAX_MATCHES):
        start, end = map(view.position, found.span(1))
        around = view.text[max(0, start - rule.spec.near) : end + rule.spec.near].encode("utf-8", "replace")
        if not all(_any(group, around) for group in rule.all) or _any(rule.unless, around):
            continue
        score = rule.spec.score
        for condition in rule.conditions:
            if holds(condition, view.text, start, end):
                score *= condition.spec.factor
        score = round(score, 3)
        if score >= DETECTION_FLOOR:
            yield start, end, score


def holds(condition: Condition, text: str, start: int, end: int) -> bool:
    """Whether a condition is seen where its scope says."""
    return _any(condition.any, window(text, start, end, condition.spec.scope).encode("utf-8", "replace"))


def window(text: str, start: int, end: int, scope: Scope) -> str:
    """The part of the text around [start, end) that a scope means."""
    reach = REACH[scope]
    first = max(0, start - reach)
    if scope in {Scope.NEAR, Scope.TEXT}:
        return text[first : end + reach]
    ends = [found.end() for found in _SENTENCE_END.finditer(text, first, start)]
    first = ends[-1] if ends else first
    if scope is Scope.BEFORE:
        return text[first:start]
    after = _SENTENCE_END.search(text, end, end + reach)
    return text[first : after.end() if after else end + reach]


def _any(expressions: Sequence[Expression], text: bytes) -> bool:
    return any(compiled(expression).search(text) for expression in expressions)


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


def _bytes_of(text: str) -> bytes:
    """What the prefilter scans: the same letters folded as in `View`."""
    return (text if text.isascii() else text.translate(_FOLDED)).encode("utf-8", "replace")


def _detection(rule: Rule, matches: list[Match], texts: dict[str, str]) -> Detection:
    """One detection per rule: the best match decides the score, the first three places are shown, best first."""
    ordered = sorted(set(matches), key=lambda match: (-match.score, match.field, match.start, match.end))
    shown: list[Match] = []
    for match in ordered:
        if len(shown) < MAX_EVIDENCE and not any(
            match.field == other.field and match.start < other.end and other.start < match.end for other in shown
        ):
            shown.append(match)
    evidence = [
        Evidence(field=match.field, start=match.start, end=match.end, excerpt=redact(texts[match.field], match.start, match.end)) for match in shown
    ]
    return Detection(category=rule.category, score=ordered[0].score, rule=rule.name, rule_version=rule.spec.version, evidence=evidence)
