"""Readers of the store: what analysts and dashboards may ask over ClickHouse's HTTP interface, and what they may not, however it is put."""

import gzip
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import clickhouse_connect
import httpx
import pytest

from faults.fuzz.statements import ADMITTED
from streams.store.roles import ANALYSTS, DASHBOARDS

pytestmark = pytest.mark.integration


def client(store: Any, role: str) -> httpx.Client:
    token = (store.process_settings.data_dir / "store" / f"token.{role}").read_text().strip()
    return httpx.Client(base_url=store.settings.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.fixture(scope="module")
def analyst(demonstration: Any) -> Any:
    with client(demonstration, "analyst") as opened:
        yield opened


@pytest.fixture(scope="module")
def dashboards(demonstration: Any) -> Any:
    with client(demonstration, "dashboards") as opened:
        yield opened


def ask(reader: httpx.Client, sql: str, **parameters: str) -> httpx.Response:
    return reader.post("/", params=parameters, content=sql)


@pytest.mark.parametrize(
    "sql",
    [
        *ADMITTED,
        "SELECT category FROM analyst_signals_day ORDER BY category LIMIT 3 UNION ALL SELECT 'x'",
        "SELECT number FROM numbers(3)",
        "SELECT $q$'; DROP TABLE events --$q$",
        "DESCRIBE TABLE analyst_signals_day",
        "SHOW TABLES",
        "SHOW DATABASES",
        "SELECT displayName(), version(), revision(), timezone()",
    ],
)
def test_an_analyst_may_ask(analyst: httpx.Client, sql: str) -> None:
    answer = ask(analyst, sql)
    assert answer.status_code == 200, answer.text
    assert answer.text


# What must not be read, run or waited for, in the ways that people have found around such lists.
REFUSED = [
    "SELECT * FROM events", "SELECT * FROM plumbline.verdicts", "SELECT * FROM `plumbline`.`events`", "SELECT * FROM /* x */ audit_events",
    "SELECT (SELECT count() FROM events)", "SELECT 1 WHERE 1 IN events", "SELECT 1 WHERE 1 GLOBAL NOT IN plumbline.events",
    "WITH events AS (SELECT 1 AS a) SELECT * FROM events", "SELECT * FROM (WITH events AS (SELECT 1) SELECT 1), events",
    "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM events) SELECT * FROM r", "SELECT * FROM analyst_runs JOIN events ON 1 = 1",
    "SELECT a AS `x\n Function file` FROM events", "SELECT 1 AS `x (children 1)\n    Identifier y`, 2 FROM events", "SELECT 1 −− x\n FROM events",
    "SELECT * FROM {t:Identifier}", "SELECT row_number() OVER (ORDER BY (SELECT count() FROM events))",
    "SELECT day FROM analyst_runs LIMIT (SELECT count() FROM events)", "DESCRIBE TABLE events", "DESCRIBE (SELECT * FROM events)",
    "EXISTS TABLE events", "SHOW CREATE TABLE events", "EXPLAIN SELECT * FROM events",
    "SELECT file('/etc/hostname')", "SELECT * FROM file('/etc/hostname')", "SELECT * FROM '/etc/hostname'", "SELECT * FROM `/etc/hostname`",
    "SELECT arrayMap(file, ['/etc/hostname'])", "SELECT * APPLY(file) FROM analyst_runs", "SELECT * APPLY(x -> file(x)) FROM analyst_runs",
    "SELECT * REPLACE (file('x') AS kind) FROM analyst_runs", "SELECT * FROM values('a String', file('/etc/hostname'))",
    "WITH x -> file(x) AS f SELECT f('/etc/hostname')", "SELECT 1 ORDER BY file('x')", "SELECT sumIf(1, file('x') != '')",
    "SELECT 1 INTO OUTFILE '/tmp/never'", "SELECT 1 INTO OUTFILE '/tmp/never' TRUNCATE FORMAT TSV",
    "SYSTEM SHUTDOWN", "SYSTEM FLUSH LOGS", "KILL QUERY WHERE 1", "SELECT * FROM system.processes", "SELECT * FROM system.tables",
    "SELECT * FROM system.query_log", "SELECT * FROM information_schema.tables", "USE system",
    "SELECT * FROM loop(events)", "SELECT * FROM loop(system.one)", "SELECT * FROM merge('plumbline', 'events')", "SELECT * FROM view(SELECT 1)",
    "SELECT * FROM remote('127.0.0.1', plumbline.events)", "SELECT * FROM url('http://127.0.0.1:1/')", "SELECT * FROM python('x')",
    "SELECT * FROM executable('id', 'TSV', 'x String')", "SELECT * FROM eval('x')", "SELECT * FROM mysql('a', 'b', 'c', 'd', 'e')",
    "SELECT * FROM dictionary('a')", "SELECT dictGet('a', 'b', 1)", "SELECT joinGet('events', 'a', 1)", "SELECT joinGet(events, 'a', 1)",
    "SELECT hasColumnInTable('plumbline', 'events', 'a')", "SELECT chdb('x')", "SELECT aiGenerate('x')", "SELECT catboostEvaluate('x', 1)",
    "SELECT getSetting('readonly')", "SELECT hostName()", "SELECT currentProfiles()", "SELECT sleep(3)", "SELECT addressToSymbol(1)",
    "SELECT formatRow('Template', 1)", "SELECT arrayReduce('groupFormat(\\'Template\\')', [1])",
    "SET max_threads = 3", "SELECT 1 SETTINGS max_threads = 9", "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)", "SELECT 1 FORMAT Template",
    "SELECT 1 FORMAT Protobuf", "SELECT 1; DROP TABLE events", "SELECT $x$'$x$ ; DROP TABLE events -- '", "SELECT #!'\n 1; DROP TABLE events --'",
    "SELECT 1 PARALLEL WITH DROP TABLE events", "INSERT INTO events (event_id) VALUES ('x')", "INSERT INTO events FORMAT TSV\nx", "DROP TABLE events",
    "CREATE TABLE x (a Int8) ENGINE = Memory", "CREATE TEMPORARY TABLE x (a Int8)", "ALTER TABLE events DELETE WHERE 1", "TRUNCATE TABLE events",
    "BACKUP TABLE events TO File('/tmp/never')", "ATTACH TABLE x", "GRANT ALL ON *.* TO x", "ＳＥＬＥＣＴ 1", "", "-- nothing",
]  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED)
def test_an_analyst_may_not(demonstration: Any, analyst: httpx.Client, sql: str) -> None:
    answer = ask(analyst, sql, param_t="events")
    assert answer.status_code in (400, 403, 500), answer.text[:200]
    assert answer.headers["X-ClickHouse-Exception-Code"] in ("497", "62", "164"), answer.text
    assert demonstration.client.rows("SELECT count() > 1000 AS there FROM events") == [{"there": 1}]


