"""A bot that speaks the wire and nothing else: it asks with a tone, stops when interrupted, hangs up."""

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.simulator.line import is_audible
from app.simulator.sounds import tone

SID, TOKEN = "AC" + "0" * 32, "a-secret"
TWIML = (
    '<Response><Connect><Stream url="wss://{host}/voice/stream">'
    '<Parameter name="token" value="t1"/></Stream></Connect>'
    "<Say>One moment please</Say><Redirect>/voice/resume?epoch=0</Redirect></Response>"
)


class Guest(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class FakeBot:
    """`questions` tones are asked; `twiml` and `first_messages` let a test misbehave."""

    questions: int = 2
    prompt_ms: int = 400
    twiml: str = TWIML
    resume: str = "<Response><Hangup/></Response>"
    first_messages: list[object] = field(default_factory=list)
    closes_after_start: bool = False
    bargein: bool = True
    api_url: str = ""
    sid: str = SID
    token: str = TOKEN
    port: int = 0
    more_routes: list[Route] = field(default_factory=list)
    received: list[dict] = field(default_factory=list)
    webhooks: list[tuple[str, dict, str]] = field(default_factory=list)
    handshakes: list[dict] = field(default_factory=list)
    media_came: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", self.port))
        self.host = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.url = f"http://{self.host}"
        self.socket.listen(64)
        paths = ["incoming", "resume", "status", "action"]
        routes = [Route(f"/voice/{p}", self.voice, methods=["POST", "GET"]) for p in paths]
        routes.append(WebSocketRoute("/voice/stream", self.stream))
        config = uvicorn.Config(
            Starlette(routes=[*routes, *self.more_routes]),
            log_config=None,
            lifespan="off",
            ws="websockets-sansio",
        )
        self.server = Guest(config)
        self.serving = asyncio.create_task(self.server.serve(sockets=[self.socket]))
        return self

    async def __aexit__(self, *_):
        self.server.should_exit = True
        await self.serving
        self.socket.close()

    async def voice(self, request: Request) -> Response:
        form = dict(await request.form())
        self.webhooks.append((request.url.path, form, request.headers.get("x-twilio-signature", "")))
        if request.url.path == "/voice/status":
            return Response(status_code=204)
        text = self.twiml if request.url.path == "/voice/incoming" else self.resume
        return Response(text.replace("{host}", self.host), media_type="text/xml")

    async def stream(self, socket: WebSocket) -> None:
        self.handshakes.append(dict(socket.headers))
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            await Conversation(self, socket).run()


class Conversation:
    def __init__(self, bot: FakeBot, socket: WebSocket) -> None:
        self.bot, self.socket = bot, socket
        self.asked, self.playing, self.sid, self.call = 0, False, "", ""
        self.voiced = 0
        self.heard_voice = False

    async def send(self, **message) -> None:
        await self.socket.send_text(json.dumps(message))

    async def run(self) -> None:
        async for text in self.socket.iter_text():
            message = json.loads(text)
            self.bot.received.append(message)
            match message["event"]:
                case "start":
                    self.sid, self.call = message["streamSid"], message["start"]["callSid"]
                    if await self.misbehave():
                        return
                    await self.ask()
                case "dtmf":
                    await self.taken()
                case "media":
                    self.bot.media_came.set()
                    await self.listen(base64.b64decode(message["media"]["payload"]))
                case "mark":
                    await self.marked(message["mark"]["name"])

    async def misbehave(self) -> bool:
        for message in self.bot.first_messages:
            if isinstance(message, bytes):
                await self.socket.send_bytes(message)
            elif isinstance(message, str):
                await self.socket.send_text(message)
            else:
                await self.send(**{"streamSid": self.sid, **message})
        if self.bot.closes_after_start:
            await self.socket.close(1012)
        return self.bot.closes_after_start

    async def ask(self) -> None:
        self.asked += 1
        self.playing = True
        payload = base64.b64encode(tone(self.bot.prompt_ms)).decode()
        await self.send(event="media", streamSid=self.sid, media={"payload": payload})
        await self.send(event="mark", streamSid=self.sid, mark={"name": f"q{self.asked}"})

    async def taken(self) -> None:
        if self.playing and self.bot.bargein:
            self.playing = False
            await self.send(event="clear", streamSid=self.sid)
        await self.ask()

    async def marked(self, name: str) -> None:
        if name == f"q{self.asked}":
            self.playing = False
            if self.asked > self.bot.questions:
                await self.hang_up()

    async def listen(self, mulaw: bytes) -> None:
        if is_audible(mulaw):
            self.voiced += 20
            if self.voiced == 200 and self.playing and self.bot.bargein:
                self.playing = False
                await self.send(event="clear", streamSid=self.sid)
            self.heard_voice = self.heard_voice or self.voiced >= 100
            self.quiet = 0
            return
        self.voiced = 0
        if self.heard_voice:
            self.quiet += 20
            if self.quiet == 300:
                self.heard_voice = False
                await self.ask()

    async def hang_up(self) -> None:
        url = f"{self.bot.api_url}/2010-04-01/Accounts/{self.bot.sid}/Calls/{self.call}.json"
        async with httpx.AsyncClient(auth=(self.bot.sid, self.bot.token), trust_env=False) as http:
            answer = await http.post(url, data={"Status": "completed"})
            assert answer.status_code == 200
