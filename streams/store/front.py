"""ClickHouse's HTTP interface on the embedded engine: statement in URL or body, data after it, errors in ClickHouse's own shape."""

import json
import re
import socket
import threading
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import structlog

from streams.store.access import given_secret, matches
from streams.store.bodies import ENCODERS, BadBody, Body, BodyTooLarge, Plain, accepted_encoding
from streams.store.engine import Answer, Engine, EngineError, Scope
from streams.store.forms import form_fields
from streams.store.gate import Gate
from streams.store.native import fitting
from streams.store.protocol import RESERVED, STATUSES, content_type
from streams.store.readers import Asked, Reader, Readers
from streams.store.statement import DEFAULT_FORMAT, Refused, Statement, scan

log = structlog.get_logger()

MAX_STATEMENT = 1 << 20
MAX_BODY = 4 << 30
SIDE_BY_SIDE = 24
WAIT_FOR_TURN_S = 20
IDLE_S = 300
QUERY_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)  # it goes back in a header


class Call(NamedTuple):
    """One request, taken apart."""

    query: Mapping[str, str]
    scope: Scope
    format: str
    query_id: str


class Front(ThreadingHTTPServer):
    """A thread per connection, at most SIDE_BY_SIDE statements at a time."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, engine: Engine, token: str, readers: Readers) -> None:
        self.engine, self.token, self.readers = engine, token, readers
        self.turns, self.gate = threading.BoundedSemaphore(SIDE_BY_SIDE), Gate(WAIT_FOR_TURN_S)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Request)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """A connection that breaks is its client's affair."""
        log.debug("store connection broke", client=str(client_address), exc_info=True)

    def drain(self, seconds: float) -> bool:
        """Let running statements end; False if some still run."""
        return all(self.turns.acquire(timeout=seconds / SIDE_BY_SIDE if taken else seconds) for taken in range(SIDE_BY_SIDE))


