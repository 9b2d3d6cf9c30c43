"""A desk, a log and a server for the door tests: real sockets on loopback, fakes behind them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from twilio.request_validator import RequestValidator

from app.domain.call import CallId, Disposition
from app.session.admission import Admission, Busy, Finished, Placed, Ready, UnknownFlow, UnknownVariables
from app.session.ports import Carrier, LogError
from app.web.app import build_app
from app.web.doors import Doors, Page

TOKEN = "the-auth-token"
KEY = "the-api-key"
PUBLIC = "https://calls.example.com"
PATIENCE_S = 60
"""A house that hangs fails a test; one on a busy machine does not."""

SID = "CA" + "1" * 32
STREAM = "MZ" + "2" * 32


class FakeClock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.ms = 0

    def now(self) -> int:
        return self.ms

    def call_at(self, at: int, callback: Callable[[], None]) -> Any:
        raise NotImplementedError


class FakeCall:
    """Writes down what it is told; ends when told that the stream ended, or by `end`."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self.heard: list[tuple[Any, ...]] = []
        self.ended = asyncio.Event()
        self.error: Exception | None = None
        self.told = asyncio.Condition()

    def _note(self, *what: Any) -> None:
        self.heard.append(what)

    def audio(self, mulaw: bytes, timestamp_ms: int) -> None:
        self._note("audio", mulaw, timestamp_ms)

    def digit(self, digit: str) -> None:
        self._note("digit", digit)

    def mark(self, name: str) -> None:
        self._note("mark", name)
        self.carrier.send_mark(f"echo:{name}")

    def stopped(self) -> None:
        self._note("stopped")
        self.ended.set()

    def lost(self) -> None:
        self._note("lost")
        self.ended.set()

    async def run(self) -> Disposition:
        await self.ended.wait()
        if self.error is not None:
            raise self.error
        return Disposition.COMPLETED


@dataclass
class FakeDesk:
    """One token at a time, spent by the first who brings it."""

    full: bool = False
    log_away: bool = False
    tokens: dict[str, str] = field(default_factory=dict)
    calls: list[FakeCall] = field(default_factory=list)
    seen: list[tuple[Any, ...]] = field(default_factory=list)
    resumed: Any = None
    holds: Any = None
    ended: set[str] = field(default_factory=set)
    connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def admit(self, **asked: Any) -> Admission:
        self.seen.append(("admit", asked))
        if asked["carrier_sid"] in self.ended:
            return Finished()
        if self.log_away:
            raise LogError("the disk is full")
        if self.full:
            return Busy()
        if asked["flow_name"] not in {"welcome", ""}:
            return UnknownFlow(("welcome", "survey"))
        sid = asked["carrier_sid"]
        token = next((token for token, owner in self.tokens.items() if owner == sid), f"token-{sid}")
        self.tokens[token] = sid
        return Ready(token, asked.get("call_id") or CallId("call-1"), 0)

    async def resume(self, carrier_sid: str, epoch: int) -> Any:
        self.seen.append(("resume", carrier_sid, epoch))
        if self.log_away:
            raise LogError("the disk is full")
        return self.resumed or Finished()

    async def transfer_ended(self, carrier_sid: str, epoch: int, *, taken: bool, has_left: bool) -> Any:
        self.seen.append(("transfer_ended", carrier_sid, epoch, taken, has_left))
        if self.log_away:
            raise LogError("the disk is full")
        return self.resumed or Finished()

    async def connect(self, token: str, carrier_sid: str, carrier: Carrier) -> FakeCall | None:
        if self.tokens.get(token) != carrier_sid:
            return None
        del self.tokens[token]
        call = FakeCall(carrier)
        self.calls.append(call)
        self.connected.set()
        return call

    def held(self, call_id: str) -> Any:
        return self.holds

    async def place(self, to: str, flow: str, variables: Mapping[str, Any]) -> Any:
        self.seen.append(("place", to, flow, dict(variables)))
        if self.full:
            return Busy()
        if flow != "welcome":
            return UnknownFlow(("welcome", "survey"))
        if "nmae" in variables:
            return UnknownVariables(("nmae",), ("name",))
        return Placed(CallId("call-9"), SID)

    async def status(self, carrier_sid: str, status: str, sequence: int) -> None:
        self.seen.append(("status", carrier_sid, status, sequence))
        if self.log_away:
            raise LogError("the disk is full")

    async def amd(self, carrier_sid: str, answered_by: str) -> None:
        self.seen.append(("amd", carrier_sid, answered_by))
        if self.log_away:
            raise LogError("the disk is full")


