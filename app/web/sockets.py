"""Uvicorn's WebSocket with a shorter way for the frames of a call; knows frames, not what they say.

The ordinary way of a frame (parser, event, queue, a paused and resumed transport, a task's turn) costs more
than everything a call does with it. An application that has accepted a socket may ask for its text frames
directly: `scope["extensions"][DIRECT]["hand_to"](take)`.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled extension for this platform
    from websockets.utils import apply_mask

DIRECT: Final = "dialai.direct"

Take: TypeAlias = Callable[[str | bytes | None], None]
"""Takes a text message, in UTF-8 or decoded, or None for a binary one. Must not raise."""

_WHOLE_TEXT: Final = 0x81
_MASKED: Final = 0x80
_SHORT: Final = 126  # up to here the length is in the second byte; this very value: in the next two
_TWO_BYTE_LENGTH: Final = _MASKED | _SHORT


class MediaProtocol(WebSocketsSansIOProtocol):
    """Hands whole text frames straight to whom asked for them; all else goes uvicorn's way."""

    _take: Take | None = None
    _rest = b""
    _offered: dict[Any, Any] | None = None

    def handle_connect(self, event: Request) -> None:
        """Offer the short way to the application."""
        super().handle_connect(event)
        if not self.handshake_complete:  # else the handshake was refused
            self._offered = {"hand_to": self.hand_to}
            self.scope["extensions"][DIRECT] = self._offered

    def hand_to(self, take: Take) -> None:
        """Hand messages to `take` from now on, those that wait first; the end still comes by receive."""
        waiting: list[Any] = []
        while not self.queue.empty():
            event = self.queue.get_nowait()
            if event["type"] == "websocket.receive":
                take(event.get("text"))
            else:
                waiting.append(event)
        for event in waiting:
            self.queue.put_nowait(event)
        self._take = take
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the call, and of ourselves: what holds itself waits for the garbage collector."""
        super().connection_lost(exc)
        self._take = None
        if self._offered is not None:
            self._offered.clear()

    def data_received(self, data: bytes) -> None:
        """Take bytes of the socket, cut as they come."""
        if self._take is None or self.close_sent:
            super().data_received(data)
        else:
            self._cut(self._rest + data if self._rest else data, self._take)

    def _cut(self, data: bytes, take: Take) -> None:
        """Hand over the whole text frames at the front; whatever else begins there is the parser's."""
        at, size = 0, len(data)
        while size - at >= 2:  # noqa: PLR2004 - the two bytes that every frame has
            second = data[at + 1]
            if second == _TWO_BYTE_LENGTH and data[at] == _WHOLE_TEXT:
                begin = at + 8
                end = begin + (data[at + 2] << 8 | data[at + 3]) if size >= begin else size + 1
            elif _MASKED <= second < _TWO_BYTE_LENGTH:
                begin = at + 6
                end = begin + second - _MASKED
            else:  # unmasked, or longer than 64 KiB: the parser says what is to become of it
                self._give_back(data[at:])
                return
            if end > size:
                break
            if data[at] == _WHOLE_TEXT:
                take(apply_mask(data[begin:end], data[begin - 4 : begin]))
            else:
                super().data_received(data[at:end])
                if self.transport.is_closing():
                    return
            at = end
        self._rest = data[at:]

    def _give_back(self, data: bytes) -> None:
        """Go uvicorn's way for good."""
        self._take = None
        self._rest = b""
        super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        """Hand over a message that came in pieces like any other."""
        if self._take is None:
            super().send_receive_event_to_app()
            return
        pieces, self.frames = self.frames, []
        self._take(b"".join(pieces) if self.curr_msg_data_type == "text" else None)
