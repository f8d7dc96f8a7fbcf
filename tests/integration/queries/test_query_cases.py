"""Every query of the library on hand-written rows, and what it must answer."""

import csv
import io
import tomllib
from pathlib import Path
from typing import Any

import pytest
from caserows import emptied, without_end, written

from streams.cli.rows import cell
from streams.clickhouse.library import queries

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).with_name("cases")
CASES = [(path.stem, case) for path in sorted(FOLDER.glob("*.toml")) for case in tomllib.loads(path.read_text())["case"]]


@pytest.fixture(scope="module")
def endless(store: Any) -> Any:
    without_end(store)
    return store


def test_every_query_has_a_case() -> None:
    assert {name for name, _ in CASES} == set(queries()) and len(queries()) >= 20


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['title']}" for name, case in CASES])
def test_a_query_answers_as_the_case_says(endless: Any, name: str, case: dict[str, Any]) -> None:
    tables = written(endless, case)
    try:
        rows = queries()[name].rows(endless.client, case.get("parameters", {}))
    finally:
        emptied(endless, tables)
    found = [{column: cell(value) for column, value in row.items()} for row in rows]
    assert found == list(csv.DictReader(io.StringIO(case["expected"].strip())))
