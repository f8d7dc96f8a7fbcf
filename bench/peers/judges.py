"""Who says what a peer's events are about: Plumbline's detectors, or the same patterns by Python's `re`."""

import re
from collections.abc import Callable, Mapping, Sequence

from schemas import UsageEvent
from schemas.verdict import Detection, Evidence
from streams.policy import Auditor, Finding, Pack

Judge = Callable[[Sequence[UsageEvent]], Mapping[int, Finding]]  # by index, those in which anything was found


def compiled(pack: Pack) -> Judge:
    """Plumbline's own: it detects and decides."""
    return Auditor(pack).findings


def by_re(pack: Pack) -> Judge:
    """The pack's patterns one by one; nothing is decided, and the classifier is left out."""
    patterns = [(rule, _python_pattern(expression.exact)) for rule in pack.rules for expression in rule.any]

    def detections(event: UsageEvent) -> list[Detection]:
        return [
            Detection(
                category=rule.category, score=rule.spec.score, rule=rule.name, rule_version=rule.spec.version,
                evidence=[Evidence(field=field, start=match.start(), end=match.end())],
            )
            for field, text in event.content() for rule, pattern in patterns if (match := pattern.search(text))
        ]  # fmt: skip

    def findings(events: Sequence[UsageEvent]) -> dict[int, Finding]:
        return {at: Finding(found, "", []) for at, event in enumerate(events) if (found := detections(event))}

    return findings


def _python_pattern(exact: str) -> "re.Pattern[str]":
    """An RE2 expression of a pack for Python's `re`."""
    text = exact.replace(r"\pL\pM\pN_", r"\w").replace(r"\z", r"\Z")
    return re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", text))


JUDGES: dict[str, Callable[[Pack], Judge]] = {"compiled": compiled, "re": by_re}
