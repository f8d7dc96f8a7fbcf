"""The store's HTTP interface, spoken to as any ClickHouse client would."""

import base64
import gzip
import json
import socket
import stat
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import lz4.frame
import pyarrow as pa
import pytest
import zstandard

from streams.clickhouse.client import ClickHouse
from streams.endpoint import find
from streams.errors import EXIT_CONFIGURATION, ConfigurationError, MissingPart, Retry, Stop
from streams.settings import Settings
from streams.store.endpoint import clickhouse_settings

pytestmark = pytest.mark.integration

RUN_STORE = Path(__file__).with_name("run_store.py")


@pytest.fixture(scope="module")
def http(store):
    """An HTTP client of the store with its token."""
    token = store.settings.password.get_secret_value()
    with httpx.Client(
        base_url=store.settings.url, headers={"Authorization": f"Bearer {token}"}, timeout=30, params={"database": store.settings.database}
    ) as client:
        client.post("/", content="CREATE TABLE IF NOT EXISTS t (a UInt64, b String) ENGINE = MergeTree ORDER BY a").raise_for_status()
        yield client


def ask(http, sql: str, **parameters: object) -> httpx.Response:
    return http.post("/", params=dict(http.params) | parameters, content=sql)


def test_ping_needs_no_token(http):
    answer = httpx.get(f"{http.base_url}/ping")
    assert (answer.status_code, answer.text) == (200, "Ok.\n")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic ???"}, {"X-ClickHouse-Key": "wrong"}])
def test_a_query_without_the_token_is_refused(http, headers):
    answer = httpx.post(http.base_url, content="SELECT 1", headers=headers)
    assert answer.status_code in (401, 403)
    assert answer.headers["X-ClickHouse-Exception-Code"] in ("194", "516")
    assert answer.text != "1\n"


def test_the_token_is_taken_in_each_way_that_clients_give_it(http, store):
    token = store.settings.password.get_secret_value()
    basic = base64.b64encode(f"anyone:{token}".encode()).decode()
    for headers in (
        {"Authorization": f"Basic {basic}"},
        {"X-ClickHouse-User": "default", "X-ClickHouse-Key": token},
        {"Authorization": f"Bearer {token}"},
    ):
        assert httpx.post(http.base_url, content="SELECT 1", headers=headers).text == "1\n"
    assert httpx.get(http.base_url, params={"query": "SELECT 1", "password": token}).text == "1\n"


def test_a_query_may_be_in_the_url_or_the_body_or_both(http):
    assert http.get("/", params={"query": "SELECT 1"}).text == "1\n"
    assert http.post("/", content="SELECT 2").text == "2\n"
    assert ask(http, " + 3", query="SELECT 1").text == "4\n"


def test_get_cannot_write(http):
    answer = http.get("/", params={"query": "INSERT INTO t SELECT 1, 'x'"})
    assert answer.headers["X-ClickHouse-Exception-Code"] == "164"


def test_the_format_is_the_statements_else_the_clients_else_tab_separated(http):
    assert ask(http, "SELECT 1 AS x FORMAT JSONEachRow").headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert json.loads(ask(http, "SELECT 1 AS x", default_format="JSONEachRow").text) == {"x": 1}
    assert ask(http, "SELECT 'FORMAT CSV' -- FORMAT JSON").headers["X-ClickHouse-Format"] == "TabSeparated"


@pytest.mark.parametrize("value", ["it's", "back\\slash", "new\nline\ttab", "{x}", "é日本", ""])
def test_bound_parameters_arrive_as_they_were_sent(store, value):
    assert store.client.rows("SELECT {x:String} AS x", {"x": value}) == [{"x": value}]


@pytest.mark.parametrize("text", ["it's", "back\\slash", "a\r\n--b\r\n", "é日本; SELECT 1"])
def test_parameters_too_long_for_a_url_arrive_as_they_were_sent(store, text):
    """The client sends those as a multipart form."""
    many = [f"{text}{number}" for number in range(2_000)]
    assert store.client.rows("SELECT {many:Array(String)} AS many", {"many": many}) == [{"many": many}]


