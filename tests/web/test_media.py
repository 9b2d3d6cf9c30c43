"""The media socket over real WebSockets."""

import base64
import json
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from app.web import media
from tests.web.house import SID, STREAM, House, within, ws_headers

CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}


def start(token: str = "good", sid: str = SID) -> dict[str, Any]:  # noqa: S107 - a token for tests
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": STREAM,
        "start": {
            "accountSid": "AC" + "0" * 32,
            "streamSid": STREAM,
            "callSid": sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": token, "call_id": "call-1", "epoch": "0"},
        },
    }


def sound(mulaw: bytes, at: int, sid: str = STREAM) -> dict[str, Any]:
    payload = base64.b64encode(mulaw).decode()
    body = {"track": "inbound", "chunk": "1", "timestamp": str(at), "payload": payload}
    return {"event": "media", "sequenceNumber": "2", "streamSid": sid, "media": body}


def key(digit: str) -> dict[str, Any]:
    body = {"track": "inbound_track", "digit": digit}
    return {"event": "dtmf", "sequenceNumber": "3", "streamSid": STREAM, "dtmf": body}


def mark(name: str) -> dict[str, Any]:
    return {"event": "mark", "sequenceNumber": "4", "streamSid": STREAM, "mark": {"name": name}}


STOP = {"event": "stop", "sequenceNumber": "9", "streamSid": STREAM, "stop": {"callSid": SID}}


async def say(socket: ClientConnection, *messages: Any) -> None:
    for message in messages:
        await socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))


async def sync(socket: ClientConnection, name: str = "sync") -> None:
    """Wait until the call took everything said so far: the fake call answers a mark by a mark."""
    await say(socket, mark(name))
    while json.loads(await socket.recv()).get("mark", {}).get("name") != f"echo:{name}":
        pass


async def joined(house: House, socket: ClientConnection) -> Any:
    house.desk.tokens["good"] = SID
    await say(socket, CONNECTED, start())
    await house.desk.connected.wait()
    return house.desk.calls[-1]


async def closed(socket: ClientConnection) -> int:
    await socket.wait_closed()
    assert socket.close_code is not None
    return socket.close_code


def line(house: House, **more: Any) -> Any:
    return connect(house.ws_url, additional_headers=ws_headers(), compression=None, proxy=None, **more)


def test_the_call_gets_voice_keys_marks_and_the_end_in_order() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            await say(socket, sound(b"\xff" * 160, 0), key("5"), sound(b"", 60), sound(b"a" * 7, 1000))
            await say(socket, mark("m1"), STOP)
            assert await closed(socket) == 1000
            assert call.heard == [
                ("audio", b"\xff" * 160, 0),
                ("digit", "5"),
                ("audio", b"", 60),
                ("audio", b"a" * 7, 1000),
                ("mark", "m1"),
                ("stopped",),
            ]

    within(scenario)


def test_the_line_gets_exactly_the_three_objects_in_order() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            carrier = (await joined(house, socket)).carrier
            carrier.send_audio(b"\x00\x01")
            carrier.send_mark("p1.0")
            assert json.loads(await socket.recv()) == {
                "event": "media",
                "streamSid": STREAM,
                "media": {"payload": base64.b64encode(b"\x00\x01").decode()},
            }
            expected = {"event": "mark", "streamSid": STREAM, "mark": {"name": "p1.0"}}
            assert json.loads(await socket.recv()) == expected
            carrier.clear()
            assert json.loads(await socket.recv()) == {"event": "clear", "streamSid": STREAM}

    within(scenario)


def test_a_hang_up_of_ours_closes_the_socket_after_all_was_sent() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            call.carrier.send_mark("last")
            await call.carrier.hang_up()
            assert json.loads(await socket.recv())["mark"] == {"name": "last"}
            assert await closed(socket) == 1000

    within(scenario)


def test_a_dropped_socket_is_a_loss_and_not_an_end() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            socket.transport.abort()
            await call.ended.wait()
            assert call.heard == [("lost",)]

    within(scenario)


def test_a_call_that_breaks_closes_its_socket_so_that_it_can_be_resumed() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            call.error = RuntimeError("broken on purpose")
            call.ended.set()
            assert await closed(socket) == 1000

    within(scenario)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": "bm9ib2R5"},
        ws_headers("https://calls.example.com/voice/stream"),
        ws_headers("wss://other.example.com/voice/stream"),
    ],
)
def test_nobody_opens_a_socket_without_twilios_signature(headers: dict[str, str]) -> None:
    async def scenario(house: House) -> None:
        with pytest.raises(websockets.InvalidStatus) as refusal:
            await connect(house.ws_url, additional_headers=headers, proxy=None)
        assert refusal.value.response.status_code == 403
        assert house.count('sockets_refused_total{why="signature"}') == 1

    within(scenario)


def test_without_a_token_configured_no_signature_opens_the_socket() -> None:
    async def scenario(house: House) -> None:
        with pytest.raises(websockets.InvalidStatus):
            await connect(house.ws_url, additional_headers=ws_headers(), proxy=None)

    within(scenario, auth_token="")


def test_in_development_this_machine_opens_an_unsigned_socket_but_a_foreign_page_does_not() -> None:
    async def scenario(house: House) -> None:
        async with connect(house.ws_url, proxy=None) as socket:
            await joined(house, socket)
        with pytest.raises(websockets.InvalidStatus):
            await connect(house.ws_url, origin="https://evil.example", proxy=None)
        with pytest.raises(websockets.InvalidStatus):
            await connect(house.ws_url, additional_headers={"X-Forwarded-For": "1.2.3.4"}, proxy=None)

    within(scenario, dev=True)


