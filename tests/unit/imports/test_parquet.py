"""Parquet files: columns checked before anything is sent, rows read from any start in bounded memory."""

import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas import UsageEvent
from streams.errors import ConfigurationError
from streams.imports.parquet import ParquetRows, is_parquet

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def written(path: Path, columns: dict, **options: object) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def many(path: Path, rows: int, **options: object) -> Path:
    times = pa.array([AT] * rows, pa.timestamp("ms", "UTC"))
    return written(path, {"event_id": [f"e-{n}" for n in range(rows)], "occurred_at": times, "organization_id": ["o"] * rows}, **options)


def test_nested_and_dotted_columns_make_a_whole_event(tmp_path: Path) -> None:
    path = written(
        tmp_path / "f",
        {
            "event_id": ["e-1"],
            "occurred_at": pa.array([AT], pa.timestamp("ns", "Europe/Berlin")),
            "organization_id": ["org-a"],
            "context": pa.array([{"audience": "consumer", "safeguards": ["ai_disclosure"]}]),
            "usage.input_tokens": [12.0],
            "input": pa.array([[{"role": "user", "content": "Hello"}]]),
            "output": [None],
        },
    )
    (row,) = ParquetRows(path).rows()
    event = UsageEvent.model_validate(json.loads(row.value))
    assert (event.occurred_at, event.context.audience.value, event.usage.input_tokens) == (AT, "consumer", 12)
    assert [text for _, text in event.content()] == ["Hello"]


def test_a_file_without_a_time_column_is_refused_with_its_columns_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no column occurred_at; it has id, when"):
        ParquetRows(written(tmp_path / "f", {"id": [1], "when": [2]}))


def test_numbers_are_no_times(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="occurred_at holds int64"):
        ParquetRows(written(tmp_path / "f", {"occurred_at": [1_700_000_000]}))


def test_times_without_a_zone_need_leave(tmp_path: Path) -> None:
    path = written(tmp_path / "f", {"occurred_at": pa.array([AT.replace(tzinfo=None)], pa.timestamp("us"))})
    with pytest.raises(ConfigurationError, match="without a zone"):
        ParquetRows(path)
    (row,) = ParquetRows(path, assume_utc=True).rows()
    assert json.loads(row.value) == {"occurred_at": "2026-03-01T12:30:00.000000+00:00"}


def test_a_file_that_only_claims_to_be_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"PAR1 and then nothing")
    assert is_parquet(tmp_path / "f")
    with pytest.raises(ConfigurationError, match="cannot be read as Parquet"):
        ParquetRows(tmp_path / "f")


@pytest.mark.parametrize("start", [0, 1, 9, 10, 11, 25, 29, 30, 31])
def test_rows_go_on_after_any_number_of_them(tmp_path: Path, start: int) -> None:
    rows = list(ParquetRows(many(tmp_path / "f", 30, row_group_size=10)).rows(start))
    assert [json.loads(row.value)["event_id"] for row in rows] == [f"e-{n}" for n in range(start, 30)]
    assert [row.number for row in rows] == list(range(start + 1, 31))


def test_a_file_of_long_texts_is_read_a_few_rows_at_a_time(tmp_path: Path) -> None:
    count, size = 64, 1 << 20
    path = written(
        tmp_path / "f",
        {"occurred_at": pa.array([AT] * count, pa.timestamp("ms", "UTC")), "text": [chr(97 + n % 26) * (size - n) for n in range(count)]},
        compression="lz4",
        use_dictionary=False,
        write_batch_size=4,  # a page, the least that a reader must unpack, ends only between two of these
    )
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    peak_arrow = max(pa.total_allocated_bytes() - before for _ in ParquetRows(path).rows())
    peak_python = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_python < 8 * size
    assert peak_arrow < 40 * size
