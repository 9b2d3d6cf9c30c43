import asyncio
import base64
import random
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from app.web.sockets import DIRECT, MediaProtocol

TEXT, BINARY, CONT, CLOSE, PING = 1, 2, 0, 8, 9
MASK = b"\x11\x22\x33\x44"
HANDSHAKE = (
    b"GET /voice/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
)


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.closing = False
        self.reading = True

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True, mask: bytes = MASK) -> bytes:
    size = len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class Heard:
    """A socket that was accepted; what the application got, as bytes, None for binary."""

    def __init__(self) -> None:
        self.messages: list[bytes | None] = []
        self.ends: list[dict[str, Any]] = []
        self.go_direct = asyncio.Event()
        self.transport = FakeTransport()
        config = uvicorn.Config(
            self.app, interface="asgi3", ws=MediaProtocol, lifespan="off", log_config=None, ws_max_size=65_536
        )
        config.load()
        self.protocol = MediaProtocol(config, ServerState(), {})
        self.protocol.connection_made(self.transport)
        self.protocol.data_received(HANDSHAKE)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await self.go_direct.wait()
        scope["extensions"][DIRECT]["hand_to"](self.take)
        self.ends.append(await receive())

    def take(self, text: str | bytes | None) -> None:
        self.messages.append(text.encode() if isinstance(text, str) else text)


def hear(*pieces: bytes, first: bytes = b"", ends: bool = False) -> Heard:
    async def run() -> Heard:
        heard = Heard()
        await asyncio.sleep(0)
        if first:
            heard.protocol.data_received(first)
        heard.go_direct.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for piece in pieces:
            heard.protocol.data_received(piece)
        heard.protocol.connection_lost(None)
        for task in tuple(heard.protocol.tasks):
            await task
        return heard

    return asyncio.run(run())


SAID: list[bytes | None] = [b"a" * 5, b"b" * 300, b"whole of two", None, b"", b"z" * 125, b"last"]
STREAM = (
    frame(b"a" * 5)
    + frame(b"b" * 300)
    + frame(b"hello?", PING)
    + frame(b"whole ", final=False)
    + frame(b"of two", CONT)
    + frame(b"x", BINARY)
    + frame(b"")
    + frame(b"z" * 125)
    + frame(b"last")
)


@pytest.mark.parametrize("seed", range(20))
def test_a_message_is_whole_however_the_network_cuts_it(seed: int):
    chance = random.Random(seed)  # noqa: S311 - the same cuts each time
    cuts = sorted(chance.sample(range(1, len(STREAM)), chance.randint(1, 60)))
    pieces = [STREAM[a:b] for a, b in zip([0, *cuts], [*cuts, len(STREAM)], strict=True)]
    heard = hear(*pieces)
    assert heard.messages == SAID
    assert b"hello?" in heard.transport.sent  # the ping was answered


def test_a_message_arrives_byte_by_byte():
    assert hear(*(bytes([byte]) for byte in STREAM)).messages == SAID


def test_what_came_before_the_call_was_ready_comes_first_and_the_line_reads_on():
    heard = hear(frame(b"three"), first=frame(b"one") + frame(b"two"))
    assert heard.messages == [b"one", b"two", b"three"]
    assert heard.transport.reading


def test_the_end_is_told_even_when_it_came_before_the_call_was_ready():
    heard = hear(first=frame(b"one") + frame(b"\x03\xe8", CLOSE))
    assert heard.messages == [b"one"]
    assert heard.ends[0]["type"] == "websocket.disconnect"


def close_code(sent: bytes) -> int:
    at = sent.rindex(b"\x88")
    return int.from_bytes(sent[at + 2 : at + 4], "big")


def test_after_a_close_nothing_more_is_taken():
    heard = hear(frame(b"one") + frame(b"\x03\xe8", CLOSE) + frame(b"two"))
    assert heard.messages == [b"one"]
    assert heard.ends[0]["code"] == 1000


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (b"\x81\x01a", 1002),  # not masked
        (frame(b"a" * 70_000), 1009),  # larger than any message of Twilio's
        (b"\xc1\x81" + MASK + b"a", 1002),  # compressed, which was not agreed upon
    ],
)
def test_a_frame_that_breaks_the_protocol_closes_the_socket(wrong: bytes, code: int):
    heard = hear(frame(b"one") + wrong)
    assert heard.messages == [b"one"]
    assert close_code(bytes(heard.transport.sent)) == code
    assert heard.ends[0]["type"] == "websocket.disconnect"
    assert heard.transport.closing


def test_an_application_that_asks_for_nothing_is_served_as_ever():
    async def run() -> list[str]:
        said: list[str] = []

        async def app(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            while (event := await receive())["type"] == "websocket.receive":
                said.append(event["text"])

        config = uvicorn.Config(app, ws=MediaProtocol, lifespan="off", log_config=None)
        config.load()
        protocol = MediaProtocol(config, ServerState(), {})
        protocol.connection_made(FakeTransport())
        protocol.data_received(HANDSHAKE)
        await asyncio.sleep(0)
        protocol.data_received(frame(b"one") + frame(b"two", final=False) + frame(b" more", CONT))
        protocol.connection_lost(None)
        for task in tuple(protocol.tasks):
            await task
        return said

    assert asyncio.run(run()) == ["one", "two more"]
