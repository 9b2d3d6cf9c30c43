"""Twilio's end of one media WebSocket, strict about what comes in; decides nothing about the call."""

import uuid
from collections.abc import Mapping

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidHandshake

from app.simulator.line import FRAME_BYTES, FRAME_MS
from app.simulator.phone import Phone
from app.simulator.signature import HEADER, sign
from app.simulator.wire import (
    BROKEN_PIPE,
    INVALID_MESSAGE,
    SERVER_CLOSED,
    ClearAudio,
    InvalidMessageError,
    PlayAudio,
    SetMark,
    StreamWriter,
    read_command,
)

MAX_MESSAGE = 16 * 2**20
CONNECT_S = 5.0


class HandshakeError(Exception):
    """The server did not open the WebSocket; the text says what it answered."""


class MediaStream:
    """A connected stream, on which the phone speaks and hears. Make it with `open_stream`."""

    def __init__(self, socket: ClientConnection, writer: StreamWriter, phone: Phone) -> None:
        self._socket = socket
        self._writer = writer
        self._phone = phone
        self._sent_ms = 0
        self._is_dropped = False

    @property
    def sid(self) -> str:
        """The stream's own id, `MZ...`."""
        return self._writer.stream_sid

    async def _send(self, text: str) -> None:
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            # The receiving side tells why; what is sent into a closed socket is lost, as on a line.
            return

    async def send_frame(self, mulaw: bytes) -> None:
        """Send 20 ms of the caller's audio."""
        timestamp, self._sent_ms = self._sent_ms, self._sent_ms + FRAME_MS * len(mulaw) // FRAME_BYTES
        await self._send(self._writer.media(mulaw, timestamp))

    async def send_key(self, digit: str) -> None:
        """Send one key."""
        await self._send(self._writer.dtmf(digit))

    async def send_marks(self, names: list[str]) -> None:
        """Send marks back, in order."""
        for name in names:
            await self._send(self._writer.mark(name))

    def drop(self) -> None:
        """Break the socket off without a close frame."""
        self._is_dropped = True
        self._socket.transport.abort()

    async def run(self) -> None:
        """Take the server's messages until the socket closes; note a close while the call is live."""
        try:
            async for raw in self._socket:
                await self._take(raw)
            self._closed_by_server("with code 1000", clean=True)
        except ConnectionClosedError as error:
            code = error.rcvd.code if error.rcvd else None
            self._closed_by_server(f"with code {code}" if code else "without a close frame", clean=bool(code))

    def _closed_by_server(self, how: str, *, clean: bool) -> None:
        if self._is_dropped or self._phone.is_over:
            return
        code = SERVER_CLOSED if clean else BROKEN_PIPE
        self._phone.violated(code, f"the server closed the media socket {how} while the call was live")

    async def _take(self, raw: str | bytes) -> None:
        try:
            command = read_command(raw, self.sid)
        except InvalidMessageError as error:
            self._phone.violated(INVALID_MESSAGE, str(error))
            return
        match command:
            case PlayAudio(mulaw):
                self._phone.hear(mulaw)
            case SetMark(name):
                await self.send_marks(self._phone.set_mark(name))
            case ClearAudio():
                await self.send_marks(self._phone.clear())

    async def stop(self) -> None:
        """End the stream as Twilio does: `stop`, then the close handshake."""
        self._is_dropped = True
        await self._send(self._writer.stop())
        await self._socket.close()


async def open_stream(
    phone: Phone,
    *,
    account_sid: str,
    auth_token: str,
    signed_url: str,
    url: str,
    parameters: Mapping[str, str],
) -> MediaStream:
    """Open the WebSocket at `url`, signed for `signed_url`, and start the stream. Raises HandshakeError."""
    try:
        socket = await connect(
            url,
            additional_headers={HEADER.lower(): sign(auth_token, signed_url)},
            user_agent_header="TwilioMediaStreams/1.0",
            compression=None,
            proxy=None,
            open_timeout=CONNECT_S,
            close_timeout=1,
            ping_interval=None,
            max_size=MAX_MESSAGE,
        )
    except (InvalidHandshake, OSError, TimeoutError) as error:
        raise HandshakeError(f"{url}: {str(error) or type(error).__name__}") from error
    writer = StreamWriter(account_sid, phone.report.call_sid, f"MZ{uuid.uuid4().hex}")
    stream = MediaStream(socket, writer, phone)
    try:
        await socket.send(writer.connected())
        await socket.send(writer.start(parameters))
    except ConnectionClosed as error:
        raise HandshakeError(f"{url}: the server closed the socket at once ({error})") from error
    return stream