def test_other_sockets_are_refused() -> None:
    async def scenario(house: House) -> None:
        with pytest.raises(websockets.InvalidStatus) as refusal:
            await connect(
                house.ws_url.replace("stream", "other"), additional_headers=ws_headers(), proxy=None
            )
        assert refusal.value.response.status_code == 403

    within(scenario)


@pytest.mark.parametrize("message", [start("bad"), start("good", sid="CA" + "9" * 32), start("")])
def test_a_token_that_is_not_this_calls_opens_nothing(message: dict[str, Any]) -> None:
    async def scenario(house: House) -> None:
        house.desk.tokens["good"] = SID
        async with line(house) as socket:
            await say(socket, CONNECTED, message)
            assert await closed(socket) == 1008
        assert house.desk.calls == []

    within(scenario)


def test_a_second_socket_for_a_live_call_is_refused_and_the_first_goes_on() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as first, line(house) as second:
            call = await joined(house, first)
            await say(second, CONNECTED, start())
            assert await closed(second) == 1008
            await say(first, key("1"))
            await sync(first)
            assert ("digit", "1") in call.heard

    within(scenario)


def test_a_socket_that_never_starts_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media.MediaSocket.__init__, "__kwdefaults__", {"start_within_s": 0.01})

    async def scenario(house: House) -> None:
        async with line(house) as socket:
            await say(socket, CONNECTED)
            assert await closed(socket) == 1008

    within(scenario)


def test_garbage_before_the_start_is_borne_for_a_while_and_then_ends_the_socket() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            await say(socket, *(["{"] * 97), b"\x00")
            call = await joined(house, socket)
            await sync(socket)
            assert call.heard == [("mark", "sync")]
        async with line(house) as socket:
            await say(socket, *(["[]"] * media.BROKEN_BEFORE_START))
            assert await closed(socket) == 1008

    within(scenario)


def test_a_socket_that_goes_away_before_its_start_leaves_nothing_behind() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            await say(socket, CONNECTED)
        async with line(house) as socket:
            await joined(house, socket)

    within(scenario)


def test_garbage_during_a_call_is_counted_and_survived() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            await say(socket, "{", b"\x00\xff", '{"event":"news"}', json.dumps(key("x")), "{" * 5000)
            await say(socket, sound(b"1", 5, sid="MZother"), start(), CONNECTED, "y" * 70_000)
            await sync(socket)
            assert call.heard == [("mark", "sync")]
            assert house.count('messages_dropped_total{why="broken"}') == 5
            assert house.count('messages_dropped_total{why="unknown"}') == 1
            assert house.count('messages_dropped_total{why="foreign"}') == 2
            await say(socket, STOP, STOP)
            await closed(socket)
            assert call.heard[1:] == [("stopped",)]

    within(scenario)


def test_more_messages_a_second_than_a_line_has_are_dropped_and_counted() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            await say(socket, *[sound(b"s", at) for at in range(media.MESSAGES_PER_S - 1)])
            await sync(socket)
            await say(socket, *[sound(b"t", at) for at in range(20)], key("1"))
            # The pong comes once the server has parsed all of this, the last perhaps not yet taken.
            await (await socket.ping())
            assert len(call.heard) == media.MESSAGES_PER_S
            house.clock.ms = 1000
            await say(socket, sound(b"u", 1000))
            await sync(socket, "again")
            assert call.heard[media.MESSAGES_PER_S :][-2:] == [("audio", b"u", 1000), ("mark", "again")]
            assert house.count('messages_dropped_total{why="rate"}') >= 20

    within(scenario)


def test_more_keys_a_second_than_fingers_press_are_dropped_and_counted() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            await say(socket, *([key("7")] * (media.KEYS_PER_S + 5)))
            await sync(socket)
            assert call.heard.count(("digit", "7")) == media.KEYS_PER_S
            assert house.count('messages_dropped_total{why="keys"}') == 5

    within(scenario)


def test_a_signed_socket_may_carry_a_trailing_slash() -> None:
    async def scenario(house: House) -> None:
        for path in ("/voice/stream", "/voice/stream/"):
            headers = ws_headers(f"wss://calls.example.com{path}")
            async with connect(house.ws_url, additional_headers=headers, proxy=None) as socket:
                await joined(house, socket)
        headers = ws_headers("wss://calls.example.com:443/voice/stream")
        with pytest.raises(websockets.InvalidStatus):
            # The official validator adds :80 to wss; Twilio signs the URL of the TwiML, which has no port.
            await connect(house.ws_url, additional_headers=headers, proxy=None)

    within(scenario)


def test_a_transfer_tells_twilio_where_to_say_how_it_went() -> None:
    assert media.outcome_url("https://x/", "7") == "https://x/voice/dialled?epoch=7"
    assert media.outcome_url("https://x", "7&a=b") == "https://x/voice/dialled?epoch=0"


def test_a_transfer_that_nobody_can_make_is_told_once_the_call_is_over() -> None:
    async def scenario(house: House) -> None:
        async with line(house) as socket:
            call = await joined(house, socket)
            assert not await call.carrier.transfer("+14155550100")
            await say(socket, STOP)
            assert await closed(socket) == 1000

    within(scenario)
