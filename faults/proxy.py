"""A proxy of our own on loopback, before a store: it passes on HTTP message by message, and does to a statement what a fault says."""

import asyncio
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from random import Random
from typing import Self
from urllib.parse import unquote_plus, urlsplit

LENGTH, CHUNKED = re.compile(rb"\r\ncontent-length: *(\d+)", re.I), re.compile(rb"\r\ntransfer-encoding: *chunked", re.I)
END_OF_HEAD, LONGEST_HEAD = b"\r\n\r\n", 1 << 20
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
GONE = (OSError, asyncio.IncompleteReadError)


async def message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message, head and body; b"" at the end of the connection."""
    try:
        head = await reader.readuntil(END_OF_HEAD)
    except asyncio.IncompleteReadError:
        return b""
    if length := LENGTH.search(head):
        return head + await reader.readexactly(int(length[1]))
    return head + await _chunks(reader) if CHUNKED.search(head) else head


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    pieces, size = [], 1
    while size:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        pieces += [line, await reader.readexactly(size + 2)]
    return b"".join(pieces)


class Exchange:
    """A statement on its way: what a fault can do to it."""

    def __init__(self, request: bytes, client: asyncio.StreamWriter, store: tuple[str, int]) -> None:
        self.request, self._client, self._store = request, client, store

    @property
    def inserts(self) -> bool:
        return "INSERT INTO" in unquote_plus(self.request[:4_000].decode("latin-1"))

    async def ask(self, request: bytes = b"") -> bytes:
        """The store's answer to the request, or to another one."""
        reader, writer = await asyncio.open_connection(*self._store, limit=LONGEST_HEAD)
        try:
            writer.write(request or self.request)
            await writer.drain()
            return await message(reader)
        finally:
            writer.close()

    async def send_part(self, size: int) -> None:
        """The store gets so many bytes of the request, then a reset."""
        _, writer = await asyncio.open_connection(*self._store)
        writer.write(self.request[:size])
        await writer.drain()
        await asyncio.sleep(0.05)  # it reads what is there before the reset takes it away
        reset(writer)

    async def tell(self, answer: bytes) -> None:
        """The client has its answer, if it still waits."""
        if not answer:
            return self.cut()
        self._client.write(answer)
        await self._client.drain()
        return None

    def cut(self, *, politely: bool = False) -> None:
        """The client's connection ends, by a reset or in order."""
        if politely:
            self._client.close()
        else:
            reset(self._client)


def reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]


async def passing(exchange: Exchange) -> None:
    """No fault."""
    await exchange.tell(await exchange.ask())


class Proxy:
    """Listens on a port of its own as long as it is entered. What it does at the moment is `fault`, to `share` of the statements."""

    def __init__(self, store: str, seed: int) -> None:
        address = urlsplit(store)
        self._store, self._chance = (address.hostname or "", address.port or 0), Random(seed)
        self.fault, self.share, self.met = passing, 0.0, Counter[str]()  # `met`: how many inserts and other statements met a fault
        self._loop, self._port, self._connections = asyncio.new_event_loop(), 0, set[asyncio.Task]()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def put_in(self, fault: Fault, share: float = 1.0) -> None:
        """From now on."""
        self.fault, self.share = fault, share

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve it to its end, also when the client is gone: the store is still at what it was sent."""
        task = self._loop.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await message(reader):
                await self._pass(Exchange(request, writer, self._store))
        except GONE:
            reset(writer)  # the client went, or the store did
        finally:
            writer.close()

    async def _pass(self, exchange: Exchange) -> None:
        if self._chance.random() >= self.share:
            return await passing(exchange)
        self.met["inserts" if exchange.inserts else "others"] += 1
        return await self.fault(exchange)

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._connected, "127.0.0.1", 0, limit=LONGEST_HEAD)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        asyncio.run_coroutine_threadsafe(_ended(self._connections), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


async def _ended(tasks: Iterable[asyncio.Task]) -> None:
    for task in (every := list(tasks)):
        task.cancel()
    await asyncio.gather(*every, return_exceptions=True)