@dataclass
class FakeReader:
    """A call log of one call."""

    recording: Path | None = None
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    async def page(self, **asked: Any) -> Page:
        self.asked.append(asked)
        if asked["after"] == "nonsense":
            raise KeyError(asked["after"])
        return Page([{"id": "call-1", "flow": "welcome"}], "call-1")

    async def call(self, call_id: str) -> Mapping[str, Any] | None:
        return {"id": "call-1", "answers": {}, "turns": []} if call_id == "call-1" else None

    async def events(self, call_id: str) -> list[Mapping[str, Any]] | None:
        return [{"seq": 1, "kind": "LegAnswered"}] if call_id == "call-1" else None

    async def audio(self, call_id: str) -> Path | None:
        return self.recording if call_id == "call-1" else None


class FakeShelf:
    """Two names, one of which cannot be read any more."""

    def names(self) -> list[str]:
        return ["welcome", "gone"]

    def get(self, name: str) -> Any:
        if name != "welcome":
            return None
        return SimpleNamespace(
            title="Welcome", version="1", languages={"en": None, "es": None}, variables=frozenset({"name"})
        )


@dataclass
class House:
    """The running server and everything behind its doors."""

    doors: Doors
    desk: FakeDesk
    reader: FakeReader
    clock: FakeClock
    port: int
    http: httpx.AsyncClient

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/voice/stream"

    def count(self, name: str) -> int:
        return self.doors.counters.count(name)

    async def post(self, path: str, fields: Any, *, signature: str | None = None) -> httpx.Response:
        """Post a form as Twilio would; signed for the public URL unless another signature is given."""
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        signed = sign(PUBLIC + path, pairs) if signature is None else signature
        return await self.http.post(
            path,
            content=urlencode(pairs),
            headers={
                "X-Twilio-Signature": signed,
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            },
        )


def sign(url: str, pairs: Any = ()) -> str:
    """Sign as the official library does for a request with these fields."""
    return RequestValidator(TOKEN).compute_signature(url, dict(pairs))


def ws_headers(url: str = "wss://calls.example.com/voice/stream") -> dict[str, str]:
    return {"X-Twilio-Signature": sign(url)}


def call_fields(**more: str) -> dict[str, str]:
    return {
        "CallSid": SID,
        "AccountSid": "AC" + "0" * 32,
        "From": "+14155550100",
        "To": "+14155550199",
        "CallStatus": "ringing",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
    } | more


@asynccontextmanager
async def house(**changes: Any) -> AsyncIterator[House]:
    """Serve the doors on an ephemeral loopback port."""
    desk, reader, clock = changes.pop("desk", None) or FakeDesk(), FakeReader(), FakeClock()
    settings: dict[str, Any] = {
        "public_url": PUBLIC,
        "auth_token": TOKEN,
        "api_key": KEY,
        "default_flow": "welcome",
        **changes,
    }
    doors = Doors(desk=desk, calls=reader, flows=FakeShelf(), clock=clock, **settings)
    config = uvicorn.Config(
        build_app(doors),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="error",
        lifespan="off",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    # Named TCP, because asyncio switches Nagle's algorithm off for no other: it costs 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # before the server is up: who knocks early waits
    port = listener.getsockname()[1]
    serving = asyncio.create_task(server.serve([listener]))
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE_S) as http:
            yield House(doors, desk, reader, clock, port, http)
    finally:
        server.should_exit = True
        await serving
        listener.close()


def within(scenario: Callable[[House], Awaitable[None]], **changes: Any) -> None:
    """Run a scenario against a house of its own."""

    async def run() -> None:
        async with house(**changes) as ready:
            await scenario(ready)

    asyncio.run(run())
