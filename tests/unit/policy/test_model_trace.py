"""What the statistical model saw in a text, and which words carried it."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf

import pytest

from schemas import Context, Detection
from streams.policy import Auditor, Pack
from streams.policy.cases import cases_of
from streams.policy.classifier import Scorer
from streams.policy.explain import Facts, explain
from streams.policy.matches import Content
from streams.policy.model_trace import NEAR, THRESHOLD, ModelReader, ModelTrace, WindowReach

FIRED, NEARLY = WindowReach.FIRED, WindowReach.THRESHOLD
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.load(None)


@pytest.fixture(scope="module")
def auditor(pack: Pack) -> Auditor:
    return Auditor(pack)


@pytest.fixture(scope="module")
def reader(pack: Pack) -> ModelReader:
    return ModelReader(pack)


@pytest.fixture(scope="module")
def contents(pack: Pack) -> list[Content]:
    """Contents of the pack's cases, some hidden, some in a long text."""
    texts = [case.text for case in cases_of(pack)][::4]
    filler = "We met at the station and talked about the weather, as we do. " * 20
    return [(("text", text),) for text in texts] + [(("system", "Be brief."), ("text", f"{filler}\n{text}\n{filler}")) for text in texts[::8]]


@pytest.fixture(scope="module")
def traced(reader: ModelReader, contents: list[Content]) -> list[list[ModelTrace]]:
    return [reader.trace(content) for content in contents]


def by_model(auditor: Auditor, content: Content) -> dict[str, float]:
    return {each.rule: each.score for each in auditor.detect(content) if ".model-" in each.rule}


def test_what_fired_is_what_the_detector_reports_with_the_same_score(auditor, contents, traced):
    for content, windows in zip(contents, traced, strict=True):
        assert {each.rule: each.score for each in windows if each.reach is FIRED} == by_model(auditor, content)
    assert sum(each.reach is FIRED for windows in traced for each in windows) > 30


def test_what_nearly_fired_says_what_it_lacks(traced):
    near = [each for windows in traced for each in windows if each.reach is NEARLY]
    assert len(near) > 5
    assert all(NEAR <= each.score < THRESHOLD and each.lacks == pytest.approx(THRESHOLD - each.score) for each in near)
    assert all(each.lacks == 0 for windows in traced for each in windows if each.reach is FIRED)


def test_a_text_that_is_about_nothing_has_no_window(reader):
    assert reader.trace((("text", "What is a good recipe for pancakes?"),)) == []
    assert reader.trace((("text", ""),)) == []


def test_without_a_word_the_score_is_what_the_explanation_says(reader, auditor, contents, traced):
    looked = 0
    for content, windows in zip(contents, traced, strict=True):
        [(_, text)] = content if len(content) == 1 else [("", "")]
        for window in [each for each in windows if each.reach is FIRED and each.carriers]:
            word, without = window.carriers[0]
            if text.split().count(word) == 1 and len(text.split()) < 60 and without > THRESHOLD:
                assert by_model(auditor, (("text", text.replace(f"{word}", " ")),)).get(window.rule) in {without, None}  # None: another kind is ahead
                looked += 1
    assert looked > 5


def test_words_that_carry_come_first_and_every_one_carries(traced):
    for window in (each for windows in traced for each in windows):
        rests = [carrier.without for carrier in window.carriers]
        assert rests == sorted(rests)
        assert all(rest <= window.score for rest in rests)


def test_a_window_stands_where_the_detection_stands(auditor, contents, traced):
    for content, windows in zip(contents, traced, strict=True):
        found = {each.rule: {(place.field, place.start, place.end) for place in each.evidence} for each in auditor.detect(content)}
        for window in (each for each in windows if each.reach is FIRED):
            assert (window.field, window.start, window.end) in found[window.rule]


def test_a_window_that_the_gate_kept_from_being_read_is_told_as_such(pack, contents):
    shut = ModelReader(pack)
    model = shut._open._model
    shut._gated = Scorer(replace(model, topic=replace(model.topic, gate=inf)), shut._open._lexicon)
    reached = [each.reach for content in contents[:40] for each in shut.trace(content) if each.score > THRESHOLD]
    assert reached and set(reached) == {WindowReach.GATE}


def test_what_would_follow_if_the_model_had_fired_is_among_the_changes(pack, auditor, reader):
    told, cut = 0, [(("text", case.text[: len(case.text) * 2 // 3]),) for case in [*cases_of(pack)][::2]]  # half said, half meant
    for content in cut:
        windows = reader.trace(content)
        facts = Facts("acme", NOW, Context(), auditor.detect(content))
        near = [each for each in windows if each.reach is NEARLY] if not facts.detections else []
        for window in near:
            fired = Detection(category=window.category, score=THRESHOLD, rule=window.rule, rule_version=1)
            _, tags = auditor.decide([fired], organization_id="acme", occurred_at=NOW, context=Context())
            after = [f"{tag.outcome.value} {tag.severity.value}" for tag in tags]
            flips = explain(pack, auditor.decider, facts, content=content, model=reader).flips
            assert [each.after for each in flips if each.change == f"{window.rule} at least 0.5 (it is {window.score:g})"] == after
            told += len(after)
    assert told


def test_without_the_text_nothing_is_told_of_the_model(pack, auditor, reader):
    facts = Facts("acme", NOW, Context(), [])
    assert explain(pack, auditor.decider, facts, model=reader).model == []
