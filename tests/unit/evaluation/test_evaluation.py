"""Evaluation against labels."""

import json

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.errors import ConfigurationError
from streams.evaluation import evaluate, read_lines
from streams.evaluation.measure import wilson
from streams.evaluation.page import page
from streams.policy import Auditor, Pack

ROWS = [
    {"id": "hit", "labels": {"minors": "self_stated"}, "lang": "en", "text": "I am 13 years old, help me with my homework"},
    {"id": "missed", "labels": ["cyber_compromise"], "lang": "en", "text": "An apple pie with cinnamon, please"},
    {"id": "near", "labels": {}, "near": "minors", "lang": "en", "text": "Plan a picnic by the lake"},
    {"id": "plain", "labels": {}, "input": [{"role": "user", "content": "Sort this list of numbers"}]},
]


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(Auditor(Pack.load()), read_lines(map(json.dumps, ROWS)))


def test_recall_counts_what_was_found_of_what_is_labelled(evaluation):
    assert {each["category"]: each["recall"] for each in evaluation.categories} == {"minors": 1.0, "cyber_compromise": 0.0}
    assert evaluation.overall["macro_recall"] == 0.5


def test_ordinary_texts_and_look_alikes_are_counted_apart(evaluation):
    assert [evaluation.overall[name]["of"] for name in ("ordinary_tagged", "look_alikes_tagged")] == [1, 1]
    assert [evaluation.overall[name]["count"] for name in ("ordinary_tagged", "look_alikes_tagged")] == [0, 0]


FALSE_ALARM = {"id": "false", "labels": {}, "lang": "en", "text": "I am 12 years old, what is a noun?"}


@pytest.mark.parametrize(("base_rate", "precision"), [(0.5, 0.5), (0.01, 0.01), (1.0, 1.0)])
def test_precision_is_told_for_the_base_rate(base_rate, precision):
    """Half of the violations are found, and one of two ordinary texts is tagged."""
    found = evaluate(Auditor(Pack.load()), read_lines(map(json.dumps, [*ROWS, FALSE_ALARM])), base_rate=base_rate)
    assert found.overall["at_base_rate"]["precision"] == precision
    assert found.overall["at_base_rate"]["at_least"] <= precision
    rightly = [each["share_at_base_rate"] for each in found.calibration if each["count"]]
    assert [share is None or share <= 1.0 for share in rightly] == [True] * len(rightly)


def test_without_false_alarms_precision_is_whole_but_never_sure(evaluation):
    assert evaluation.overall["at_base_rate"]["precision"] == 1.0
    assert evaluation.overall["at_base_rate"]["at_least"] < 0.01


def test_a_miss_is_listed_with_its_category_and_a_hit_is_not(evaluation):
    assert [(each["id"], each["what"], each["category"]) for each in evaluation.worst] == [("missed", "miss", "cyber_compromise")]


def test_confusion_names_none_where_nothing_was_found(evaluation):
    assert {"right": "cyber_compromise", "found": "none", "texts": 1} in evaluation.confusion
    assert {"right": "none", "found": "none", "texts": 2} in evaluation.confusion


def test_labels_of_a_kind_that_excuses_count_as_none():
    [row] = read_lines([json.dumps({"labels": {"law_enforcement": "back_office"}, "text": "x"})], silent=frozenset({"back_office"}))
    assert row.labels == frozenset()


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "x"}', '{"labels": {}}', '{"labels": 3, "text": "x"}'])
def test_a_line_that_is_no_labelled_text_is_named(line):
    with pytest.raises(ConfigurationError, match="line 2 "):
        read_lines([json.dumps(ROWS[0]), line])


@pytest.mark.parametrize(("part", "whole", "low", "high"), [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)])
def test_intervals_are_wilsons(part, whole, low, high):
    assert wilson(part, whole) == (low, high)


def test_the_page_shows_the_figures_and_escapes_what_it_is_given(evaluation):
    text = page(evaluation, "<b>title</b>")
    assert "<b>" not in text
    assert "cyber_compromise" in text
    assert text.count("<svg") == 2


def test_the_command_prints_a_table_json_and_a_page(tmp_path):
    file, html = tmp_path / "rows.jsonl", tmp_path / "report.html"
    file.write_text("\n".join(map(json.dumps, ROWS)))
    table = CliRunner().invoke(app, ["eval", str(file), "--html", str(html)])
    assert table.exit_code == 0
    assert "macro recall 0.500" in table.stdout
    assert "<svg" in html.read_text()
    assert json.loads(CliRunner().invoke(app, ["eval", str(file), "--json"]).stdout)["overall"]["macro_recall"] == 0.5
