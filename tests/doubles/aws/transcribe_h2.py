"""Transcribe's HTTP/2: a TLS server on `h2` that proves the opening signature and every chunk's after it."""

import asyncio
import contextlib
import json
import socket
import struct
from datetime import datetime
from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from tests.doubles.aws import codec
from tests.doubles.aws.account import Refusal
from tests.doubles.aws.hearing import Ears
from tests.doubles.aws.log import Ending
from tests.doubles.aws.script import AbortBeforeHeaders, Fin, GoAway, Hang, HttpError, Rst
from tests.doubles.aws.sigv4 import EMPTY_SHA256, SignatureError, Signed, Verified, chunk_signature
from tests.doubles.aws.transcribe import Session

if TYPE_CHECKING:
    from tests.doubles.aws.server import AwsDouble

PATH = "/stream-transcription"
OPERATION = "StartStreamTranscription"
_PARAMETER = "x-amzn-transcribe-"
_STAMP = "%Y%m%dT%H%M%SZ"


class TranscribeHttp2:
    """The server as a part of the double. `ears` is shared with other parts at will."""

    def __init__(self, ears: Ears | None = None) -> None:
        self.ears = ears or Ears()
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, double: "AwsDouble") -> None:
        """Listen, and say where. The name is the certificate's: the CRT matches no bare addresses."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self, double),
            "127.0.0.1",
            0,
            ssl=double.certificates.server_context("h2"),
        )
        port = self._server.sockets[0].getsockname()[1]
        double.transcribe_h2_url = f"https://localhost:{port}"

    async def stop(self) -> None:
        """Break every session off."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            await connection.aclose()
        await self.ears.aclose()


