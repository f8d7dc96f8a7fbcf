"""Exports of the demonstration: complete, typed, and the same in every form."""

import csv
import io
import json
import os
import subprocess
import sys
from typing import Any

import pyarrow.parquet as parquet
import pytest

pytestmark = pytest.mark.integration


def run(demonstration: Any, *arguments: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PLUMBLINE_DATA_DIR": str(demonstration.process_settings.data_dir)}
    return subprocess.run([sys.executable, "-m", "streams", "export", *arguments], env=environment, capture_output=True, timeout=60, check=False)


def counted(demonstration: Any, kind: str, since: str = "14d") -> int:
    days = since.removesuffix("d")
    where = f"occurred_at >= now64(3) - toIntervalDay({days})" if kind == "verdicts" else f"bucket >= now64(3) - toIntervalDay({days})"
    view = {"verdicts": "audit_verdicts", "signals": "audit_signals_hour"}[kind]
    return demonstration.client.rows(f"SELECT count() AS n FROM {view} WHERE {where}")[0]["n"]


@pytest.mark.parametrize("kind", ["signals", "verdicts"])
def test_every_form_has_every_row(demonstration: Any, tmp_path: Any, kind: str) -> None:
    for form in ("parquet", "csv", "ocsf"):
        done = run(demonstration, kind, str(tmp_path / form), "--format", form, "--since", "14d", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["rows"] == counted(demonstration, kind) > 50
    table = parquet.read_table(tmp_path / "parquet")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "csv").read_text())))
    findings = [json.loads(line) for line in (tmp_path / "ocsf").read_text().splitlines()]
    assert len(rows) == len(findings) == table.num_rows
    assert [row["category"] for row in rows] == table.column("category").to_pylist() == [each["finding_info"]["types"][0] for each in findings]
    assert len({each["metadata"]["uid"] for each in findings}) == len(findings)
    assert all((each["class_uid"], each["type_uid"]) == (2004, 200401) and each["start_time"] <= each["end_time"] for each in findings)
    assert sum(each["count"] for each in findings) == (table.num_rows if kind == "verdicts" else sum(table.column("events").to_pylist()))


def test_types_survive_in_parquet(demonstration: Any, tmp_path: Any) -> None:
    run(demonstration, "verdicts", str(tmp_path / "v.parquet"), "--since", "14d")
    types = {field.name: str(field.type) for field in parquet.read_schema(tmp_path / "v.parquet")}
    assert types["occurred_at"].startswith("timestamp[ms") and types["user_hash"] == "uint64" and types["missing_safeguards"].startswith("list<")
    assert "text" not in types and "excerpt" not in types


def test_only_what_was_asked_for_and_nothing_is_a_file_with_columns(demonstration: Any, tmp_path: Any) -> None:
    out = run(demonstration, "verdicts", "-", "--format", "csv", "--since", "14d", "--category", "privacy_tracking")
    rows = list(csv.DictReader(io.StringIO(out.stdout.decode())))
    assert rows and {row["category"] for row in rows} == {"privacy_tracking"}
    run(demonstration, "signals", str(tmp_path / "none"), "--category", "no_such_category")
    empty = parquet.read_table(tmp_path / "none")
    assert empty.num_rows == 0 and "organization_id" in empty.column_names


@pytest.mark.parametrize(
    "arguments", [("signals", "x", "--format", "xls"), ("people", "x"), ("signals", "-"), ("signals", "x", "--since", "now", "--until", "7d")]
)
def test_a_wrong_wish_is_a_usage_error_and_leaves_no_file(demonstration: Any, tmp_path: Any, arguments: tuple[str, ...]) -> None:
    wishes = [str(tmp_path / "x") if each == "x" else each for each in arguments]
    done = run(demonstration, *wishes)
    assert done.returncode == 2, done.stderr
    assert list(tmp_path.iterdir()) == []
