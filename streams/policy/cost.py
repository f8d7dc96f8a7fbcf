"""What detection costs on given texts, part by part: CPU time of each rule's patterns, of each step of the statistical model, and how far texts got.

The model weighs all of its rules at once, so that their time is that of its steps; what each of them found is counted.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from streams.policy.detect import Detector
from streams.policy.matches import Content, Match
from streams.policy.pack import Pack
from streams.policy.reading import Reading
from streams.policy.scannable import scannable
from streams.policy.signs import suspects_among
from streams.policy.tamper import views_of
from streams.policy.windows import Block

AT_ONCE = 500  # events
READING, PREFILTER, SIGNS, VIEWS = "(reading)", "(prefilter)", "(signs of hiding)", "(other ways to read)"
TOPIC, WORDS, CHARACTERS, REST = "(model: topic)", "(model: words)", "(model: characters)", "(model: windows)"
STEPS = (READING, PREFILTER, TOPIC, WORDS, CHARACTERS, REST, SIGNS, VIEWS)
COUNTS = ("candidates", "matched", "fired")


class RuleCost(NamedTuple):
    """One rule, or a step that is made for all of them, in brackets.

    Of a rule: patterns that the prefilter named (`candidates`), that RE2 confirmed (`matched`), that counted (`fired`). Of a step: texts, or windows
    of the model, that were looked at (`candidates`), and what went on from there (`matched`).
    """

    rule: str
    us_per_event: float
    candidates: int
    matched: int
    fired: int


class Costs:
    """Measures a detector. Programs are warmed up by one pass before."""

    def __init__(self, pack: Pack, detector: Detector) -> None:
        self._pack, self._detector = pack, detector
        self._spent: Counter[str] = Counter()  # nanoseconds
        self._counts: dict[str, Counter[str]] = {each: Counter() for each in COUNTS}

    def of(self, contents: Sequence[Content]) -> tuple[list[RuleCost], float]:
        """The steps in their order, then every rule that cost or found something, the dearest first; and microseconds of detection per event."""
        self._detector.detect_batch(contents)
        began = time.process_time_ns()
        self._detector.detect_batch(contents)
        total = time.process_time_ns() - began
        for at in range(0, len(contents), AT_ONCE):
            self._measure(contents[at : at + AT_ONCE])
        events = len(contents) or 1
        names = [*STEPS, *(rule.name for rule in self._pack.rules), *(output.rule for output in self._pack.outputs)]
        rows = [RuleCost(name, round(self._spent[name] / events / 1_000, 3), *(self._counts[each][name] for each in COUNTS)) for name in names]
        steps, rules = rows[: len(STEPS)], [row for row in rows[len(STEPS) :] if row.us_per_event or row.fired]
        steps = [step for step in steps if self._pack.outputs or not step.rule.startswith("(model")]
        return [*steps, *sorted(rules, key=lambda row: (-row.us_per_event, row.rule))], round(total / events / 1_000, 3)

    def _measure(self, contents: Sequence[Content]) -> None:
        with self._timed(READING):
            reading = Reading(contents)
        self._count(READING, candidates=len(reading.texts))
        self._patterns(reading)
        self._model(reading)
        with self._timed(SIGNS):
            suspects = suspects_among(reading.texts)
        self._count(SIGNS, candidates=len(reading.texts), matched=len(suspects))
        self._views([reading.texts[at] for at in suspects])

    def _patterns(self, reading: Reading) -> None:
        scanner = self._detector.patterns
        with self._timed(PREFILTER):
            named = list(scanner.candidates(reading))
        self._count(PREFILTER, candidates=len(reading.texts), matched=len(named))
        for at, number in named:
            text, pattern = reading.texts[at], scanner.patterns[number]
            scanned, name = scannable(text), pattern.rule.name
            with self._timed(name):
                found = pattern.program.search(scanned)
                matches = pattern.matches(reading.fields[at], text, scanned) if found else ()
            self._count(name, candidates=1, matched=int(found is not None), fired=int(bool(matches)))

    def _model(self, reading: Reading) -> None:
        """The steps of the model by what its scorer is asked; the rest is windows being cut and places being told."""
        if self._detector.classifier is None:
            return
        scorer, inside = self._detector.classifier.scorer, self._spent[TOPIC] + self._spent[WORDS] + self._spent[CHARACTERS]
        plain = {"of_topic": TOPIC, "of_words": WORDS, "of_characters": CHARACTERS}
        for method, step in plain.items():
            setattr(scorer, method, self._asked(step, getattr(scorer, method)))
        before = {step: self._counts["candidates"][step] for step in plain.values()}
        try:
            with self._timed(REST):
                matches = list(self._detector.classifier.scan(reading))
        finally:
            for method in plain:
                delattr(scorer, method)  # the class's own again
        self._spent[REST] -= self._spent[TOPIC] + self._spent[WORDS] + self._spent[CHARACTERS] - inside
        words, characters = (self._counts["candidates"][step] - before[step] for step in (WORDS, CHARACTERS))
        self._count(TOPIC, matched=words)
        self._count(WORDS, matched=characters)
        self._count(CHARACTERS, matched=len(matches))
        for _, match in matches:
            self._count(match.rule.name, fired=1)

    def _asked(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The first step reads all windows, the others those that they are given last."""

        def timed(block: Block, *given: Any) -> Any:
            self._count(step, candidates=len(block.starts if step == TOPIC else given[-1]))
            with self._timed(step):
                return call(block, *given)

        return timed

    def _views(self, texts: Sequence[str]) -> None:
        """Texts that hide their words are read again, by patterns and model."""
        with self._timed(VIEWS):
            views = [view.text for text in texts for view in views_of(text)]
            found = self._found(Reading([(("text", text),) for text in views])) if views else []
        self._count(VIEWS, candidates=len(texts), matched=len(views), fired=len(found))

    def _found(self, reading: Reading) -> list[tuple[int, Match]]:
        model = self._detector.classifier
        return [*self._detector.patterns.scan(reading), *(model.scan(reading) if model else ())]

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.process_time_ns()
        yield
        self._spent[name] += time.process_time_ns() - began

    def _count(self, name: str, **numbers: int) -> None:
        for each, number in numbers.items():
            self._counts[each][name] += number
