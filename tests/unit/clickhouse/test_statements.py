"""What the store sees in a statement, and how SQL files are split."""

import pytest

from streams.clickhouse.sources import statements
from streams.store.statement import Refused, scan


@pytest.mark.parametrize(
    ("text", "sql", "data_format", "data"),
    [
        (b"INSERT INTO t (a, b) FORMAT Native\n\x00\x01", "INSERT INTO t (a, b)", "Native", b"\x00\x01"),
        (b'insert into t format JSONEachRow {"a":1}', "insert into t", "JSONEachRow", b'{"a":1}'),
        (b"INSERT INTO t VALUES (1, 'FORMAT CSV')", "INSERT INTO t", "Values", b" (1, 'FORMAT CSV')"),
        (b"INSERT INTO t SETTINGS async_insert = 0 FORMAT CSV\r\n1,2", "INSERT INTO t", "CSV", b"1,2"),
        (
            b"/* FORMAT TSV */ INSERT INTO `FORMAT` (`VALUES`) FORMAT CSV\n1",
            "/* FORMAT TSV */ INSERT INTO `FORMAT` (`VALUES`)",
            "CSV",
            b"1",
        ),
        (b"INSERT INTO t FORMAT RowBinary\n\n\n", "INSERT INTO t", "RowBinary", b"\n\n"),
    ],
)
def test_the_data_of_an_insert_begins_after_its_format(text, sql, data_format, data):
    found = scan(text)
    assert (found.sql.strip(), found.data_format, text[found.data_at :]) == (sql, data_format, data)


@pytest.mark.parametrize(
    "text", [b"INSERT INTO t SELECT 1, 'FORMAT CSV'", b"INSERT INTO t WITH 1 AS x SELECT x", b"SELECT 'INSERT INTO t FORMAT CSV'"]
)
def test_a_statement_without_data_has_none(text):
    assert scan(text).data_format == ""


@pytest.mark.parametrize(
    ("text", "output"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1 FORMAT JSON;\n-- done", "JSON"),
        (b"SELECT 'x FORMAT JSON'", ""),
        (b"SELECT 1 -- FORMAT JSON", ""),
        (b"SELECT (SELECT 1 FORMAT JSON)", ""),
        (b"SELECT 1 AS `FORMAT JSON`", ""),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1", "JSON"),
    ],
)
def test_the_output_format_is_found_only_where_it_is_one(text, output):
    assert scan(text).output_format == output


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"  -- nothing",
        b"SELECT 1; DROP TABLE t",
        b"SELECT 1 INTO OUTFILE 'x'",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV",
        b"SELECT '\xff'",
    ],
)
def test_what_the_interface_does_not_take_is_refused(text):
    with pytest.raises(Refused):
        scan(text)


def test_a_semicolon_at_the_end_or_in_a_string_is_no_second_statement():
    assert scan(b"SELECT ';' ;\n").sql == "SELECT ';' "


def test_sql_files_split_at_lines_that_are_only_a_semicolon():
    text = "-- first; with a semicolon\nSELECT ';'\n  FROM {database}.t\n;\n-- only a remark\n;\nSELECT {x:String}\n;\n"
    assert statements(text, {"database": "d"}) == ["-- first; with a semicolon\nSELECT ';'\n  FROM d.t", "SELECT {x:String}"]