def test_what_dashboards_may_read_analysts_may_not(analyst: httpx.Client, dashboards: httpx.Client) -> None:
    for table in DASHBOARDS - ANALYSTS:
        assert ask(dashboards, f"SELECT count() FROM {table}").status_code == 200, table
        assert ask(analyst, f"SELECT count() FROM {table}").headers["X-ClickHouse-Exception-Code"] == "497", table
    assert ask(dashboards, "SELECT count() FROM audit_verdicts").headers["X-ClickHouse-Exception-Code"] == "497"


def test_no_reader_sees_a_column_that_names_a_person(demonstration: Any) -> None:
    for table in DASHBOARDS:
        columns = {row["name"] for row in demonstration.client.rows(f"DESCRIBE TABLE {table}")}
        assert columns & {"event_id", "user_hash", "api_key_hash", "conversation_hash", "text_hash", "content_hash", "excerpt"} == set(), table


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"output_format_json_quote_64bit_integers": "0"}, None),
        ({"max_execution_time": "99999"}, None),
        ({"readonly": "0"}, None),  # ignored: ours is in force
        ({"format_schema": "/etc/hostname:x"}, "164"),
        ({"allow_ddl": "1"}, "164"),
        ({"max_execution_time": "never"}, "27"),
        ({"database": "system"}, "497"),
        ({"default_format": "Template"}, "497"),
    ],
)
def test_settings_are_admitted_one_by_one(analyst: httpx.Client, settings: dict[str, str], code: str | None) -> None:
    answer = ask(analyst, "SELECT 1", **settings)
    assert answer.headers.get("X-ClickHouse-Exception-Code") == code, answer.text


def test_a_statement_that_reads_or_lasts_too_much_is_stopped(analyst: httpx.Client) -> None:
    assert ask(analyst, "SELECT count() FROM numbers(1000000000000)").headers["X-ClickHouse-Exception-Code"] == "158"
    slow = ask(analyst, "SELECT sum(cityHash64(number, x)) FROM numbers(5000000) ARRAY JOIN range(1000) AS x", max_execution_time="0.2")
    assert slow.headers["X-ClickHouse-Exception-Code"] in ("159", "241")
    hungry = ask(analyst, "SELECT length(groupArray(repeat('x', 1000))) FROM numbers(5000000)")
    assert hungry.headers["X-ClickHouse-Exception-Code"] == "241"
    many = ask(analyst, "SELECT number FROM numbers(3000000)")
    assert many.headers["X-ClickHouse-Exception-Code"] == "396"
    assert ask(analyst, "SELECT 1").text == "1\n"