def test_a_broken_form_is_an_error_and_a_file_in_it_is_refused(http):
    broken = http.post("/", content=b"--x\r\nnothing", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert (broken.status_code, broken.headers["X-ClickHouse-Exception-Code"]) == (400, "27")
    refused = http.post("/", files={"t": ("t.tsv", b"1\n"), "query": (None, "SELECT * FROM t")})
    assert refused.headers["X-ClickHouse-Exception-Code"] == "48"
    assert ask(http, "SELECT 1").text == "1\n"


def test_settings_in_the_url_hold_for_that_statement_only(http):
    sql = "SELECT getSetting('max_threads')"
    before = ask(http, sql).text
    assert ask(http, sql, max_threads=7).text == "7\n"
    assert ask(http, sql).text == before


def test_a_statement_stops_at_its_time_limit(http):
    answer = ask(http, "SELECT count() FROM numbers(1000000000000)", max_execution_time=1)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (408, "159")


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELEC 1", 400, "62"),
        ("SELECT * FROM nowhere", 404, "60"),
        ("SELECT no_such_function(1)", 404, "46"),
        ("SELECT 1; SELECT 2", 400, "62"),
        ("", 400, "62"),
        ("SELECT throwIf(1)", 500, "395"),
        ("SELECT 1 INTO OUTFILE '/tmp/never'", 500, "344"),
        ("INSERT INTO t FROM INFILE '/etc/hostname' FORMAT CSV", 500, "344"),
        ('INSERT INTO t FORMAT JSONEachRow\n{"a": "no number"}', 400, "27"),
    ],
)
def test_errors_have_clickhouses_shape(http, sql, status, code):
    answer = ask(http, sql)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert http.post("/", content="SELECT 1").text == "1\n"


def test_an_unknown_database_or_setting_is_an_error(http):
    assert ask(http, "SELECT 1", database="nowhere").status_code == 404
    assert ask(http, "SELECT 1", no_such_setting=1).status_code == 404


ENCODINGS = {
    "gzip": gzip.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": lambda plain: plain,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("chunked", [False, True])
def test_insert_bodies_may_be_compressed_and_chunked(http, encoding, chunked):
    ask(http, "TRUNCATE TABLE t")
    rows = "".join(json.dumps({"a": number, "b": "x" * 50}) + "\n" for number in range(50_000)).encode()
    packed = ENCODINGS[encoding](rows)
    body = (packed[at : at + 7001] for at in range(0, len(packed), 7001)) if chunked else packed
    parameters = dict(http.params) | {"query": "INSERT INTO t FORMAT JSONEachRow", "async_insert": 0, "deduplicate_insert": "disable"}
    answer = http.post("/", params=parameters, content=body, headers={"Content-Encoding": encoding})
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "50000"
    assert ask(http, "SELECT count(), sum(a) FROM t").text == "50000\t1249975000\n"


def test_a_body_that_is_not_what_it_says_inserts_nothing_and_harms_nobody(http):
    ask(http, "TRUNCATE TABLE t")
    for encoding, body in (
        ("gzip", b"no gzip"),
        ("zstd", b"no zstd"),
        ("lz4", b"no lz4"),
        ("br", b"?"),
        ("gzip", gzip.compress(b'{"a":1}\n' * 100)[:-9]),
    ):
        answer = http.post(
            "/",
            params=dict(http.params) | {"query": "INSERT INTO t FORMAT JSONEachRow"},
            content=body,
            headers={"Content-Encoding": encoding},
        )
        assert answer.status_code == 400, encoding
    assert ask(http, "SELECT count() FROM t").text == "0\n"


def test_a_write_that_fails_is_reported(http):
    """chDB's own insert stream says nothing here, and the rows are gone."""
    ask(
        http,
        "CREATE OR REPLACE TABLE strict (d UInt16, x UInt8, CONSTRAINT small CHECK x < 5) ENGINE = MergeTree PARTITION BY d ORDER BY x",
    )
    ask(http, "CREATE OR REPLACE TABLE fed (x UInt8) ENGINE = MergeTree ORDER BY x")
    ask(http, "CREATE MATERIALIZED VIEW IF NOT EXISTS feed TO fed AS SELECT throwIf(x = 4) AS x FROM strict")
    many_days = "".join(f"{day},1\n" for day in range(120))
    for data, code in (("1,9\n", "469"), (many_days, "252"), ("1,4\n", "395"), ("1,1,1\n", "117")):
        answer = ask(http, f"INSERT INTO strict SETTINGS async_insert = 0 FORMAT CSV\n{data}")
        assert answer.headers.get("X-ClickHouse-Exception-Code") == code
    assert ask(http, "INSERT INTO strict FORMAT CSV\n1,1\n").status_code == 200


def test_a_body_larger_than_what_is_kept_in_memory_lands_whole(http):
    rows = 1_000_000
    data = b"".join(b'{"a":%d,"b":"%s"}\n' % (number, b"x" * 60) for number in range(rows))
    assert len(data) > 64 << 20
    ask(http, "TRUNCATE TABLE t")
    answer = http.post("/", params=dict(http.params) | {"query": "INSERT INTO t FORMAT JSONEachRow"}, content=data)
    assert answer.status_code == 200, answer.text
    assert ask(http, "SELECT count(), sum(a) FROM t").text == f"{rows}\t{rows * (rows - 1) // 2}\n"


def test_an_upload_that_breaks_off_inserts_nothing(http, store):
    ask(http, "TRUNCATE TABLE t")
    address = urlsplit(store.settings.url)
    query = urlencode({"query": "INSERT INTO t FORMAT JSONEachRow", "database": store.settings.database})
    head = f"POST /?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: {http.headers['Authorization']}\r\nContent-Length: 1000000\r\n\r\n"
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode() + b'{"a":1}\n' * 1000)
    time.sleep(0.3)
    assert ask(http, "SELECT count() FROM t").text == "0\n"


