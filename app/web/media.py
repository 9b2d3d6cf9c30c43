"""The media socket: carries Twilio's messages to the call and the call's messages to Twilio; decides nothing.

A raw ASGI function, because every 20 ms frame of every call passes here. It never waits for anything
but the next message: a slow reader makes Twilio drop the caller's voice (warning 31930).
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

import structlog

from app.adapters.twilio import wire
from app.adapters.twilio.leg import TwilioLeg
from app.adapters.twilio.outbox import Outbox
from app.adapters.twilio.signature import Sender, SignatureCheck
from app.domain.call import Disposition
from app.session.admission import LiveCall
from app.web.doors import Doors
from app.web.passes import PROTOCOL, is_browsers, is_own_page, pass_in
from app.web.sockets import DIRECT

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

START_WITHIN_S: Final = 5.0
BROKEN_BEFORE_START: Final = 100
MESSAGES_PER_S: Final = 200
KEYS_PER_S: Final = 20

POLICY_VIOLATION: Final = 1008
NORMAL: Final = 1000
TRY_AGAIN: Final = 1011

_log = structlog.get_logger("dialai.media")


def sender_of(scope: Scope) -> Sender:
    """Return who is at the other end of this ASGI scope."""
    client = scope.get("client")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Sender(client[0] if client else "", headers)


def target_of(scope: Scope) -> str:
    """Return the path and query exactly as they came, still encoded."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


def outcome_url(public_url: str, epoch: str) -> str:
    """Return where Twilio tells how a transfer went that was ordered on the stream of this epoch."""
    number = epoch if epoch.isascii() and epoch.isdecimal() else "0"
    return f"{public_url.rstrip('/')}/voice/dialled?epoch={number}"


class MediaSocket:
    """The ASGI application of `/voice/stream`."""

    def __init__(
        self, doors: Doors, signatures: SignatureCheck, *, start_within_s: float = START_WITHIN_S
    ) -> None:
        self._doors = doors
        self._signatures = signatures
        self._start_within_s = start_within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket from its handshake to its end."""
        await receive()  # websocket.connect
        browsers_sid = await self._let_in(scope, send)
        if browsers_sid is None:
            return
        self._doors.counters.add("sockets_total")
        start = await self._await_start(receive)
        if start is None:
            await self._refuse(send, "start", "no usable `start` came in time")
            return
        body = start.start
        outbox = Outbox()
        leg = TwilioLeg(
            outbox,
            stream_sid=body.stream_sid,
            call_sid=body.call_sid,
            # Behind a browser there is no telephone network: the socket's end is the call's.
            control=None if browsers_sid else self._doors.control,
            language=self._doors.language,
            outcome_url=outcome_url(self._doors.public_url, body.custom_parameters.get("epoch", "")),
        )
        token = body.custom_parameters.get("token", "")
        is_admitted = token and (
            body.call_sid == browsers_sid or not (browsers_sid or is_browsers(body.call_sid))
        )
        call = await self._doors.desk.connect(token, body.call_sid, leg) if is_admitted else None
        if call is None:
            await self._refuse(send, "token", "its token is unknown, used, expired or another call's")
            return
        pump = Pump(call, body.stream_sid, self._doors)
        direct = scope.get("extensions", {}).get(DIRECT)
        if direct is not None:  # then only the socket's end comes by `receive`
            direct["hand_to"](pump.take)
        await _carry(pump, call, leg, outbox, receive, send)

    async def _let_in(self, scope: Scope, send: Send) -> str | None:
        """Accept the handshake; return the browser's call it is for, "" for a carrier, None when refused."""
        pass_ = pass_in(scope.get("subprotocols") or ())
        if pass_ is None:
            browsers_sid = ""
            if not self._signatures.accepts_handshake(target_of(scope), sender_of(scope)):
                # Before accept a close is HTTP 403.
                why = "its handshake is not signed by Twilio for the public URL"
                await self._refuse(send, "signature", why)
                return None
        else:
            browsers_sid = await self._browsers_call(scope, pass_)
            if not browsers_sid:
                await self._refuse(
                    send, "pass", "its pass is unknown, used or revoked, or its page is another site's"
                )
                return None
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if browsers_sid else None})
        return browsers_sid

    async def _browsers_call(self, scope: Scope, token: str) -> str:
        """Return the call that a softphone may join; the pass is used up whatever comes of it."""
        found = self._doors.passes.take(token, self._doors.clock.now())
        if found is None or not is_own_page(sender_of(scope).headers, self._doors.public_url):
            return ""
        return found.call_sid if await found.is_welcome() else ""

    async def _await_start(self, receive: Receive) -> wire.Start | None:
        """Return `start`, or None when the socket closed, talked garbage or let the time pass."""
        broken = 0
        try:
            async with asyncio.timeout(self._start_within_s):
                while broken < BROKEN_BEFORE_START:
                    event = await receive()
                    if event["type"] == "websocket.disconnect":
                        return None
                    heard = wire.read(event.get("text") or "")
                    if isinstance(heard, wire.Start):
                        return heard
                    # Nothing but `connected` belongs here, so a flood of anything else ends it as well.
                    broken += 1
                    if not isinstance(heard, wire.Connected):
                        self._doors.counters.add('messages_dropped_total{why="before_start"}')
        except TimeoutError:
            return None
        return None

    async def _refuse(self, send: Send, why: str, line: str) -> None:
        refused = self._doors.counters.add(f'sockets_refused_total{{why="{why}"}}')
        if refused & (refused - 1) == 0:  # the 1st, 2nd, 4th, 8th ...: a flood must not fill the log
            _log.warning("socket refused", why=line, so_far=refused)
        await _close(send, POLICY_VIOLATION)


