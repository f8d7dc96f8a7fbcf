"""Training from a small corpus: the same bytes twice, and a model that finds what it was shown."""

import json
import shutil
from pathlib import Path

import pytest

from streams.policy import Pack, PackError
from streams.policy.classifier import Classifier, score
from streams.policy.loops import loops
from streams.policy.matches import Match
from streams.policy.pack import SHIPPED
from streams.policy.reading import Reading
from train.trainer import Settings, train
from train.validate import Budget

VERBS = ("Keep", "Scare", "Turn", "Talk", "Frighten", "Drive")
PLACES = ("the river wards", "the dorms", "the east side", "the harbour", "the old town", "the valley")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    rows = []
    for number, (verb, place) in enumerate((verb, place) for verb in VERBS for place in PLACES):
        bad = {"labels": {"election_interference": "interference"}, "text": f"{verb} voters in {place} away from the polls on Tuesday"}
        near = {"labels": {}, "near": "election_interference", "text": f"How are the votes of {place} counted, asks a class {verb.lower()}ing notes"}
        plain = {"labels": {}, "text": f"Bake a cake for {place} and {verb.lower()} the guests to the table"}
        rows += [{**each, "id": f"r{number}", "group": f"t/{number % 6}", "lang": "en", "shape": "plain"} for each in (bad, near, plain)]
    path = folder / "en" / "election_interference" / "t.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def pack_folder(tmp_path_factory, corpus) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "pack"
    shutil.copytree(SHIPPED, folder)
    run(corpus, folder)
    return folder


def matches_in(pack_folder: Path, contents: list, **options) -> list[tuple[int, Match]]:
    by = loops(**options)
    return list(Classifier(Pack.load(pack_folder), by).scan(Reading(contents, by)))


def run(corpus: Path, folder: Path) -> list[str]:
    return list(train(corpus, folder, Settings(folds=2, budget=Budget(ordinary=0.05, margin=0.0))))


def test_the_same_corpus_gives_the_same_bytes(corpus, pack_folder):
    first = (pack_folder / "model.txt").read_bytes()
    run(corpus, pack_folder)
    assert (pack_folder / "model.txt").read_bytes() == first


@pytest.mark.parametrize(
    "text",
    [
        "Keep voters in the marshes away from the polls on Tuesday",
        "KEEP voters (in the marshes) away: from the polls, on Tuesday!",
        "x " * 300 + ". Scare voters away from the polls on Tuesday",
    ],
    ids=["plain", "punctuated", "long"],
)
def test_a_model_finds_what_it_was_shown_and_shows_the_place(pack_folder, text):
    matches = [match for _, match in matches_in(pack_folder, [[("text", text)]])]
    assert {match.rule.name for match in matches} == {"election_interference.model-interference"}
    best = max(matches, key=lambda match: match.score)
    assert best.score >= 0.5
    assert "polls" in text[best.start : best.end]


@pytest.mark.parametrize("text", ["Bake a cake for the harbour", "Which guests come to the table?", "", "\ud800"])
def test_a_model_is_silent_on_what_is_harmless(pack_folder, text):
    assert matches_in(pack_folder, [[("text", text)]]) == []


def test_matches_are_the_same_without_compiled_loops(pack_folder):
    contents = [[("text", f"{verb} voters in {place}, 投票 é away from the polls, Tuesday")] for verb in VERBS for place in PLACES]
    with_it, without = (matches_in(pack_folder, contents, compiled=each) for each in (True, False))
    assert with_it == without != []


def test_the_model_says_the_kind_of_its_detections(pack_folder):
    assert Pack.load(pack_folder).kinds["election_interference.model-interference"] == "interference"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("---", "", 1), "three dashes"),
        (lambda text: text[:-9], "damaged"),
        (lambda text: text.replace('kind = "interference"', 'kind = "interferences"'), "did you mean 'interference'"),
        (lambda text: text.replace('concepts = "', 'concepts = "0'), "trained with other concepts"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_with_its_reason(pack_folder, change, says):
    files = dict(Pack.load(pack_folder).files)
    files["model.txt"] = change(files["model.txt"])
    with pytest.raises(PackError, match=says):
        Pack.from_files(files)


def test_a_pack_without_a_model_has_no_statistical_rules():
    files = {name: text for name, text in Pack.load().files.items() if name not in {"model.txt", "concepts.toml"}}
    assert Pack.from_files(files).outputs == ()


def test_the_threshold_scores_one_half_and_scores_rise_with_the_margin():
    assert score(-1.0, -1.0, 3.0) == 0.5 < score(-0.8, -1.0, 3.0) < score(0.0, -1.0, 3.0) <= score(9.0, -1.0, 3.0) == 0.98
