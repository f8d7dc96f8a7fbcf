"""What each rule costs on given texts: CPU time, and how often the prefilter, RE2 and the conditions let it through."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from streams.policy.folding import folded
from streams.policy.matches import Content
from streams.policy.pack import Pack
from streams.policy.reading import Reading
from streams.policy.scan import PatternScanner
from streams.policy.surroundings import encoded


class RuleCost(NamedTuple):
    """One rule, or the prefilter of all. Patterns that the prefilter named (`candidates`), that RE2 confirmed (`matched`), that counted (`fired`)."""

    rule: str
    us_per_event: float
    candidates: int
    matched: int
    fired: int


def costs(pack: Pack, scanner: PatternScanner, contents: Sequence[Content]) -> list[RuleCost]:
    """The prefilter first, then every rule that cost something, the dearest first. Programs are warmed up by one pass before."""
    list(scanner.scan(Reading(contents)))
    spent: Counter[str] = Counter()
    counts = {name: Counter[str]() for name in ("candidates", "matched", "fired")}
    began = time.process_time_ns()
    reading = Reading(contents)
    named = list(scanner.candidates(reading))
    spent[""] += time.process_time_ns() - began
    for at, number in named:
        text = reading.texts[at]
        _confirm(scanner, number, reading.fields[at], text, encoded(folded(text)), spent, counts)
    events = len(contents) or 1
    rows = [
        RuleCost(name, round(spent[name] / events / 1_000, 3), *(counts[each][name] for each in ("candidates", "matched", "fired")))
        for name in ("", *(rule.name for rule in pack.rules))
    ]
    prefilter, *rules = rows
    prefilter = prefilter._replace(rule="(prefilter)", candidates=sum(row.candidates for row in rules))
    return [prefilter, *sorted((row for row in rules if row.us_per_event), key=lambda row: (-row.us_per_event, row.rule))]


def _confirm(scanner: PatternScanner, number: int, field: str, text: str, scanned: bytes, spent: Counter, counts: dict[str, Counter]) -> None:
    pattern, began = scanner.patterns[number], time.process_time_ns()
    found = pattern.program.search(scanned)
    matches = pattern.matches(field, text, scanned) if found else ()
    name = pattern.rule.name
    spent[name] += time.process_time_ns() - began
    counts["candidates"][name] += 1
    counts["matched"][name] += found is not None
    counts["fired"][name] += bool(matches)
