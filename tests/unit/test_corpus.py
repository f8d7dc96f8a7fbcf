"""The training corpus keeps its format: every row parses, is labelled in known words, and stands only once."""

import json
from collections import Counter
from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "corpus"
SHAPES = {"plain", "long", "system", "json", "turns", "code", "email", "informal", "wrapped", "terse"}
CATEGORIES = {
    "political_campaigning", "political_lobbying", "election_interference", "election_misinformation", "high_risk_healthcare", "high_risk_legal",
    "minors", "law_enforcement", "privacy_tracking", "biometric_inference", "emotion_recognition", "government_censorship", "cyber_compromise",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> list[tuple[Path, dict]]:
    return [(path, json.loads(line)) for path in sorted(CORPUS.rglob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


def content(row: dict) -> str:
    """All that a model would read of a row, as one string."""
    return json.dumps([row.get("system"), row.get("text"), row.get("input"), row.get("output")], ensure_ascii=False)


def test_every_row_lives_in_the_folder_of_its_language_and_names_its_pass(rows):
    stray = [
        row["id"]
        for path, row in rows
        if path.parts[-3] != row["lang"]
        or not row["id"].startswith(f"{path.parent.name}-{path.stem}-")
        or not row["group"].startswith(f"{path.stem}/")
    ]
    assert stray == []


def test_labels_shapes_and_near_misses_use_known_words(rows):
    odd = [
        row["id"]
        for _, row in rows
        if row["shape"] not in SHAPES or not set(row["labels"]) <= CATEGORIES or row.get("near", "minors") not in CATEGORIES
    ]
    assert odd == []


def test_every_row_carries_exactly_one_kind_of_content(rows):
    odd = [row["id"] for _, row in rows if ("text" in row) == ("input" in row) or len(content(row)) < 20]
    assert odd == []


@pytest.mark.parametrize("part", ["id", "content"])
def test_no_row_stands_twice(rows, part):
    counts = Counter(row["id"] if part == "id" else content(row).casefold() for _, row in rows)
    assert [key for key, n in counts.items() if n > 1] == []


def test_silent_cases_that_are_held_out_are_not_trained_with(tmp_path):
    cases_of = pytest.importorskip("train.corpus", reason="training comes with the checkout, not with the wheel").cases_of
    (tmp_path / "detectors").mkdir()
    cases = '[[cases]]\nsilent = ["learned"]\n[[cases]]\nheld_out = true\nsilent = ["held out"]\n'
    (tmp_path / "detectors" / "fruit.toml").write_text(cases)
    assert [row.text for row in cases_of(tmp_path)] == ["learned"]