def test_what_a_client_names_its_query_comes_back_only_if_it_is_a_name(http):
    for given, kept in (("named-1:a", True), ("a\r\nX-Injected: 1", False), ("é", False), ("x" * 200, False)):
        answer = http.get("/", params={"query": "SELECT 1", "query_id": given})
        assert (answer.text, answer.headers["X-ClickHouse-Query-Id"] == given) == ("1\n", kept)
        assert "X-Injected" not in answer.headers


@pytest.mark.parametrize(
    ("head", "status"),
    [(b"GET http://[ HTTP/1.1\r\n\r\n", b"400"), (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
     (b"GET /?client_protocol_version=" + b"1" * 5_000 + b" HTTP/1.1\r\n\r\n", b"401")],
)  # fmt: skip
def test_a_request_that_is_none_is_answered(http, head, status):
    with socket.create_connection((http.base_url.host, http.base_url.port), timeout=10) as connection:
        connection.sendall(head)
        assert connection.recv(12) == b"HTTP/1.1 " + status


def test_requests_on_one_connection_keep_in_step_after_a_refusal(http, store):
    address = urlsplit(store.settings.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nSELECT 1")
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 401") and b"Connection: close" in answer
        assert connection.recv(65536) == b""


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"\r\n" * 9])
def test_junk_on_the_port_harms_nobody(http, store, junk):
    address = urlsplit(store.settings.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(junk)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)
    assert ask(http, "SELECT 1").text == "1\n"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_answers_are_compressed_as_the_client_asks(http, encoding):
    unpack = {
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
        "lz4": lz4.frame.decompress,
        "zstd": lambda packed: zstandard.ZstdDecompressor().decompress(packed),
    }
    request = http.build_request(
        "POST",
        "/",
        params=dict(http.params) | {"enable_http_compression": 1},
        content="SELECT number FROM numbers(10000)",
        headers={"Accept-Encoding": encoding},
    )
    answer = http.send(request, stream=True)
    assert answer.headers["Content-Encoding"] == encoding
    assert unpack[encoding](b"".join(answer.iter_raw())).count(b"\n") == 10_000


