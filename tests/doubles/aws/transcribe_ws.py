"""Transcribe's WebSocket: a TLS server that proves the presigned address and takes AudioEvents."""

import asyncio
import contextlib
import json
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Handshake
from websockets.http11 import Response

from app.session.clock import utc_now
from tests.doubles.aws import codec
from tests.doubles.aws.account import Refusal
from tests.doubles.aws.hearing import Ears
from tests.doubles.aws.log import Ending
from tests.doubles.aws.script import AbortBeforeHeaders, Fin, GoAway, Hang, HttpError, Rst
from tests.doubles.aws.sigv4 import SignatureError, Signed, verify_query
from tests.doubles.aws.transcribe import Session

if TYPE_CHECKING:
    from tests.doubles.aws.server import AwsDouble

PATH = "/stream-transcription-websocket"
OPERATION = "StartStreamTranscriptionWebSocket"


class TranscribeWebSocket:
    """The server as a part of the double. `ears` is shared with other parts at will."""

    def __init__(self, ears: Ears | None = None) -> None:
        self.ears = ears or Ears()
        self._double: AwsDouble | None = None
        self._server: Server | None = None
        self._sessions: dict[ServerConnection, Session] = {}

    async def start(self, double: "AwsDouble") -> None:
        """Listen, and say where."""
        self._double = double
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            ssl=double.certificates.server_context(),
            process_request=self._handshake,
            compression=None,
            open_timeout=None,
            close_timeout=1,
        )
        port = self._server.sockets[0].getsockname()[1]
        double.transcribe_ws_url = f"wss://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Break every session off."""
        for connection, session in list(self._sessions.items()):
            connection.transport.abort()
            await session.aclose()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        await self.ears.aclose()

    async def _handshake(self, connection: ServerConnection, handshake: Handshake) -> Response | None:
        assert self._double is not None
        path, _, query = handshake.path.partition("?")
        if path != PATH:
            return _refusal(404, "UnknownOperationException", "no such operation")
        asked = {name: value for name, value in parse_qsl(query) if not name.startswith("X-Amz-")}
        headers = {name.lower(): value for name, value in handshake.headers.raw_items()}
        session = Session(OPERATION, asked, headers)
        self._sessions[connection] = session
        signed = Signed("GET", path, query, tuple(handshake.headers.raw_items()))
        try:
            account = self._double.account
            verified = verify_query(
                signed, account.credentials, service="transcribe", regions=account.regions, now=utc_now()
            )
            session.region = verified.region
            self._double.requests.add(session)
            session.script = self._double.scripts.take(session)
            account.allow(f"transcribe:{OPERATION}")
        except SignatureError as error:
            self._double.requests.add(session)
            session.note_end(Ending.REFUSED, error.kind)
            return _refusal(403, error.kind, error.message)
        except Refusal as refusal:
            session.note_end(Ending.REFUSED, refusal.kind)
            return _refusal(refusal.status, refusal.kind, refusal.message)
        return await self._early_fault(connection, session)

    async def _early_fault(self, connection: ServerConnection, session: Session) -> Response | None:
        fault = session.script.fault
        if isinstance(fault, AbortBeforeHeaders):
            session.note_end(Ending.CUT, "AbortBeforeHeaders")
            _reset(connection)
        elif isinstance(fault, Hang):
            await connection.wait_closed()
            session.gone()
        elif session.script.headers_ms:
            await asyncio.sleep(session.script.headers_ms / 1000)
        if isinstance(fault, HttpError):
            session.note_end(Ending.REFUSED, fault.kind)
            return _refusal(fault.status, fault.kind, fault.message)
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        assert self._double is not None
        session = self._sessions[connection]
        wire = _Wire(connection)
        session.begin(wire, self.ears, self._double.failures)
        try:
            session.check(self.ears)
        except Refusal as refusal:
            # A WebSocket is open before its parameters are looked at.
            session.fail(refusal.kind, refusal.message)
        try:
            async for frame in connection:
                message = codec.decode(frame if isinstance(frame, bytes) else frame.encode())
                if message.text(":event-type") != "AudioEvent":
                    session.fail("BadRequestException", "The event type is not AudioEvent.")
                session.take(message.payload)
        except codec.CodecError as error:
            session.fail("BadRequestException", str(error))
        except ConnectionClosed:
            pass
        finally:
            session.gone()
            await session.aclose()
            await wire.aclose()
            self._sessions.pop(connection, None)


class _Wire:
    """A session's side of one connection. Sends in order and without waiting."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[bytes | int | None] = asyncio.Queue()
        self._task = asyncio.get_running_loop().create_task(self._send())

    def send(self, data: bytes) -> None:
        """Send one message."""
        self._queue.put_nowait(data)

    def finish(self) -> None:
        """Close with 1000 once all is sent."""
        self._queue.put_nowait(1000)

    def cut(self, fault: Fin | Rst | GoAway) -> None:
        """Close as if all were said, with "going away", or rudely, once all is sent."""
        codes = {Fin: 1000, GoAway: 1001}
        self._queue.put_nowait(codes.get(type(fault)))

    async def aclose(self) -> None:
        """Send no more."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _send(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while isinstance(item := await self._queue.get(), bytes):
                await self._connection.send(item)
            if item is None:
                _reset(self._connection)
            else:
                await self._connection.close(item)


def _reset(connection: ServerConnection) -> None:
    raw: socket.socket | None = connection.transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()


def _refusal(status: int, kind: str, message: str) -> Response:
    body = json.dumps({"Message": message}).encode()
    headers = Headers(
        {"x-amzn-errortype": kind, "Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    return Response(status, HTTPStatus(status).phrase, headers, body)
