"""A WebSocket client reduced to what a load generator needs: text out, text in; knows nothing of calls.

Masks with a key of zeros, which RFC 6455 lets a server not object to and which costs nothing.
"""

import asyncio
import base64
import hashlib
import secrets
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SHORT, LONG = 126, 127
MAX_SHORT = 0xFFFF


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One final, masked frame."""
    size = len(payload)
    if size < SHORT:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size <= MAX_SHORT:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | SHORT, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | LONG, size)
    return head + b"\0\0\0\0" + payload


def read_frame(data: bytearray) -> tuple[int, bytes, int] | None:
    """The first frame's first byte and payload, and its whole length; None while it is not complete."""
    if len(data) < 2:  # noqa: PLR2004  # the two bytes every frame has
        return None
    size, offset = data[1] & 0x7F, 2
    if size == SHORT:
        offset = 4
    elif size == LONG:
        offset = 10
    if len(data) < offset:
        return None
    if offset > 2:  # noqa: PLR2004  # an extended length follows
        size = int.from_bytes(data[2:offset])
    if len(data) < offset + size:
        return None
    return data[0], bytes(data[offset : offset + size]), offset + size


class LoadSocket(asyncio.Protocol):
    """One connection. `opened` resolves with the handshake; `on_text` and `on_lost` are called afterwards."""

    def __init__(self, request: bytes, accept: bytes) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_text: Callable[[str], None] = _nothing
        self.on_lost: Callable[[], None] = _no_loss
        self._request = request
        self._accept = accept
        self._data = bytearray()
        self._message = bytearray()
        self._transport: asyncio.Transport | None = None
        self._is_open = False

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  # asyncio's own signature is wider
        """Send the handshake."""
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take bytes; hand over whole messages."""
        self._data += data
        if not self._is_open and not self._shake():
            return
        while (found := read_frame(self._data)) is not None:
            first, payload, length = found
            del self._data[:length]
            self._take(first & 0x0F, payload, is_final=bool(first & 0x80))

    def _shake(self) -> bool:
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._data[:end])
        del self._data[: end + 4]
        if head.startswith(b"HTTP/1.1 101") and self._accept in head:
            self._is_open = True
            self.opened.set_result(None)
        elif not self.opened.done():
            self.opened.set_exception(ConnectionError(head.partition(b"\r\n")[0].decode("latin-1")))
            self.close()
        return self._is_open

    def _take(self, opcode: int, payload: bytes, *, is_final: bool) -> None:
        if opcode == PING:
            self._write(frame(payload, PONG))
        elif opcode == CLOSE:
            self._write(frame(payload[:2], CLOSE))
            self.close()
        elif opcode != PONG:
            self._message += payload
            if is_final:
                text = self._message.decode()
                self._message.clear()
                self.on_text(text)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the owner."""
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed during the handshake"))
        self._is_open = False
        self.on_lost()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def send(self, text: bytes) -> None:
        """Send one text message. What is sent into a closed socket is lost."""
        if self._is_open:
            self._write(frame(text))

    def close(self) -> None:
        """Close after what is queued; harmless when closed."""
        if self._transport is not None:
            self._transport.close()


def _nothing(_: str) -> None:
    return


def _no_loss() -> None:
    return


async def open_socket(url: str, headers: dict[str, str]) -> LoadSocket:
    """Connect and shake hands. Raises OSError (ConnectionError) when the server will not."""
    target = urlsplit(url)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest())  # noqa: S324  # RFC 6455's choice
    lines = [f"GET {target.path} HTTP/1.1", f"Host: {target.netloc}", "Upgrade: websocket"]
    lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    _, socket = await asyncio.get_running_loop().create_connection(
        lambda: LoadSocket(request, accept), target.hostname or "", target.port or 80
    )
    await socket.opened
    return socket
