"""The pattern scanner: the prefilter names patterns that may match a text; RE2 confirms each and gives the span; conditions lower the score."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice, product
from typing import Any

from schemas.verdict import DETECTION_FLOOR
from streams.policy.anchors import telling
from streams.policy.matches import Match, RuleId
from streams.policy.pack import Pack, Rule
from streams.policy.prefilter import Anchors, Plan
from streams.policy.reading import Reading
from streams.policy.scannable import scannable
from streams.policy.surroundings import compiled, counts, lowered, lowering
from streams.policy.translate import Expression

MAX_LOOKED_AT, ENOUGH = 64, 3  # matches of one pattern in one text: looked at, and of full score


class PatternScanner:
    """All patterns of all rules of a pack. One per process or thread.

    `prefiltered`: without it, every pattern is tried on every text; the result is the same.
    """

    def __init__(self, pack: Pack, *, prefiltered: bool = True) -> None:
        self.patterns = [Pattern(rule, expression) for rule in pack.rules for expression in rule.any]
        self.plan = Plan([pattern.anchors for pattern in self.patterns]) if prefiltered else None

    def candidates(self, reading: Reading) -> Iterable[tuple[int, int]]:
        """(text, pattern) for all patterns that may match, text by text, patterns in order."""
        return self.plan.candidates(reading) if self.plan else product(range(len(reading.texts)), range(len(self.patterns)))

    def scan(self, reading: Reading) -> Iterator[tuple[int, Match]]:
        """The matches from the floor up, each with the number of its event."""
        for at, text, scanned, pattern in self._confirmed(reading):
            for match in pattern.matches(reading.fields[at], text, scanned):
                yield reading.owners[at], match

    def _confirmed(self, reading: Reading) -> Iterator[tuple[int, str, bytes, "Pattern"]]:
        """Number, text and scanned form of each text that a pattern is found in."""
        last, text, scanned = -1, "", b""
        for at, number in self.candidates(reading):
            if at != last:
                last, text = at, reading.texts[at]
                scanned = scannable(text)
            pattern = self.patterns[number]
            if pattern.program.search(scanned):
                yield at, text, scanned, pattern


class Pattern:
    """One pattern of a rule, ready to confirm what the prefilter says."""

    def __init__(self, rule: Rule, expression: Expression) -> None:
        self.rule, self._expression = rule, expression
        self.id = RuleId(rule.name, rule.category, rule.spec.version)
        # anchors of the pattern itself, and of each group that must be seen beside it
        self.anchors: Anchors = telling([*expression.anchors, *(each for group in rule.all for each in group.anchors)])

    @cached_property
    def program(self) -> Any:
        """The RE2 program; most are never needed."""
        return compiled(self._expression)

    def matches(self, field: str, text: str, scanned: bytes) -> list[Match]:
        """The matches in one field that count and reach the floor. Stops after a few of full score."""
        if not self.rule.reads(field):
            return []
        found, full = [], 0
        for start, end in islice(spans(self.program, scanned, ascii_only=len(scanned) == len(text)), MAX_LOOKED_AT):
            if not counts(self.rule, text, start, end):
                continue
            score = lowered(self.rule.spec.score, lowering(self.rule, text, start, end))
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