class Request(BaseHTTPRequestHandler):
    """One connection of a client; its requests one after the other."""

    server: Front
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S
    rbufsize = 1 << 17
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        self._answer(read_only=True)

    def do_POST(self) -> None:
        self._answer(read_only=False)

    def do_HEAD(self) -> None:
        self._send(HTTPStatus.OK, b"")

    def _answer(self, *, read_only: bool) -> None:
        try:
            url = urlsplit(self.path)
        except ValueError:
            self.close_connection = True
            return self._send(HTTPStatus.BAD_REQUEST, b"The request's address is none\n")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if url.path == "/ping" or (url.path == "/" and read_only and not query):
            return self._send(HTTPStatus.OK, b"Ok.\n")
        call = _call(query, self.headers, read_only)
        try:
            body = Body(self.rfile, self.headers)
        except BadBody as error:
            self.close_connection = True
            return self._fail(call, 62, "SYNTAX_ERROR", str(error))
        self._guarded(url.path, call, body)
        if not body.ended:
            self.close_connection = True
        return None

    def _guarded(self, path: str, call: Call, body: Body) -> None:
        """Run the call; whatever goes wrong becomes an answer in ClickHouse's shape."""
        try:
            if path != "/":
                return self._send(HTTPStatus.NOT_FOUND, b"There is no handle " + path.encode() + b"\n")
            answer, output = self._run(call, body, self._whose(call))
            if output == "Native":
                answer = answer._replace(body=fitting(answer.body, call.query.get("client_protocol_version", "")))
        except (Refused, EngineError) as error:
            return self._fail(call, error.code, error.name, error.message, closing=not body.ended)
        except BodyTooLarge as error:
            return self._fail(call, 307, "TOO_MANY_BYTES", str(error), closing=True)
        except BadBody as error:
            return self._fail(call, 27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", str(error), closing=True)
        return self._send_answer(call, answer, output)

    def _whose(self, call: Call) -> Reader | None:
        """The reader whose token the request brings; None for the store's own token.

        Raises:
            Refused: it brings neither.
        """
        given = given_secret(self.headers, call.query)
        if not given:
            raise Refused(194, "REQUIRED_PASSWORD", "Authentication failed: the store's token is required, as password or bearer token")
        reader = self.server.readers.with_token(given)
        if not matches(given, self.server.token) and reader is None:
            raise Refused(516, "AUTHENTICATION_FAILED", "Authentication failed: password is incorrect, or there is no user with such name.")
        return reader

    def _run(self, call: Call, body: Body, reader: Reader | None) -> tuple[Answer, str]:
        if {"compress", "decompress"} & {name for name, value in call.query.items() if value not in ("", "0")}:
            raise Refused(48, "NOT_IMPLEMENTED", "compress and decompress are not supported: use Content-Encoding and Accept-Encoding")
        plain = Plain(body, self.headers.get("Content-Encoding", ""), MAX_BODY)
        fields = form_fields(self.headers.get("Content-Type", ""), plain)
        if fields is not None:
            call = _call({**call.query, **fields}, self.headers, call.scope.read_only)
        head = _head(plain)
        text = call.query.get("query", "").encode()
        if reader:
            return self._in_turn(lambda: self.server.readers.answer(reader, Asked.of(text, head, call.scope, call.format)))
        statement, first = _statement(text, head)
        with self.server.gate.passing(statement.verb):
            return self._in_turn(lambda: self._own(call, statement, first, plain))

    def _own(self, call: Call, statement: Statement, first: bytes, plain: Plain) -> tuple[Answer, str]:
        """A statement with the store's own token."""
        if statement.data_format:
            return self.server.engine.insert(statement, call.scope, first, plain), DEFAULT_FORMAT
        output = statement.output_format or call.format
        return self.server.engine.query(statement.sql, output, call.scope), output

    def _in_turn(self, run: Callable[[], tuple[Answer, str]]) -> tuple[Answer, str]:
        if not self.server.turns.acquire(timeout=WAIT_FOR_TURN_S):
            raise Refused(202, "TOO_MANY_SIMULTANEOUS_QUERIES", f"Too many simultaneous queries. Maximum: {SIDE_BY_SIDE}")
        try:
            return run()
        finally:
            self.server.turns.release()

    def _send_answer(self, call: Call, answer: Answer, output: str) -> None:
        summary = {
            "read_rows": answer.read_rows,
            "read_bytes": answer.read_bytes,
            "written_rows": answer.written_rows,
            "written_bytes": answer.written_bytes,
            "result_bytes": len(answer.body),
            "elapsed_ns": answer.elapsed_ns,
        }
        headers = {
            "Content-Type": content_type(output),
            "X-ClickHouse-Format": output,
            "X-ClickHouse-Query-Id": call.query_id,
            "X-ClickHouse-Timezone": "UTC",
            "X-ClickHouse-Summary": json.dumps({name: str(value) for name, value in summary.items()}, separators=(",", ":")),
        }
        body, wanted = answer.body, accepted_encoding(self.headers.get("Accept-Encoding", ""))
        if wanted and len(body) > 1024 and call.query.get("enable_http_compression") == "1":
            body = ENCODERS[wanted](bytes(body))
            headers["Content-Encoding"] = wanted
        self._send(HTTPStatus.OK, body, headers)

    def _fail(self, call: Call, code: int, name: str, message: str, *, closing: bool = False) -> None:
        log.debug("statement failed", code=code, name=name, query_id=call.query_id)
        text = message if message.startswith("Code: ") else f"Code: {code}. DB::Exception: {message} ({name})"
        if "(version" not in text:
            text += f" (version {self.server.engine.version})"
        headers = {
            "X-ClickHouse-Exception-Code": str(code),
            "X-ClickHouse-Query-Id": call.query_id,
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if code == 194:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        if closing:
            headers["Connection"] = "close"
        self._send(STATUSES.get(code, HTTPStatus.INTERNAL_SERVER_ERROR), text.encode() + b"\n", headers)

    def _send(self, status: HTTPStatus, body: bytes | memoryview, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("X-ClickHouse-Server-Display-Name", "plumbline-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def version_string(self) -> str:
        return "plumbline-store"

    def log_message(self, format: str, *args: object) -> None:
        """The statements of clients may hold what nobody should log."""


def _call(query: Mapping[str, str], headers: Mapping[str, str], read_only: bool) -> Call:
    settings = {name: value for name, value in query.items() if name not in RESERVED}
    database = query.get("database") or headers.get("X-ClickHouse-Database", "")
    output = query.get("default_format") or headers.get("X-ClickHouse-Format", "")
    given = query.get("query_id", "")
    return Call(query, Scope(database, settings, read_only), output or DEFAULT_FORMAT, given if QUERY_ID.fullmatch(given) else str(uuid.uuid4()))


def _head(plain: Plain) -> bytes:
    """The first MAX_STATEMENT bytes or all of the body: enough to hold any statement."""
    pieces, size = [], 0
    while size < MAX_STATEMENT and (piece := plain.read(MAX_STATEMENT - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _statement(text: bytes, head: bytes) -> tuple[Statement, bytes]:
    """The statement in URL and body together (the body follows the URL's part), and the first bytes of its data."""
    if not text:
        statement = scan(head)
        return statement, head[statement.data_at :]
    statement = scan(text)
    if statement.data_format:
        return statement, text[statement.data_at :] + head
    if not head:
        return statement, b""
    both = text + b"\n" + head
    statement = scan(both)
    return statement, both[statement.data_at :]
