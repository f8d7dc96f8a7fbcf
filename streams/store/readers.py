"""Readers of the store: their tokens, what each may read, and the way of their statements from text to answer."""

from collections.abc import Mapping
from typing import NamedTuple

import structlog

from streams.settings import Settings
from streams.settings_store import ReaderLimits
from streams.store.access import matches
from streams.store.admission import Grant, admit, check_format, readable
from streams.store.endpoint import reader_token
from streams.store.engine import Answer, Engine, EngineError, Scope
from streams.store.quotas import Quota
from streams.store.roles import ROLES
from streams.store.statement import Refused
from streams.store.syntax import Node, rewritten, tree_of

log = structlog.get_logger()

MAX_STATEMENT = 256 << 10
# Settings that a reader may give; those with a limit are cut to it. Formats' output settings by their prefix.
FREE = frozenset({"join_use_nulls", "extremes", "max_block_size", "session_timezone", "prefer_column_name_to_alias", "group_by_use_nulls"})
FREE_PREFIX = "output_format_"
IGNORED = frozenset({"readonly", "result_overflow_mode", "timeout_overflow_mode", "max_threads", "max_memory_usage"})  # ours are in force


class Reader:
    """One reader: a token, a role, an account."""

    def __init__(self, name: str, token: str, role: str, limits: ReaderLimits) -> None:
        self.name, self.token, self.role, self.limits = name, token, role, limits
        self.quota = Quota(name, limits)


class Asked(NamedTuple):
    """A reader's statement with the scope that the request gave it, and the format that was asked for by default."""

    sql: str
    scope: Scope
    format: str

    @classmethod
    def of(cls, in_url: bytes, in_body: bytes, scope: Scope, output: str) -> "Asked":
        """The statement in URL and body together. It is not scanned: the engine itself says what it is.

        Raises:
            Refused: it is not UTF-8.
        """
        whole = in_url + b"\n" + in_body if in_url and in_body else in_url or in_body
        try:
            return cls(whole[: MAX_STATEMENT + 1].decode(), scope, output)
        except UnicodeDecodeError as error:
            raise Refused(62, "SYNTAX_ERROR", f"Syntax error: the statement is not UTF-8 at byte {error.start}") from error


class Readers:
    """All readers of a store. `database` is the one that they read."""

    def __init__(self, readers: list[Reader], database: str, engine: Engine) -> None:
        self._readers, self._database, self._engine = readers, database, engine
        self._functions: frozenset[str] = frozenset()

    def with_token(self, given: str) -> Reader | None:
        """Whose token it is; every token is compared, so that time tells nothing."""
        return next((reader for reader, fits in [(reader, matches(given, reader.token)) for reader in self._readers] if fits), None)

    def answer(self, reader: Reader, asked: Asked) -> tuple[Answer, str]:
        """The answer and its format.

        Raises:
            Refused: the statement, a setting or the database is not admitted, or the quota is used up.
            EngineError: as the engine says, limits included.
        """
        if len(asked.sql) > MAX_STATEMENT:
            raise Refused(62, "SYNTAX_ERROR", f"Max query size exceeded: a statement has at most {MAX_STATEMENT} characters here")
        if asked.scope.database not in ("", "default", self._database):
            raise Refused(497, "ACCESS_DENIED", f"Not enough privileges: the database is {self._database}")
        with reader.quota.statement() as account:
            # The last of them holds, so what is given comes before `readonly`, after which nothing can be set.
            scope = Scope(self._database, {**_limits(reader.limits), **_given(asked.scope.settings, reader.limits), "readonly": "1"})
            try:
                sql, output = self._admitted(reader, asked, scope)
                answer = self._engine.query(sql, output, scope)
            except (Refused, EngineError) as error:
                log.info("reader was refused", reader=reader.name, role=reader.role, code=error.code)
                raise
            account(answer.read_rows)
            log.info("reader asked", reader=reader.name, role=reader.role, read_rows=answer.read_rows, ms=answer.elapsed_ns // 1_000_000)
            return answer, output

    def _admitted(self, reader: Reader, asked: Asked, scope: Scope) -> tuple[str, str]:
        """The statement to run and the format of its answer."""
        sql = rewritten(self._engine, asked.sql)
        tables, others = readable(self._tables(), ROLES[reader.role])
        if sql.split(" ")[:2] == ["SHOW", "TABLES"]:
            return _listing(sorted(tables)), asked.format
        if sql.split(" ")[:2] == ["SHOW", "DATABASES"]:
            return _listing([self._database]), asked.format
        tree = tree_of(self._engine, sql, scope)
        admit(tree, Grant(self._database, tables, others, self._engine_functions()))
        output = _format(tree) or asked.format
        check_format(output)
        return sql, output

    def _tables(self) -> list[str]:
        return self._names("SELECT name FROM system.tables WHERE database = {database:String}")

    def _engine_functions(self) -> frozenset[str]:
        if not self._functions:
            self._functions = frozenset(name.lower() for name in self._names("SELECT name FROM system.functions"))
        return self._functions

    def _names(self, sql: str) -> list[str]:
        answer = self._engine.query(sql, "TSVRaw", Scope(settings={"param_database": self._database}))
        return bytes(answer.body).decode().splitlines()


def readers_of(settings: Settings, engine: Engine) -> Readers:
    """The readers that the settings name, and one for each role with a token of its own in the data folder."""
    limits = settings.store.reader_limits
    named = [Reader(name, each.token.get_secret_value(), each.role, limits) for name, each in settings.store.readers.items()]
    own = [Reader(role, reader_token(settings, role), role, limits) for role in ROLES if role not in settings.store.readers]
    return Readers([*named, *own], settings.clickhouse.database, engine)


def _given(settings: Mapping[str, str], limits: ReaderLimits) -> dict[str, str]:
    """What a reader may set: parameters, and settings that change the answer's form only."""
    kept = {}
    for name, value in settings.items():
        if name.startswith(("param_", FREE_PREFIX)) or name in FREE:
            kept[name] = value
        elif name == "max_execution_time":
            wanted = _number(name, value)
            kept[name] = str(wanted if 0 < wanted < limits.seconds else limits.seconds)  # the engine takes less than 0 for no limit
        elif name in ("max_result_rows", "max_result_bytes"):
            continue  # ours are in force; a client that wants fewer says LIMIT
        elif name not in IGNORED:
            raise Refused(164, "READONLY", f"Cannot modify '{name}' setting in readonly mode")
    return kept


def _limits(limits: ReaderLimits) -> dict[str, str]:
    """In force for every statement of a reader."""
    return {
        "max_memory_usage": str(limits.memory_mb << 20), "max_rows_to_read": str(limits.rows_read), "max_result_rows": str(limits.result_rows),
        "max_result_bytes": str(limits.result_mb << 20), "result_overflow_mode": "throw", "read_overflow_mode": "throw", "max_threads": "2",
        "max_ast_depth": "200", "max_parser_depth": "300", "max_execution_time": str(limits.seconds), "timeout_overflow_mode": "throw",
        "allow_ddl": "0", "allow_introspection_functions": "0",
    }  # fmt: skip


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise Refused(27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", f"{name} is no number: {value!r}") from error


def _format(tree: Node) -> str:
    return tree.children[1].name if tree.kind == "SelectWithUnionQuery" and len(tree.children) > 1 else ""


def _listing(names: list[str]) -> str:
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"SELECT arrayJoin([{quoted}]::Array(String)) AS name"
