"""The pattern scanner: the prefilter names patterns that may match a text; RE2 confirms each and gives the span; conditions lower the score."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from schemas.verdict import DETECTION_FLOOR
from streams.policy.anchors import telling
from streams.policy.folding import folded
from streams.policy.matches import Content, Match, RuleId
from streams.policy.pack import Pack, Rule
from streams.policy.prefilter import Needs, cache_folder, kept_at, prefilter_for
from streams.policy.surroundings import compiled, counts, encoded, lowered, lowering
from streams.policy.tamper import SIGNS, signs_of, views
from streams.policy.translate import Expression

MAX_LOOKED_AT, ENOUGH = 64, 3  # matches of one pattern in one text: looked at, and of full score


class PatternScanner:
    """All patterns of all rules of a pack. One per process or thread."""

    def __init__(self, pack: Pack, *, cache: Path | None = None, with_hyperscan: bool = True) -> None:
        self.patterns = patterns_of(pack)
        self._signs_from = len(self.patterns)  # numbers from here on are signs of tampering
        self.candidates = prefilter_for(needs_of(self.patterns), cache=cache, with_hyperscan=with_hyperscan).candidates

    def scan_batch(self, contents: Sequence[Content]) -> list[list[Match] | tuple[()]]:
        """The matches in each event's content, from the floor up."""
        candidates, patterns, signs_from, found = self.candidates, self.patterns, self._signs_from, []
        for content in contents:
            matches: list[Match] | tuple[()] = ()
            for field, text in content:
                scanned = text.encode() if text.isascii() else encoded(folded(text))
                for number in candidates(scanned):
                    if number >= signs_from:
                        matches = [*matches, *self._matches_in_views(field, text, scanned)]
                        break
                    pattern = patterns[number]
                    if pattern.program.search(scanned) and (more := pattern.matches(field, text, scanned)):
                        matches = [*matches, *more]
            found.append(matches)
        return found

    def _matches_in_views(self, field: str, text: str, scanned: bytes) -> Iterator[Match]:
        """The matches in the other ways to read a text, with their places in the text itself."""
        signs = signs_of(scanned)
        for view in views(text, signs) if signs else ():
            read = encoded(folded(view.text))
            for number in self.candidates(read):
                if number >= self._signs_from:
                    break
                for match in self.patterns[number].matches(field, view.text, read):
                    start, end = view.original(match.start, match.end)
                    yield match._replace(start=start, end=end)


def needs_of(patterns: Sequence["Pattern"]) -> list[Needs]:
    """What the prefilter looks for: the anchors of each pattern, then of each sign of tampering."""
    return [*(pattern.needs for pattern in patterns), *((sign.anchors,) for sign in SIGNS)]


def patterns_of(pack: Pack) -> list["Pattern"]:
    """The patterns of all rules, in order."""
    return [Pattern(rule, expression) for rule in pack.rules for expression in rule.any]


def compiled_at(pack: Pack, cache: Path | None) -> Path:
    """The file that a pack's compiled patterns are kept in."""
    return kept_at(needs_of(patterns_of(pack)), cache or cache_folder())


class Pattern:
    """One pattern of a rule, ready to confirm what the prefilter says."""

    def __init__(self, rule: Rule, expression: Expression) -> None:
        self.rule, self._expression = rule, expression
        self.id = RuleId(rule.name, rule.category, rule.spec.version)
        # anchors of the pattern itself, and of each group that must be seen beside it
        self.needs: Needs = telling([*expression.anchors, *(each for group in rule.all for each in group.anchors)])

    @cached_property
    def program(self) -> Any:
        """The RE2 program; most are never needed."""
        return compiled(self._expression)

    def matches(self, field: str, text: str, scanned: bytes) -> list[Match]:
        """The matches in one field that count and reach the floor. Stops after a few of full score."""
        if not self.rule.reads(field):
            return []
        found, full = [], 0
        plain = folded(text)
        for start, end in islice(spans(self.program, scanned, ascii_only=len(scanned) == len(text)), MAX_LOOKED_AT):
            if not counts(self.rule, plain, start, end):
                continue
            score = lowered(self.rule.spec.score, lowering(self.rule, plain, start, end))
            if score >= DETECTION_FLOOR:
                found.append(Match(self.id, score, field, start, end))
                full += score == self.rule.spec.score
                if full == ENOUGH:
                    break
        return found


def spans(program: Any, scanned: bytes, *, ascii_only: bool) -> Iterator[tuple[int, int]]:
    """Code points [start, end) of the matches."""
    byte = point = 0
    for found in program.finditer(scanned):
        start, end = found.span(1)
        if ascii_only:
            yield start, end
            continue
        # matches come in order, so that each byte is counted once
        first = point + len(scanned[byte:start].decode("utf-8"))
        last = first + len(scanned[start:end].decode("utf-8"))
        byte, point = end, last
        yield first, last
