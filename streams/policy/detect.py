"""Detection: what a text is about. Reads content, knows no dates and no context.

Scanners give matches: a rule, a score, a place. The pattern scanner is one (streams/policy/scan.py); others may stand beside it, as long as the same
content always gives the same matches. The detector makes one detection per rule of them, with its evidence.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from schemas import Detection, Evidence
from schemas.verdict import DETECTION_FLOOR
from streams.policy.classifier import Classifier
from streams.policy.matches import Content, Match, RuleId
from streams.policy.pack import Pack
from streams.policy.reading import Reading
from streams.policy.scan import PatternScanner
from streams.privacy_redaction import redact

MAX_EVIDENCE = 3


class Detector:
    """All scanners of a pack. Not thread-safe: one per process or thread."""

    def __init__(self, pack: Pack, *, cache: Path | None = None, with_hyperscan: bool = True) -> None:
        self.classifier = Classifier(pack) if pack.outputs else None
        also = self.classifier.literals if self.classifier else ()
        self.patterns = PatternScanner(pack, also=also, cache=cache, with_hyperscan=with_hyperscan)
        if self.classifier:
            self.classifier.numbered(self.patterns.plan.sources)

    def detect_batch(self, contents: Sequence[Content]) -> list[list[Detection]]:
        """Detections of each event's content from the floor up, in order of rule name."""
        reading = Reading(contents)
        hits = self.patterns.hits(reading)
        found: dict[int, list[Match]] = {}
        for event, match in self.patterns.scan(reading, hits):
            found.setdefault(event, []).append(match)
        for event, match in self.classifier.scan(contents, reading, hits) if self.classifier else ():
            found.setdefault(event, []).append(match)
        return [detections_of(found[number], content) if number in found else [] for number, content in enumerate(contents)]


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
