"""Detection: what a text is about. Reads content, knows no dates and no context.

Scanners give matches: a rule, a score, a place. Patterns are one (streams/policy/scan.py), the classifier another; the same content always gives the
same matches. The detector makes one detection per rule of them, with its evidence.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from schemas import Detection, Evidence
from schemas.verdict import DETECTION_FLOOR
from streams.policy.classifier import Classifier
from streams.policy.loops import loops
from streams.policy.matches import Content, Match, RuleId
from streams.policy.pack import Pack
from streams.policy.reading import Reading
from streams.policy.scan import PatternScanner
from streams.policy.signs import suspects_among
from streams.policy.tamper import View, views_of
from streams.privacy_redaction import redact

MAX_EVIDENCE = 3
AT_ONCE = 500_000  # characters that are read together


class Detector:
    """All scanners of a pack. Not thread-safe: one per process or thread.

    `prefiltered`, `compiled`: without the one, every pattern is tried on every text; without the other, numpy does what C would. The result is the
    same.
    """

    def __init__(self, pack: Pack, *, prefiltered: bool = True, compiled: bool = True) -> None:
        self._loops = loops(compiled=compiled)
        self.classifier = Classifier(pack, self._loops) if pack.outputs else None
        self.patterns = PatternScanner(pack, prefiltered=prefiltered)
        self._prefiltered = prefiltered

    def detect_batch(self, contents: Sequence[Content]) -> list[list[Detection]]:
        """Detections of each event's content from the floor up, in order of rule name."""
        return [found for some in _slices(contents) for found in self._detect(some)]

    def _detect(self, contents: Sequence[Content]) -> list[list[Detection]]:
        reading = Reading(contents, self._loops)
        views = self._views(reading)
        for number, (at, view) in enumerate(views):
            reading.add(len(contents) + number, reading.fields[at], view.text)
        found: dict[int, list[Match]] = {}
        for event, match in self._matches(reading):
            if event < len(contents):
                found.setdefault(event, []).append(match)
            else:
                at, view = views[event - len(contents)]
                start, end = view.original(match.start, match.end)
                found.setdefault(reading.owners[at], []).append(match._replace(start=start, end=end))
        return [detections_of(found[number], content) if number in found else [] for number, content in enumerate(contents)]

    def _matches(self, reading: Reading) -> Iterator[tuple[int, Match]]:
        yield from self.patterns.scan(reading)
        if self.classifier:
            yield from self.classifier.scan(reading)

    def _views(self, reading: Reading) -> list[tuple[int, View]]:
        """The other ways to read texts that hide their words, each with the number of its text. They are read as if each were an event of its own."""
        suspects = suspects_among(reading.texts) if self._prefiltered else range(len(reading.texts))
        return [(at, view) for at in suspects for view in views_of(reading.texts[at])]


def _slices(contents: Sequence[Content]) -> Iterator[Sequence[Content]]:
    """Contents a few hundred thousand characters at a time: what is read together stays in the processor's cache."""
    begins = list(accumulate((sum([len(text) for _, text in content]) for content in contents), initial=0))
    start = 0
    while start < len(contents):
        end = max(start + 1, bisect_right(begins, begins[start] + AT_ONCE) - 1)
        yield contents[start:end]
        start = end


def detections_of(matches: Iterable[Match], content: Content) -> list[Detection]:
    """One detection per rule, in order of its name."""
    by_rule: dict[RuleId, list[Match]] = {}
    for match in matches:
        if match.score >= DETECTION_FLOOR:
            by_rule.setdefault(match.rule, []).append(match)
    texts = dict(content)
    return [_detection(rule, by_rule[rule], texts) for rule in sorted(by_rule)]


def _detection(rule: RuleId, matches: list[Match], texts: dict[str, str]) -> Detection:
    """The best match decides the score; the first three places are shown, best first, none within another."""
    ordered = sorted(set(matches), key=lambda match: (-match.score, match.field, match.start, match.end))
    shown: list[Match] = []
    for match in ordered:
        if len(shown) < MAX_EVIDENCE and not any(_overlap(match, other) for other in shown):
            shown.append(match)
    evidence = [Evidence(field=each.field, start=each.start, end=each.end, excerpt=redact(texts[each.field], each.start, each.end)) for each in shown]
    return Detection(category=rule.category, score=ordered[0].score, rule=rule.name, rule_version=rule.version, evidence=evidence)


def _overlap(one: Match, other: Match) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end
