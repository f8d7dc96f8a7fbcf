"""What analysts ask of the store: statements, by the store's own engine in this process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from faults.fuzz.cases import Case, must
from faults.fuzz.mutation import damaged_bytes, damaged_text
from streams.settings_store import ReaderLimits
from streams.store.engine import Engine, EngineError, Scope
from streams.store.readers import Asked, Reader, Readers
from streams.store.statement import Refused

SECRET, FILE_SECRET = "Znq8WpCanary", "Kfx3VtCanary"
ADMITTED = [  # the engine's own language as analysts write it
    "SELECT day, sum(events) FROM analyst_signals_day GROUP BY day ORDER BY day",
    "select count(*), sum(events) filter (where people > 5) from plumbline.analyst_signals_day group by category with totals",
    "WITH x AS (SELECT category FROM analyst_signals_day) SELECT * FROM x WHERE category IN (SELECT category FROM x) -- that is all",
    "SELECT category, sum(events) OVER (PARTITION BY category ORDER BY day ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM analyst_signals_day",
    "SELECT toMonday(day) AS week, uniqExactIf(category, events > 5), quantile(0.5)(events) FROM analyst_signals_day GROUP BY week WITH ROLLUP",
    "SELECT s.day, 1000 * s.events / v.events FROM analyst_signals_day AS s JOIN analyst_volumes_day AS v USING day",
    "SELECT arrayMap(x -> x * 2, [1, 2]), CASE WHEN 1 THEN 2 END, now() - INTERVAL 1 DAY, [1, 2][1], 'a' || 'b', 1::String, (1, 'a').1",
]
STATEMENTS = [
    *ADMITTED,
    "SELECT * EXCEPT (day) FROM analyst_signals_day ORDER BY events DESC LIMIT 3 BY category FORMAT JSONEachRow",
    "SELECT category FROM analyst_signals_day UNION ALL SELECT 'x' INTERSECT SELECT 'y'", "SELECT number FROM numbers(3)",
    "DESCRIBE TABLE analyst_signals_day", "SHOW TABLES", "SELECT $q$'; DROP TABLE secrets --$q$", "SELECT * FROM {t:Identifier}",
    "SELECT sum(cityHash64(repeat(toString(number), 3))) FROM numbers(1000000000000)",
]  # fmt: skip
FRAGMENTS = [each.encode() for each in (
    "secrets", "plumbline.secrets", "`secrets`", "(SELECT * FROM secrets)", " IN secrets", " UNION ALL SELECT text FROM secrets", "*",
    "COLUMNS('.*')", " APPLY(file)", "file('{file}')", "system.tables", "merge('plumbline', '.*')", "loop(secrets)",
    "joinGet('secrets', 'text', 1)", "view(", " FORMAT ", " SETTINGS readonly = 0", " INTO OUTFILE '/dev/null'", "; ", "/*", "*/", "--", "\n", "'",
    "\\'", "$x$", "#!", " AS ", "WITH secrets AS ", " JOIN ", "x -> ", "arrayMap(", "CAST(", "::", "{t:Identifier}", "{p:String}", "EXPLAIN ",
    "(", ")", ",", " FROM ", "SELECT ", " WHERE 1", " -1", "'\0'", "\u2212", "\u00a0", "formatRow('Template', 1)", "dictGet('a','b',1)",
    "sleep(3)", "numbers(1000000000000)", "repeat('a', 1000000000)", "range(1000000000)", "INSERT INTO secrets VALUES ('x')",
    "DROP TABLE secrets", "DETACH DATABASE plumbline", "GRANT ALL ON *.* TO analyst",
)]  # fmt: skip
TABLES = (
    "CREATE DATABASE plumbline",
    "CREATE TABLE plumbline.secrets (day Date, text String) ENGINE = MergeTree ORDER BY day",
    f"INSERT INTO plumbline.secrets SELECT today(), '{SECRET}' FROM numbers(3)",
    "CREATE VIEW plumbline.analyst_signals_day AS SELECT day, 'minors' AS category, 10 AS events, 5 AS people FROM plumbline.secrets",
    "CREATE VIEW plumbline.analyst_volumes_day AS SELECT day, 100 AS events, 6 AS organizations FROM plumbline.secrets",
)
TOKEN = "t" * 32
SETTINGS = (
    "max_execution_time", "max_execution_time", "max_block_size", "extremes", "join_use_nulls", "session_timezone", "output_format_schema",
    "output_format_json_quote_64bit_integers", "output_format_pretty_max_rows", "readonly", "max_threads", "max_memory_usage", "max_result_rows",
    "allow_ddl", "format_schema", "param_", "", "max_execution_time\n",
)  # fmt: skip
VALUES = (
    "0",
    "1",
    "-1",
    "-0.001",
    "nan",
    "inf",
    "1e300",
    "1e-300",
    "١",
    "0x1",
    "99999999999999999999",
    "",
    "x",
    "'",
    "\\",
    "UTC",
    "/etc/hostname",
    "a\0b",
)
LIMITS = ReaderLimits(
    seconds=0.3, memory_mb=100, rows_read=10**15, result_rows=10_000, result_mb=5, statements_per_hour=1 << 40, seconds_per_hour=1e12,
    rows_per_hour=1 << 62,
)  # fmt: skip


def _statement(chance: Random, fragments: Sequence[bytes]) -> bytes:
    """Fragments between the words of a statement, or in their place; every third one is damaged as bytes, too."""
    words = chance.choice(STATEMENTS).encode().split(b" ")
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        at = chance.randrange(len(words) + 1)
        words[at : at + chance.choice((0, 1))] = [chance.choice(fragments)]
    sql = b" ".join(words)
    return damaged_bytes(chance, sql, fragments) if chance.random() < 0.33 else sql


@contextmanager
def filled() -> Iterator[tuple[Engine, list[bytes]]]:
    """An engine with what may be read and a canary that may not, and fragments that ask for the canary's file as well."""
    with TemporaryDirectory() as folder, Engine(Path(folder) / "data", 600) as engine:
        file = Path(folder) / "canary"
        file.write_text(FILE_SECRET)
        for statement in TABLES:
            engine.query(statement, "Null", Scope())
        yield engine, [each.replace(b"{file}", str(file).encode()) for each in FRAGMENTS]
        sql, parameters = "SELECT count() FROM plumbline.secrets WHERE text = {text:String}", {"param_text": SECRET}
        kept = bytes(engine.query(sql, "TSV", Scope(settings=parameters)).body)
        must(kept == b"3\n", f"rows that were 3 are {kept!r}", "all statements before")