class Pump:
    """Hands one socket's messages to its call, within the limits."""

    __slots__ = ("_call", "_clock", "_count", "_keys", "_messages", "_second", "_stream_sid", "is_stopped")

    def __init__(self, call: LiveCall, stream_sid: str, doors: Doors) -> None:
        self._call = call
        self._stream_sid = stream_sid
        self._clock = doors.clock
        self._count = doors.counters.add
        self._second = 0
        self._messages = 0
        self._keys = 0
        self.is_stopped = False

    async def drain(self, receive: Receive) -> None:
        """Read until the socket is gone. Safe to cancel."""
        take = self.take
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            take(event.get("text"))

    def take(self, text: str | bytes | None) -> None:
        """Hand over what one message says; whatever it holds, the call goes on."""
        second = self._clock.now() // 1000
        if second != self._second:
            self._second, self._messages, self._keys = second, 0, 0
        self._messages += 1
        if self._messages > MESSAGES_PER_S:
            self._count('messages_dropped_total{why="rate"}')
            return
        heard = wire.read(text) if text is not None else wire.Broken("binary")
        if type(heard) is wire.Media:  # 50 times a second and call; all else is rare
            media = heard.media
            if heard.stream_sid == self._stream_sid and media.track == "inbound":
                self._call.audio(media.payload, int(media.timestamp))
            else:
                self._count('messages_dropped_total{why="foreign"}')
            return
        self._take_rare(heard)

    def _take_rare(self, heard: wire.Heard) -> None:
        match heard:
            case wire.Dtmf(stream_sid=sid, dtmf=key) if sid == self._stream_sid:
                self._take_key(key.digit)
            case wire.Mark(stream_sid=sid, mark=mark) if sid == self._stream_sid:
                self._call.mark(mark.name)
            case wire.Stop(stream_sid=sid) if sid == self._stream_sid:
                if not self.is_stopped:
                    self.is_stopped = True
                    self._call.stopped()
            case wire.Connected():
                pass
            case _:
                self._count(f'messages_dropped_total{{why="{_why_dropped(heard)}"}}')

    def _take_key(self, digit: str) -> None:
        self._keys += 1
        if self._keys > KEYS_PER_S:
            self._count('messages_dropped_total{why="keys"}')
            return
        self._call.digit(digit)


def _why_dropped(heard: wire.Heard) -> str:
    if isinstance(heard, wire.Broken):
        return "broken"
    return "unknown" if isinstance(heard, wire.Unknown) else "foreign"


async def _carry(
    pump: Pump, call: LiveCall, leg: TwilioLeg, outbox: Outbox, receive: Receive, send: Send
) -> None:
    """Pump both ways until the socket is gone, then let the call come to its end."""
    writer = asyncio.create_task(_write(outbox, send), name="media-writer")
    running = asyncio.create_task(call.run(), name="media-call")
    # Whatever ends the call closes the socket; Twilio then goes on with its next verb.
    running.add_done_callback(lambda _: outbox.close())
    try:
        await pump.drain(receive)
        if not pump.is_stopped:
            call.lost()
        outbox.close()
        await _finish(running)
    finally:
        outbox.close()
        running.cancel()
        writer.cancel()
        await asyncio.gather(running, writer, return_exceptions=True)
        if leg.trouble:
            _log.warning("carrier refused", why=leg.trouble)


async def _finish(running: "asyncio.Task[Disposition | None]") -> None:
    await asyncio.wait((running,))
    if not running.cancelled() and (error := running.exception()) is not None:
        _log.error("call broke", why=f"{type(error).__name__}: {error}", exc_info=error)


async def _write(outbox: Outbox, send: Send) -> None:
    try:
        while (text := await outbox.take()) is not None:
            await send({"type": "websocket.send", "text": text})
    except OSError:  # the peer went away; the reading side says so
        outbox.close()
        return
    await _close(send, TRY_AGAIN if outbox.overflowed else NORMAL)


async def _close(send: Send, code: int) -> None:
    try:
        await send({"type": "websocket.close", "code": code})
    except (OSError, RuntimeError):  # closed already
        return