def test_bound_parameters_arrive_as_they_were_sent(analyst: httpx.Client) -> None:
    for value, sent in (("it's", "it's"), ("a\\b", "a\\\\b"), ("a\tb", "a\\tb"), ("'; DROP TABLE events --", "'; DROP TABLE events --")):
        assert ask(analyst, "SELECT {x:String} FORMAT TSVRaw", param_x=sent).text == f"{value}\n"


def test_clickhouse_connect_works_as_against_a_server(demonstration: Any) -> None:
    token = (demonstration.process_settings.data_dir / "store" / "token.analyst").read_text().strip()
    address = httpx.URL(demonstration.settings.url)
    opened = clickhouse_connect.get_client(host=address.host, port=address.port, username="ann", password=token, database="plumbline")
    rows = opened.query("SELECT day, people FROM analyst_signals_day WHERE people >= {least:UInt8} ORDER BY day", parameters={"least": 5})
    assert rows.column_names == ("day", "people") and rows.row_count > 0
    assert opened.query_df("SELECT category, events FROM analyst_signals_day").shape[1] == 2
    assert opened.query_arrow("SELECT 1 AS x").num_rows == 1
    assert "analyst_runs" in opened.command("SHOW TABLES")
    opened.close()


def test_a_compressed_statement_in_the_body_and_get_work_too(analyst: httpx.Client) -> None:
    packed = analyst.post("/", content=gzip.compress(b"SELECT 1 AS x FORMAT JSON"), headers={"Content-Encoding": "gzip"})
    assert json.loads(packed.text)["data"] == [{"x": 1}]
    assert analyst.get("/", params={"query": "SELECT 2"}).text == "2\n"
    assert analyst.get("/", params={"query": "SELECT count() FROM events"}).status_code == 403


def test_a_wrong_token_is_nobody(demonstration: Any) -> None:
    answer = httpx.post(demonstration.settings.url, content="SELECT 1", headers={"X-ClickHouse-User": "analyst", "X-ClickHouse-Key": "wrong"})
    assert answer.headers["X-ClickHouse-Exception-Code"] == "516"