def settings(chance: Random) -> dict[str, str]:
    """Now and then a setting, as a client may give it."""
    return {chance.choice(SETTINGS): chance.choice(VALUES)} if chance.random() < 0.3 else {}


def tells_no_secret(said: bytes, given: object) -> None:
    """Raises:
    Broken: it does.
    """
    must(SECRET.encode() not in said and FILE_SECRET.encode() not in said, "a secret is told", given)


@contextmanager
def statements() -> Iterator[Case]:
    """A statement is refused, or the engine names what is wrong, or it is answered without what a reader may not see; and nothing is changed."""
    with filled() as (engine, fragments):
        readers, reader = Readers([], "plumbline", engine), Reader("analyst", TOKEN, "analyst", LIMITS)

        def case(chance: Random) -> str:
            sql = _statement(chance, fragments)
            given = {"param_t": chance.choice(("secrets", "analyst_signals_day")), "param_p": damaged_text(chance, "x"), **settings(chance)}
            try:
                answer, _ = readers.answer(reader, Asked.of(sql, b"", Scope("", given), chance.choice(("TSV", "JSON", "Native"))))
            except (Refused, EngineError) as error:
                tells_no_secret(error.message.encode(), sql)
                return "refused" if isinstance(error, Refused) else "failed"
            tells_no_secret(bytes(answer.body), sql)
            return "answered"

        yield case
