"""Detection: what a text is about. Reads content, knows no dates and no context.

Scanners give matches: a rule, a score, a place. The pattern scanner is one (streams/policy/scan.py); others may stand beside it, as long as the same
content always gives the same matches. The detector makes one detection per rule of them, with its evidence.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from schemas import Detection, Evidence
from schemas.verdict import DETECTION_FLOOR
from streams.policy.classifier import ClassifierScanner
from streams.policy.matches import Content, Match, RuleId
from streams.policy.pack import Pack
from streams.policy.scan import PatternScanner
from streams.privacy_redaction import redact

MAX_EVIDENCE = 3


class Scanner(Protocol):
    """Reads the content of events, one after another."""

    def scan_batch(self, contents: Sequence[Content]) -> Sequence[Sequence[Match]]:
        """The matches in each event's content, in any order; mostly none."""


class Detector:
    """All scanners of a pack. Not thread-safe: one per process or thread."""

    def __init__(self, pack: Pack, *, cache: Path | None = None, with_hyperscan: bool = True) -> None:
        self.scanners: list[Scanner] = [PatternScanner(pack, cache=cache, with_hyperscan=with_hyperscan)]
        if pack.outputs:
            self.scanners.append(ClassifierScanner(pack, cache=cache, with_hyperscan=with_hyperscan))

    def detect_batch(self, contents: Sequence[Content]) -> list[list[Detection]]:
        """Detections of each event's content from the floor up, in order of rule name."""
        first, *others = [scanner.scan_batch(contents) for scanner in self.scanners]
        if others:
            first = [[*one, *(match for more in rest for match in more)] for one, *rest in zip(first, *others, strict=True)]
        return [detections_of(matches, content) if matches else [] for matches, content in zip(first, contents, strict=True)]


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
