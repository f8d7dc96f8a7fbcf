"""Parquet files of usage events, read in bounded memory. Columns are named as the event's fields, nested or with dots."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from streams.errors import ConfigurationError
from streams.imports.fields import to_json
from streams.imports.rows import Row

MAGIC = b"PAR1"
_BATCH_ROWS, _BATCH_BYTES = 1_000, 8 << 20


def is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == MAGIC


class ParquetRows:
    """The rows of one file, a batch at a time. `length` counts them."""

    def __init__(self, path: Path, *, assume_utc: bool = False) -> None:
        """Open the file and look at its columns.

        Raises:
            ConfigurationError: it is no Parquet, has no time column, or times without a zone and no leave to take them for UTC.
        """
        try:
            self._file = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        except (pa.ArrowInvalid, OSError) as error:
            raise ConfigurationError(
                f"{path} cannot be read as Parquet", cause=str(error)[:300], command=f"plumbline import --format jsonl {path}"
            ) from error
        self.length: int = self._file.metadata.num_rows
        _check_columns(path, self._file.schema_arrow, assume_utc=assume_utc)

    def rows(self, start: int = 0) -> Iterator[Row]:
        """Rows after the first `start`. Row groups before them are not read."""
        groups, number = self._groups_from(start)
        for batch in self._file.iter_batches(batch_size=self._batch_rows(), row_groups=groups, use_threads=False):
            batch = _without_nanoseconds(batch)  # noqa: PLW2901
            for index in range(min(max(0, start - number), batch.num_rows), batch.num_rows):
                value = to_json(batch.slice(index, 1).to_pylist()[0])
                yield Row(number + index + 1, value, len(value), number + index + 1)
            number += batch.num_rows

    def _groups_from(self, start: int) -> tuple[list[int], int]:
        """Row groups that hold rows from `start` on, and the number of rows before them."""
        before, metadata = 0, self._file.metadata
        for index in range(metadata.num_row_groups):
            size = metadata.row_group(index).num_rows
            if before + size > start:
                return list(range(index, metadata.num_row_groups)), before
            before += size
        return [], before

    def _batch_rows(self) -> int:
        """As many rows as make about 8 MiB, by the file's own account of its size."""
        metadata = self._file.metadata
        total = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
        return max(1, min(_BATCH_ROWS, _BATCH_BYTES * max(1, self.length) // max(1, total)))


def _check_columns(path: Path, schema: pa.Schema, *, assume_utc: bool) -> None:
    if "occurred_at" not in schema.names:
        raise ConfigurationError(
            f"{path} has no column occurred_at; it has {', '.join(schema.names[:20])}",
            cause="columns are named as the fields of a usage event, nested or with dots (context.audience)",
            command="plumbline schema export, for the names",
        )
    kind = schema.field("occurred_at").type
    if not (pa.types.is_timestamp(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise ConfigurationError(
            f"{path}: column occurred_at holds {kind}",
            cause="a number has no unit that anybody could check; it takes timestamps, or text like 2024-06-06T00:00:00Z",
        )
    if pa.types.is_timestamp(kind) and kind.tz is None and not assume_utc:
        raise ConfigurationError(
            f"{path}: column occurred_at has times without a zone",
            cause="nobody can tell which moments they are",
            command=f"plumbline import --assume-utc {path}, if they are in UTC",
        )


def _without_nanoseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Microseconds in place of nanoseconds, which Python's datetime cannot hold."""
    for index, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            batch = batch.set_column(index, field.name, batch.column(index).cast(pa.timestamp("us", field.type.tz), safe=False))
    return batch