def test_each_row_that_analysts_see_is_made_of_five_people_or_more(demonstration: Any) -> None:
    """By plain Python over the verdicts: rows are one partition of the tags, so no sum or difference of them is about fewer."""
    ends = demonstration.client.rows("SELECT max(valid_to) AS end FROM runs WHERE run_id = 'retag-1'")[0]["end"]
    over = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    groups: dict[tuple, tuple[set, set]] = defaultdict(lambda: (set(), set()))
    for tag in demonstration.client.rows("SELECT * FROM verdicts FINAL"):
        day, retagged = tag["occurred_at"].date(), tag["run_id"] == "retag-1"
        if tag["occurred_at"] < over and day != ends.date() and retagged == (tag["occurred_at"] < ends):
            events, people = groups[day, tag["category"], tag["outcome"], tag["revision"], tag["organization_id"]]
            events.add(tag["event_key"])
            people.add((tag["user_hash"], 0 if tag["user_hash"] else tag["api_key_hash"]))
    wanted: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    for (*key, organization), (events, people) in groups.items():
        named = {each for each in people if each != (0, 0)}
        cell = wanted[*key, organization if len(named) >= 5 else "(others)"]
        cell[0] += len(events)
        cell[1] += len(named)
    expected = {(*key, *((number + 2) // 5 * 5 for number in cell)) for key, cell in wanted.items() if cell[1] >= 5}
    rows = demonstration.client.rows("SELECT * FROM analyst_signals_day WHERE day != {day:Date}", {"day": str(ends.date())})
    assert {tuple(row.values()) for row in rows} == expected
    assert expected and all(row["people"] >= 5 for row in rows)
    assert sum(cell[1] for cell in wanted.values()) > sum(row["people"] for row in rows), "nothing was suppressed"


def test_a_day_that_is_not_over_for_a_day_is_not_shown(demonstration: Any) -> None:
    for view in ("analyst_signals_day", "analyst_volumes_day"):
        newest = demonstration.client.rows(f"SELECT max(day) AS day FROM {view}")[0]["day"]
        assert newest <= (datetime.now(UTC) - timedelta(days=2)).date(), view


# As clickhouse-go asks, and Grafana's data source with it: Native of its revision, which has block information and a mark per column.
GO = {"default_format": "Native", "client_protocol_version": "54460"}


def test_native_for_clickhouse_go_has_block_information_and_marks(analyst: httpx.Client) -> None:
    hello = ask(analyst, "SELECT 1 AS check, 'x' AS s", **GO)
    assert hello.content == b"\x01\x00\x02\xff\xff\xff\xff\x00" + b"\x02\x01" + b"\x05check\x05UInt8\x00\x01" + b"\x01s\x06String\x00\x01x"
    assert ask(analyst, "SELECT 1 AS check", default_format="Native").content == b"\x01\x01\x05check\x05UInt8\x01"


@pytest.mark.parametrize(
    "expression",
    [
        "number", "toString(number)", "repeat('x', 300)", "toFloat32(number)", "now()", "toDate(number)", "toDateTime64(number, 3, 'UTC')",
        "generateUUIDv4()", "toNullable(number)", "if(number = 1, NULL, toString(number))", "toLowCardinality(toString(number % 3))", "NULL",
        "toLowCardinality(if(number = 1, NULL, 'x'))", "range(number)", "arrayMap(x -> toString(x), range(number % 4))",
        "arrayMap(x -> toLowCardinality(toString(x)), range(number % 3))", "emptyArrayString()", "[range(number), [number]]",
        "map('a', number, 'b', 2)", "map(toLowCardinality('a'), [number])", "(number, 'x', [number])",
        "CAST((number, 'a b'), 'Tuple(a UInt64, `b (c)` String)')", "CAST('a', 'Enum8(\\'a\\' = 1, \\'b, (c)\\' = 2)')", "toFixedString('abc', 5)",
        "toDecimal64(1.5, 3)", "CAST(1.5, 'Decimal(30, 2)')", "true", "toInt128(number)", "toUInt256(number)", "INTERVAL 1 DAY",
        "toIPv4('127.0.0.1')", "toIPv6('::1')", "[toNullable(number), NULL]", "[NULL]", "tuple()",
    ],
)  # fmt: skip
def test_marks_stand_where_columns_begin_for_every_type(analyst: httpx.Client, expression: str) -> None:
    """With a column behind it whose beginning depends on the length of the one in front: taken out again, the marks leave what the engine wrote."""
    sql = f"SELECT {expression} AS v, 'end' AS z FROM numbers(70)"
    plain, marked = ask(analyst, sql, default_format="Native"), ask(analyst, sql, **GO)
    assert plain.status_code == marked.status_code == 200, marked.text
    assert len(marked.content) == len(plain.content) + 8 + 2
    assert marked.content.endswith(b"\x01z\x06String\x00" + b"\x03end" * 70)
    length = 4 + 1 + plain.content[4]  # columns, rows, the name, and the type with its length
    assert marked.content[8 : 8 + length + 1] == plain.content[:length] + b"\x00"


def test_many_blocks_and_no_block_for_clickhouse_go(analyst: httpx.Client) -> None:
    sql = "SELECT number, toString(number) FROM numbers(200000)"
    plain, marked = ask(analyst, sql, default_format="Native"), ask(analyst, sql, **GO)
    blocks, left = divmod(len(marked.content) - len(plain.content), 10)
    assert blocks > 1 and left == 0
    assert ask(analyst, "SELECT day FROM analyst_signals_day WHERE day = '1999-01-01'", **GO).content == b""
    refused = ask(analyst, "SELECT uniqExactState(number) FROM numbers(3)", **GO)
    assert refused.headers["X-ClickHouse-Exception-Code"] == "48"


def test_the_doctor_proves_that_readers_may_only_read(demonstration: Any) -> None:
    from streams.doctor.readers import check_readers
    from streams.settings import GrafanaSettings, Settings

    on_store = Settings(data_dir=demonstration.process_settings.data_dir)
    assert [finding.state for finding in check_readers(on_store)] == ["ok"]
    [nobody] = check_readers(demonstration.process_settings)
    assert nobody.state == "warn" and "db grants" in nobody.command
    all_powerful = GrafanaSettings(clickhouse_username="grafana", clickhouse_password=demonstration.settings.password)
    [found] = check_readers(demonstration.process_settings.model_copy(update={"grafana": all_powerful}))
    assert found.state == "fail" and "drop tables" in found.message and "read the server's files" in found.message