class _Connection(asyncio.Protocol):
    """One connection, and the one stream that AWS allows on it."""

    def __init__(self, part: TranscribeHttp2, double: "AwsDouble") -> None:
        self._part = part
        self._double = double
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._transport: asyncio.Transport | None = None
        self._decoder = codec.Decoder()
        self._session: Session | None = None
        self._opening: asyncio.Task[None] | None = None
        self._stream_id = 0
        self._verified: Verified | None = None
        self._signature = ""
        self._unsent = bytearray()
        self._is_ended = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._part.connections.add(self)
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        self._part.connections.discard(self)
        if self._opening is not None:
            self._opening.cancel()
        if self._session is not None:
            self._session.gone()

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._h2.receive_data(data):
                self._take(event)
        except ProtocolError:
            self.abort()
        except codec.CodecError as error:
            if self._session is not None:
                self._session.fail("BadRequestException", str(error))
        self._send_more()

    def _take(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self._opening = asyncio.get_running_loop().create_task(self._open(event))
                self._opening.add_done_callback(self._look_at)
            case DataReceived():
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
                for message in self._decoder.feed(event.data or b""):
                    self._take_chunk(message)
            case StreamReset() | ConnectionTerminated():
                self.abort()
            case StreamEnded() if self._session is not None and not self._session.is_ending:
                self._session.gone()

    async def _open(self, event: RequestReceived) -> None:
        headers = [(str(name), str(value)) for name, value in event.headers or ()]
        named = dict(headers)
        asked = {k.removeprefix(_PARAMETER): v for k, v in headers if k.startswith(_PARAMETER)}
        signed_headers = [(k, v) for k, v in headers if not k.startswith(":")]
        if not named.get("host"):
            signed_headers.append(("host", named.get(":authority", "")))
        path, _, query = named[":path"].partition("?")
        session = Session(OPERATION, asked, named)
        if self._stream_id:
            session.note_end(Ending.REFUSED, "LimitExceededException")
            self._refuse(event.stream_id or 0, 429, "LimitExceededException", "one stream per connection")
            return
        self._session, self._stream_id = session, event.stream_id or 0
        try:
            self._verify(Signed(named[":method"], path, query, tuple(signed_headers)), session)
            await self._early_fault(session)
            self._double.account.allow(f"transcribe:{OPERATION}")
            session.check(self._part.ears)
        except SignatureError as error:
            session.note_end(Ending.REFUSED, error.kind)
            self._refuse(self._stream_id, 403, error.kind, error.message)
        except Refusal as refusal:
            session.note_end(Ending.REFUSED, refusal.kind)
            self._refuse(self._stream_id, refusal.status, refusal.kind, refusal.message)
        else:
            self._accept(session, named[":path"] == PATH)

    def _verify(self, signed: Signed, session: Session) -> None:
        self._double.requests.add(session)
        self._verified = self._double.verify(signed, "transcribe", payload_hash=EMPTY_SHA256)
        self._signature = self._verified.signature
        session.region = self._verified.region
        session.script = self._double.scripts.take(session)

    async def _early_fault(self, session: Session) -> None:
        fault = session.script.fault
        if isinstance(fault, AbortBeforeHeaders):
            session.note_end(Ending.CUT, "AbortBeforeHeaders")
            self.abort()
        if isinstance(fault, Hang | AbortBeforeHeaders):
            await asyncio.get_running_loop().create_future()
        if session.script.headers_ms:
            await asyncio.sleep(session.script.headers_ms / 1000)
        if isinstance(fault, HttpError):
            raise Refusal(fault.status, fault.kind, fault.message)

    def _accept(self, session: Session, known: bool) -> None:
        if not known:
            self._refuse(self._stream_id, 404, "UnknownOperationException", "no such operation")
            return
        answer = [
            (":status", "200"),
            ("content-type", "application/vnd.amazon.eventstream"),
            ("x-amzn-transcribe-session-id", "double"),
            *((f"{_PARAMETER}{name}", str(value)) for name, value in session.body.items()),
        ]
        self._h2.send_headers(self._stream_id, answer)
        self._flush()
        session.begin(self, self._part.ears, self._double.failures)

    def _take_chunk(self, message: codec.Message) -> None:
        if self._session is None or self._verified is None:
            return
        date = message.headers.get(":date")
        told = message.headers.get(":chunk-signature")
        if not isinstance(date, datetime) or not isinstance(told, bytes):
            self._session.fail("BadRequestException", "A chunk is not signed.")
            return
        headers = codec.encode_headers({":date": date})
        self._signature = chunk_signature(
            self._signature, self._verified, date.strftime(_STAMP), headers, message.payload
        )
        if told.hex() != self._signature:
            self._session.fail("BadRequestException", "The chunk's signature does not match.")
            return
        self._session.chunks_proven += 1
        if not message.payload:
            self._session.take(b"")
            return
        inner = codec.decode(message.payload)
        if inner.text(":event-type") != "AudioEvent":
            self._session.fail("BadRequestException", "The event type is not AudioEvent.")
        elif inner.payload:
            self._session.take(inner.payload)

    # What a session does to its wire.

    def send(self, data: bytes) -> None:
        """Send one message, as the client's window allows."""
        self._unsent += data
        self._send_more()

    def finish(self) -> None:
        """End the stream once all is sent."""
        self._is_ended = True
        self._send_more()

    def cut(self, fault: Fin | Rst | GoAway) -> None:
        """Close the connection, reset the stream, or announce the connection's end and close it."""
        if isinstance(fault, Rst):
            self._h2.reset_stream(self._stream_id, ErrorCodes.INTERNAL_ERROR)
        elif isinstance(fault, GoAway):
            self._h2.close_connection(ErrorCodes.INTERNAL_ERROR)
        self._flush()
        if not isinstance(fault, Rst) and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Reset the connection at once."""
        if self._transport is None:
            return
        raw: socket.socket | None = self._transport.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def aclose(self) -> None:
        """Break off, and return once no work is left."""
        self.abort()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        if self._session is not None:
            self._session.gone()
            await self._session.aclose()

    def _refuse(self, stream_id: int, status: int, kind: str, message: str) -> None:
        body = json.dumps({"Message": message}).encode()
        headers = [(":status", str(status)), ("x-amzn-errortype", kind), ("content-length", str(len(body)))]
        self._h2.send_headers(stream_id, headers)
        self._h2.send_data(stream_id, body, end_stream=True)
        self._flush()

    def _send_more(self) -> None:
        with contextlib.suppress(ProtocolError):  # the client ended the stream
            while self._unsent and self._session is not None:
                room = min(
                    self._h2.local_flow_control_window(self._stream_id), self._h2.max_outbound_frame_size
                )
                if room <= 0:
                    break
                self._h2.send_data(self._stream_id, bytes(self._unsent[:room]))
                del self._unsent[:room]
            if self._is_ended and not self._unsent:
                self._is_ended = False
                self._h2.end_stream(self._stream_id)
        self._flush()

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())

    def _look_at(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._double.failures.append(error)
            self.abort()
