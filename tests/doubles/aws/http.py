"""HTTP/1.1 as the double serves it: one request at a time on a connection, answers in chunks or whole.

Sees at once when the client goes, and can end a connection rudely; knows no service.
"""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias, cast
from uuid import uuid4

import httptools

from tests.doubles.aws.sigv4 import Signed

Handler: TypeAlias = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request and the answer being written to it."""

    def __init__(self, connection: "Connection", signed: Signed) -> None:
        self.signed = signed
        self.request_id = str(uuid4())
        self.on_gone: Callable[[], None] = lambda: None
        self.finished = False
        self.begun = False
        self._connection = connection
        self._chunked = False

    def begin(self, status: int, headers: Mapping[str, str], *, length: int | None = None) -> None:
        """Send the status; a body of this length or, without one, of chunks follows by `write`."""
        self._chunked = length is None
        framing = {"Content-Length": str(length)} if length is not None else {"Transfer-Encoding": "chunked"}
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        named = {"x-amzn-RequestId": self.request_id, **headers, **framing}
        lines += [f"{name}: {value}" for name, value in named.items()]
        self.begun = True
        self._connection.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def write(self, data: bytes) -> None:
        """Send one chunk, and wait while the client reads too slowly."""
        self._connection.write(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)
        await self._connection.drained()

    def finish(self) -> None:
        """End the answer; the connection waits for another request."""
        self.finished = True
        if self._chunked:
            self._connection.write(b"0\r\n\r\n")

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer."""
        self.begin(status, headers, length=len(body))
        self._connection.write(body)
        self.finish()

    def answer_json(self, value: Any, status: int = 200) -> None:
        """Send a whole answer in JSON."""
        self.answer(status, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def fin(self) -> None:
        """Close after what was written, without ending the answer."""
        self.finished = True
        self._connection.close()

    def rst(self) -> None:
        """Reset the connection at once."""
        self.finished = True
        self._connection.reset()


class Connection(asyncio.Protocol):
    """A client's connection: parses, hands each request to the handler, tells when the client went."""

    def __init__(
        self, handler: Handler, connections: set["Connection"], failures: list[BaseException]
    ) -> None:
        self._handler = handler
        self._connections = connections
        self._failures = failures
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection until it is lost."""
        # uvloop's transports are none by their class.
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Parse what came; what is no HTTP ends the connection."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the exchange under way, and end its work."""
        self._connections.discard(self)
        self._writable.set()
        exchange = self._exchange
        if exchange is not None and not exchange.finished:
            exchange.finished = True
            exchange.on_gone()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client caught up."""
        self._writable.set()

    async def drained(self) -> None:
        """Return once there is room to write."""
        await self._writable.wait()

    def write(self, data: bytes) -> None:
        """Queue bytes; to a client that is gone they are lost."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Close once everything queued is sent."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Drop what is queued and send RST."""
        if self._transport is None:
            return
        connection: socket.socket | None = self._transport.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def ended(self) -> None:
        """Return once the work for the last request is over, however it ended."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    # What httptools calls while it parses.

    def on_message_begin(self) -> None:
        """A request begins."""
        self._target, self._headers, self._body = b"", [], bytearray()

    def on_url(self, target: bytes) -> None:
        """The target comes, perhaps in parts."""
        self._target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
        if name.lower() == b"expect":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        """Part of the body."""
        self._body += data

    def on_message_complete(self) -> None:
        """The request is here in full: answer it."""
        path, _, query = self._target.decode("latin-1").partition("?")
        method = self._parser.get_method().decode()
        self._exchange = Exchange(self, Signed(method, path, query, tuple(self._headers), bytes(self._body)))
        self._task = asyncio.get_running_loop().create_task(self._serve(self._exchange))
        self._task.add_done_callback(self._look_at)

    async def _serve(self, exchange: Exchange) -> None:
        await self._handler(exchange)
        if not exchange.finished:
            raise RuntimeError("the double left a request without an answer")

    def _look_at(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures.append(error)
            self.reset()
