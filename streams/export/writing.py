"""Tables into one file, which is there as a whole or not at all."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from streams.errors import ConfigurationError, UsageError
from streams.export.ocsf import finding

STANDARD_OUTPUT = "-"


def write(kind: str, form: str, tables: Iterable[pa.Table], out: str) -> int:
    """Write all tables; returns the number of rows.

    Raises:
        UsageError: there is no such form, or it cannot go to standard output.
        ConfigurationError: the file cannot be written.
    """
    if form not in FORMS:
        raise UsageError(f"there is no format {form!r}", cause=f"it is one of {', '.join(FORMS)}", command="plumbline export --help")
    if form == "parquet" and out == STANDARD_OUTPUT:
        raise UsageError("Parquet goes into a file", cause="its index is at its end", command="name a file, or take --format csv")
    with _whole(out) as file:
        return FORMS[form](kind, tables, file)


def _parquet(_kind: str, tables: Iterable[pa.Table], file: BinaryIO) -> int:
    rows, writer = 0, None
    try:
        for table in tables:
            writer = writer or pa.parquet.ParquetWriter(file, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
            rows += table.num_rows
    finally:
        if writer:
            writer.close()
    return rows


def _csv(_kind: str, tables: Iterable[pa.Table], file: BinaryIO) -> int:
    """Lists are joined by spaces, as `plumbline query --csv` does."""
    rows, writer = 0, None
    for table in tables:
        flat = _flat(table)
        writer = writer or pa.csv.CSVWriter(file, flat.schema)
        writer.write_table(flat)
        rows += table.num_rows
    if writer:
        writer.close()
    return rows


def _flat(table: pa.Table) -> pa.Table:
    for at, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            texts = pa.array([" ".join(each) for each in table.column(at).to_pylist()], pa.string())
            table = table.set_column(at, field.name, texts)
    return table


def _ocsf(kind: str, tables: Iterable[pa.Table], file: BinaryIO) -> int:
    rows = 0
    for table in tables:
        for row in table.to_pylist():
            file.write(json.dumps(finding(kind, row), ensure_ascii=False).encode() + b"\n")
        rows += table.num_rows
    return rows


FORMS: dict[str, Callable[[str, Iterable[pa.Table], BinaryIO], int]] = {"parquet": _parquet, "csv": _csv, "ocsf": _ocsf}


@contextmanager
def _whole(out: str) -> Iterator[BinaryIO]:
    """A file that takes its name when everything is in it."""
    if out == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = Path(f"{out}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written", cause=str(error), command="choose another file") from error
    finally:
        part.unlink(missing_ok=True)
