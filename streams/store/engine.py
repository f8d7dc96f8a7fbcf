"""The embedded engine: one process owns the folder, each statement gets a connection of its own (1 ms), so statements run side by side."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from streams.store.bodies import Plain
from streams.store.spool import spooled
from streams.store.statement import DEFAULT_FORMAT, Statement

# Without these the engine's caches grow with the data (5 GiB of marks by default); our tables are small enough to do without.
CACHES = {
    "mark_cache_size": 64 << 20,
    "index_mark_cache_size": 16 << 20,
    "uncompressed_cache_size": 0,
    "index_uncompressed_cache_size": 0,
    "primary_index_cache_size": 64 << 20,
    "mmap_cache_size": 0,
    "query_condition_cache_size": 16 << 20,
    "compiled_expression_cache_size": 16 << 20,
}
CODE = re.compile(r"Code: (\d+)\.")
NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")
SETTING = re.compile(r"[a-z][a-z0-9_]*")
PARAMETER = re.compile(r"param_\w+")


class EngineError(Exception):
    """What the engine says, in ClickHouse's words: `code`, `name`, `message` with both."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        found, names = CODE.search(message), NAME.findall(message)
        self.code = int(found[1]) if found else 1002
        self.name = names[-1] if names else "UNKNOWN_EXCEPTION"
        self.message = message[found.start() :] if found else f"Code: 1002. DB::Exception: {message} (UNKNOWN_EXCEPTION)"


class Answer(NamedTuple):
    """The engine's answer: bytes in the wanted format, and what it read and wrote."""

    body: memoryview | bytes
    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_ns: int = 0


class Scope(NamedTuple):
    """What holds for one statement: its database, settings and bound parameters (`param_x`), and whether it may change anything."""

    database: str = ""
    settings: Mapping[str, str] = {}
    read_only: bool = False


class Engine:
    """The engine on a folder. Close it, or just exit: it is made to be killed."""

    def __init__(self, folder: Path, max_memory_mb: int, backups: Path | None = None) -> None:
        """`backups`: the one folder that BACKUP writes to and RESTORE reads from; neither works without."""
        os.environ["TZ"] = "UTC"  # the engine takes its time zone from here
        from chdb.state.sqlitelike import connect  # 1 s: only the store's process pays for it

        self._connect, self._folder = connect, folder
        arguments = {**CACHES, "max_server_memory_usage": max_memory_mb << 20} | ({"backups.allowed_path": f"{backups}/"} if backups else {})
        # One hungry statement must not starve the inserts: it gets a part of the memory, and spills to disk before that.
        self._limits = {
            "max_memory_usage": max_memory_mb * 6 // 10 << 20,
            "max_bytes_before_external_group_by": max_memory_mb * 3 // 10 << 20,
        }
        self._limits["max_bytes_before_external_sort"] = self._limits["max_bytes_before_external_group_by"]
        self._keeper = connect(f"{folder}?{'&'.join(f'{name}={value}' for name, value in arguments.items())}")
        self.version = bytes(self._keeper.query("SELECT version()", "TabSeparated").bytes()).decode().strip()

    def query(self, sql: str, output_format: str, scope: Scope) -> Answer:
        """Run one statement.

        Raises:
            EngineError: as the engine says.
        """
        with self._connection(scope) as connection:
            result = connection.query(sql, output_format or DEFAULT_FORMAT)
            return Answer(
                bytes(result.bytes()),
                result.storage_rows_read(),
                result.storage_bytes_read(),
                result.rows_written(),
                result.bytes_written(),
                int(result.elapsed() * 1e9),
            )

    def insert(self, statement: Statement, scope: Scope, first: bytes, rest: Plain) -> Answer:
        """Run an INSERT with its data (`first`, then `rest`), which is received whole before anything is written.

        Raises:
            EngineError: as the engine says.
            BadBody, BodyTooLarge: the body breaks off.
        """
        with spooled(first, rest, self._folder) as path, self._connection(scope) as connection:
            result = connection.query(f"{statement.sql} FROM INFILE '{path}' {statement.settings} FORMAT {statement.data_format}")
            return Answer(b"", 0, 0, result.rows_written(), result.bytes_written(), int(result.elapsed() * 1e9))

    @contextmanager
    def _connection(self, scope: Scope) -> Iterator[Any]:
        connection = self._connect(str(self._folder))
        try:
            for sql in _preamble(scope, self._limits):
                connection.query(sql)
            yield connection
        except RuntimeError as error:  # chdb's errors are RuntimeErrors, some of them bare
            raise EngineError(str(error)) from error
        finally:
            connection.close()

    def give_back_memory(self) -> None:
        """Return freed memory to the system: the allocator keeps as much again as is in use (635 MB resident, 348 MB after)."""
        with self._connection(Scope()) as connection:
            connection.query("SYSTEM JEMALLOC PURGE")

    def close(self) -> None:
        self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _preamble(scope: Scope, limits: Mapping[str, int]) -> Iterator[str]:
    if scope.database:
        yield f"USE `{scope.database.replace(chr(92), chr(92) * 2).replace('`', chr(92) + '`')}`"
    assignments = [f"{name} = {value}" for name, value in limits.items() if name not in scope.settings]
    for name, value in scope.settings.items():
        if SETTING.fullmatch(name) or PARAMETER.fullmatch(name):
            assignments.append(f"{name} = {_literal(value)}")
    if scope.read_only:
        assignments.append("readonly = 2")
    yield f"SET {', '.join(assignments)}"


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