def test_statements_run_side_by_side(http):
    began = time.monotonic()
    threads = [threading.Thread(target=ask, args=(http, "SELECT sleep(1)")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 3.8


def test_a_query_over_the_memory_limit_is_told_to_come_again_and_the_store_lives(store):
    with pytest.raises(Retry):
        store.client.rows("SELECT groupArray(number) FROM numbers(1000000000)")
    assert store.client.rows("SELECT 1 AS x") == [{"x": 1}]


def test_a_grouping_larger_than_memory_spills_to_disk(new_store):
    running = new_store(PLUMBLINE_STORE__MAX_MEMORY_MB="300")
    with ClickHouse.connect(running.settings("default")) as client:
        rows = client.rows("SELECT count() AS n FROM (SELECT number AS k, count() FROM numbers(20000000) GROUP BY k)")
    assert rows == [{"n": 20_000_000}]


def test_the_token_file_is_its_owners_only(store_process):
    mode = (store_process.data_dir / "store" / "token").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_wrong_token_is_a_configuration_error(store):
    from pydantic import SecretStr

    with pytest.raises(ConfigurationError):
        ClickHouse.connect(store.settings.model_copy(update={"password": SecretStr("wrong")}))


def test_a_missing_table_names_the_next_command_and_a_bad_statement_is_not_repeated(store):
    with pytest.raises(ConfigurationError, match="plumbline db migrate"):
        store.client.rows("SELECT * FROM nowhere")
    with pytest.raises(Stop):
        store.client.rows("SELEC")


def test_a_second_store_on_the_folder_says_who_has_it(store_process):
    ended = subprocess.run([sys.executable, RUN_STORE, store_process.data_dir], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == EXIT_CONFIGURATION
    assert f"process {store_process.process.pid} holds its lock" in ended.stderr


def test_rows_survive_a_kill_and_a_clean_stop_and_both_are_quick(new_store):
    running = new_store()
    table = pa.table({"a": pa.array(range(20_000), pa.uint64())})
    with ClickHouse.connect(running.settings("default")) as client:
        client.command("CREATE DATABASE d", use_database=False)
        client.command("CREATE TABLE d.t (a UInt64) ENGINE = MergeTree ORDER BY a")
    for ending in (running.kill, running.stop):
        with ClickHouse.connect(running.settings("d")) as client:
            before = client.rows("SELECT count() AS n FROM t")[0]["n"]
            client.insert("t", table)
        began = time.monotonic()
        ending()
        assert time.monotonic() - began < 10
        assert find(running.data_dir, "store") is None
        running.start()
        with ClickHouse.connect(running.settings("d")) as client:
            assert client.rows("SELECT count() AS n FROM t")[0]["n"] == before + 20_000
    assert running.stop() == 0


def test_a_stop_does_not_wait_for_a_long_statement(new_store):
    running = new_store()
    settings = running.settings("default")
    query = {"query": "SELECT count() FROM numbers(1000000000000)", "password": settings.password.get_secret_value()}

    def ask_for_long() -> None:
        with pytest.raises(httpx.HTTPError):
            httpx.get(settings.url, params=query, timeout=30)

    thread = threading.Thread(target=ask_for_long)
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began < 12
    thread.join(5)


def test_a_store_ends_with_its_parent(tmp_path: Path):
    code = "import subprocess, sys; child = subprocess.Popen([sys.executable, *sys.argv[1:]]); print(child.pid, flush=True); child.wait()"
    parent = subprocess.Popen([sys.executable, "-c", code, RUN_STORE, tmp_path], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    while find(tmp_path, "store") is None:
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(MissingPart, match="plumbline store"):
        clickhouse_settings(Settings(data_dir=tmp_path))


def test_arrow_inserts_are_fast(store):
    store.client.command("CREATE TABLE IF NOT EXISTS fast (a UInt64, b String, c LowCardinality(String)) ENGINE = MergeTree ORDER BY a")
    count = 20_000
    table = pa.table(
        {
            "a": pa.array(range(count), pa.uint64()),
            "b": [f"row {number}" for number in range(count)],
            "c": pa.array(["x"] * count).dictionary_encode(),
        }
    )
    began = time.monotonic()
    for _ in range(20):
        store.client.insert("fast", table)
    assert 20 * count / (time.monotonic() - began) > 20_000
