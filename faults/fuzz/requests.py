"""What comes to the store's port: requests in ClickHouse's HTTP interface, byte for byte, of a reader or of nobody. In process, without a socket."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from urllib.parse import quote_from_bytes

from faults.fuzz.cases import Broken, Case, must
from faults.fuzz.mutation import damaged_bytes
from faults.fuzz.statements import LIMITS, STATEMENTS, TOKEN, filled, settings, tells_no_secret
from streams.store.front import SIDE_BY_SIDE, Front, Request
from streams.store.gate import Gate
from streams.store.readers import Reader, Readers

INJECTED = b"x-injected"
NAMES = (
    "query_id",
    "database",
    "default_format",
    "session_id",
    "client_protocol_version",
    "compress",
    "user",
    "password",
    "enable_http_compression",
    "query",
)
ODD = (
    b"",
    b"1",
    b"Native",
    b"54460",
    b"1" * 5_000,
    "²".encode(),
    b"a\r\n" + INJECTED + b": 1",
    b"\xff\xfe",
    b"plumbline",
    b"system",
    b"\0",
    "é审".encode(),
)
LINES = (
    b"Content-Length: -5", b"Content-Length: 999999999999", b"Content-Encoding: gzip", b"Content-Encoding: zstd", b"Content-Encoding: x",
    b"Content-Type: multipart/form-data; boundary=x", b"Accept-Encoding: zstd, gzip;q=0", b"X-ClickHouse-Format: Native",
    b"X-ClickHouse-Database: \xe9", b"Authorization: Basic \xff", b"Authorization: Basic YTpi", b"Expect: 100-continue", b"Connection: close",
    b": x", b" folded",
)  # fmt: skip


class Connection:
    """A connection that says what it is given and keeps what it is told."""

    def __init__(self, said: bytes) -> None:
        self._said, self.told = said, b""

    def makefile(self, mode: str, *_: object) -> io.BytesIO:
        """The one side or the other."""
        return io.BytesIO(self._said) if "r" in mode else _Told(self)

    def settimeout(self, *_: object) -> None:
        pass

    def setsockopt(self, *_: object) -> None:
        pass


class _Told(io.BytesIO):
    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def flush(self) -> None:
        self._connection.told = self.getvalue()


@contextmanager
def requests() -> Iterator[Case]:
    """Each request has an answer in HTTP, with no header of the client's making, or ends with its connection; none breaks the handler."""
    with filled() as (engine, fragments):
        server = Front.__new__(Front)  # not bound to a port
        server.engine, server.token = engine, "s" * 32
        server.readers = Readers([Reader("analyst", TOKEN, "analyst", LIMITS)], "plumbline", engine)
        server.turns, server.gate = threading.BoundedSemaphore(SIDE_BY_SIDE), Gate(1)

        def case(chance: Random) -> str:
            said = _request(chance, fragments)
            connection = Connection(said)
            try:
                Request(connection, ("127.0.0.1", 1), server)
            except Exception as error:
                raise Broken(f"{type(error).__name__}: {error}", said) from error
            return _answer(connection.told, said)

        yield case


def _answer(told: bytes, said: bytes) -> str:
    tells_no_secret(told, said)
    if not told:
        return "no request"
    head = told.partition(b"\r\n\r\n")[0].split(b"\r\n")
    if head[0][:9] not in (b"HTTP/1.1 ", b"HTTP/1.0 "):
        return "no headers"  # of HTTP 0.9, which has none
    must(not any(line.lower().startswith(INJECTED) for line in head), "a client's own header comes back", (told[:500], said))
    return {b"2": "answered", b"1": "answered"}.get(head[0][9:10], "refused")


def _request(chance: Random, fragments: list[bytes]) -> bytes:
    body = chance.choice(STATEMENTS).encode()
    if chance.random() < 0.5:
        body = damaged_bytes(chance, body, fragments)
    pairs = {name.encode(): value.encode("utf-8", "surrogatepass") for name, value in settings(chance).items()}
    pairs |= {chance.choice(NAMES).encode(): chance.choice(ODD) for _ in range(chance.choice((0, 0, 1, 2)))}
    query = b"&".join(quote_from_bytes(name).encode() + b"=" + quote_from_bytes(value).encode() for name, value in pairs.items())
    token = TOKEN.encode() if chance.random() < 0.9 else chance.choice((b"wrong", "é".encode(), b""))
    method, path = chance.choice((b"POST", b"POST", b"GET", b"HEAD", b"PUT")), chance.choice((b"/", b"/", b"/", b"/ping", b"http://[", b"/x"))
    lines = [method + b" " + path + (b"?" + query if query else b"") + b" HTTP/1.1", b"Host: 127.0.0.1", b"Authorization: Bearer " + token]
    lines += chance.sample(LINES, chance.choice((0, 0, 1, 2)))
    if chance.random() < 0.3:
        cut = chance.randrange(len(body) + 1)
        chunks = [each for each in (body[:cut], body[cut:]) if each]
        lines.append(b"Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks) + chance.choice(
            (b"0\r\n\r\n", b"0\r\n\r\n", b"-1\r\n", b"", b"zz\r\n")
        )
    else:
        lines.append(b"Content-Length: %d" % len(body))
    whole = b"\r\n".join(lines) + b"\r\n\r\n" + body
    return damaged_bytes(chance, whole) if chance.random() < 0.2 else whole
