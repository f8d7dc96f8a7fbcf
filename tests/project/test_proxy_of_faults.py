"""The proxy that the campaign puts before a store: what passes, passes whole; what is cut, is cut where the fault says."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import pytest

from faults.proxy import Proxy
from faults.statements import LATE_ANSWER, NEVER, cut_after, cut_within, late, no_memory

INSERT = "/?query=INSERT+INTO+t+FORMAT+Arrow"
BROKEN = (http.client.HTTPException, OSError)


class Store(ThreadingHTTPServer):
    """Keeps what it was asked, and answers with the length of the body."""

    daemon_threads = True
    asked: list[tuple[str, bytes]]


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) == size:
            self.server.asked.append((self.path, body))
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%d\r\n0\r\n\r\n" % (len(str(size)), size))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(("127.0.0.1", 0), Answers) as server:
        server.asked, server.handle_error = [], lambda *_: None
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def proxy(store: Store) -> Iterator[Proxy]:
    with Proxy(f"http://127.0.0.1:{store.server_port}", seed=1) as made:
        yield made


def ask(proxy: Proxy, body: bytes, path: str = INSERT, *, patience_s: float = 5) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", int(proxy.url.rsplit(":", 1)[1]), timeout=patience_s)
    try:
        connection.request("POST", path, body)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_without_a_fault_every_byte_passes_both_ways(store: Store, proxy: Proxy) -> None:
    body = bytes(range(256)) * 1_000
    assert ask(proxy, body) == b"256000"
    assert (store.asked, proxy.met.total()) == ([(INSERT, body)], 0)


def test_what_is_cut_after_its_statement_has_reached_the_store(store: Store, proxy: Proxy) -> None:
    proxy.put_in(cut_after(Random(1)))
    for _ in range(8):
        with pytest.raises(BROKEN):
            ask(proxy, b"rows")
    for _ in range(100):
        if len(store.asked) < 8:
            threading.Event().wait(0.02)
    assert store.asked == [(INSERT, b"rows")] * 8
    assert proxy.met == {"inserts": 8}


def test_what_is_cut_within_its_statement_never_arrives_whole(store: Store, proxy: Proxy) -> None:
    proxy.put_in(cut_within(Random(1)))
    for path in (INSERT, "/?query=SELECT+1"):
        with pytest.raises(BROKEN):
            ask(proxy, b"rows" * 10_000, path)
    assert store.asked == []
    assert proxy.met == {"inserts": 1, "others": 1}


def test_a_late_answer_is_one_of_a_statement_that_was_done_and_a_lost_one_was_not(store: Store, proxy: Proxy) -> None:
    for kind, done in ((LATE_ANSWER, 1), (NEVER, 1)):
        proxy.put_in(late(0.2, [kind])(Random(1)))
        with pytest.raises(TimeoutError):
            ask(proxy, b"rows", patience_s=0.2)
        assert len(store.asked) == done


def test_a_statement_without_memory_keeps_its_text_and_its_rows(store: Store, proxy: Proxy) -> None:
    proxy.put_in(no_memory(Random(1)))
    ask(proxy, b"rows")
    assert store.asked == [("/?max_memory_usage=20000&max_untracked_memory=1&" + INSERT[2:], b"rows")]


def test_a_share_of_statements_meets_a_fault_and_the_others_do_not(proxy: Proxy) -> None:
    proxy.put_in(cut_within(Random(1)), share=0.5)
    answered = 0
    for _ in range(40):
        try:
            answered += ask(proxy, b"rows") == b"4"
        except BROKEN:
            continue
    assert 5 < answered < 35
    assert answered + proxy.met["inserts"] == 40
