"""Many callers at once, cheaply: one timer for all lines, prepared frames; reports its own lateness too.

`python -m app.simulator.load --help` runs it in a process (and on a core) of its own.
"""

import argparse
import asyncio
import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from urllib.parse import quote

import httpx

from app.simulator import twiml
from app.simulator.addresses import NotWssError, stream_address
from app.simulator.line import FRAME_MS
from app.simulator.load_line import Clip, LoadAction, LoadLine, LoadTurn, Measures
from app.simulator.load_report import LoadPlan, LoadReport, Spread
from app.simulator.load_socket import open_socket
from app.simulator.rest import Form, RestError, RestStandIn, resource
from app.simulator.signature import HEADER, sign
from app.simulator.sounds import tone
from app.simulator.webhooks import FetchError, Webhooks
from app.simulator.wire import StreamWriter

REDIAL_S = 0.5


def _nobody_asks() -> None:
    return


@dataclass(slots=True, eq=False)
class _LoadCall:
    sid: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    line: LoadLine | None = None
    by_server: bool = False
    lost: bool = False


class LoadGenerator:
    """Dials, ticks and measures. Use it as an async context manager; `run` once or more."""

    def __init__(
        self, server_url: str, account_sid: str, auth_token: str, *, public_url: str = "", rest_port: int = 0
    ) -> None:
        self._server_url = server_url.rstrip("/")
        self._public_url = public_url.rstrip("/") or self._server_url
        self._account_sid = account_sid
        self._http = httpx.AsyncClient(
            timeout=30, trust_env=False, limits=httpx.Limits(max_connections=20, keepalive_expiry=2)
        )
        self._webhooks = Webhooks(self._http, auth_token, self._server_url, self._public_url)
        self._rest = RestStandIn(self, account_sid, auth_token, rest_port)
        self._calls: dict[str, _LoadCall] = {}
        self._slots: list[list[_LoadCall]] = [[] for _ in range(FRAME_MS)]
        self._measures = Measures()
        self._lateness: list[float] = []
        self._report = LoadReport()

    @property
    def api_url(self) -> str:
        """The REST stand-in's address: the server's DIALAI_TWILIO_API_URL."""
        return self._rest.url

    async def __aenter__(self) -> "LoadGenerator":
        await self._rest.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._rest.__aexit__()
        await self._http.aclose()

    @property
    def frames(self) -> int:
        """How many frames were sent with everybody on the line, so far in this run."""
        return self._measures.frames

    @property
    def turns(self) -> list[LoadTurn]:
        """What each caller did with everybody on the line, and what came of it, so far in this run."""
        return self._measures.turns

    async def run(self, plan: LoadPlan, on_steady: Callable[[], None] = _nobody_asks) -> LoadReport:
        """Keep `plan.callers` on the line, then report. Calls still live at the end hang up.

        `on_steady` is called when all are on the line, as the counts begin.
        """
        loop = asyncio.get_running_loop()
        self._measures, self._lateness = Measures(), []
        self._report = LoadReport(callers=plan.callers)
        stop = asyncio.Event()
        ticking = asyncio.create_task(self._tick())
        callers = []
        try:
            for number in range(plan.callers):
                callers.append(asyncio.create_task(self._keep_calling(plan, number, stop)))
                await asyncio.sleep(1 / plan.ramp_per_second)
            steady = loop.time()
            # Only what happens with everybody on the line counts.
            self._restart_measures()
            on_steady()
            await asyncio.sleep(plan.seconds)
            self._report.steady_s = loop.time() - steady
            self._settle()
            stop.set()
            await asyncio.gather(*callers)
        finally:
            for task in (*callers, ticking):
                task.cancel()
            await asyncio.gather(*callers, ticking, return_exceptions=True)
        return self._report

    def _restart_measures(self) -> None:
        measures = self._measures
        for values in (measures.key_to_audio, measures.key_to_clear, measures.speech_end_to_audio):
            values.clear()
        measures.voice_to_clear.clear()
        measures.turns.clear()
        measures.frames = measures.messages = 0
        self._lateness.clear()

    def _settle(self) -> None:
        report, measures = self._report, self._measures
        report.frames, report.messages = measures.frames, measures.messages
        report.lateness = Spread.of(self._lateness)
        report.key_to_audio = Spread.of(measures.key_to_audio)
        report.key_to_clear = Spread.of(measures.key_to_clear)
        report.voice_to_clear = Spread.of(measures.voice_to_clear)
        report.speech_end_to_audio = Spread.of(measures.speech_end_to_audio)
        report.underruns = Spread.of(measures.underruns)
        report.violations = measures.violations[:20]

    async def _tick(self) -> None:
        """Serve the lines slot by slot, each every 20 ms; a late slot follows at once and is counted."""
        loop = asyncio.get_running_loop()
        began, slot = loop.time(), 0
        while True:
            due = began + slot / 1000
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            calls = self._slots[slot % FRAME_MS]
            if calls:
                now_ms = loop.time() * 1000
                self._lateness.append(now_ms - due * 1000)
                for call in calls:
                    if call.line is not None:
                        call.line.tick(now_ms)
            slot += 1
            if wait <= 0 and slot % FRAME_MS == 0:
                await asyncio.sleep(0)

    async def _keep_calling(self, plan: LoadPlan, number: int, stop: asyncio.Event) -> None:
        slot = self._slots[number % FRAME_MS]
        while not stop.is_set():
            call = _LoadCall(f"CA{uuid.uuid4().hex}")
            self._calls[call.sid] = call
            self._report.calls += 1
            try:
                await self._connect(call, plan, number)
            except (FetchError, twiml.TwimlError, NotWssError, OSError) as error:
                self._report.failed.append(str(error))
                await self._goodbye(call)
                await asyncio.sleep(REDIAL_S)
                continue
            slot.append(call)
            stopping = asyncio.create_task(stop.wait())
            ending = asyncio.create_task(call.ended.wait())
            await asyncio.wait((stopping, ending), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            ending.cancel()
            slot.remove(call)
            self._hang_up(call)
            await self._goodbye(call)

    def _hang_up(self, call: _LoadCall) -> None:
        if call.line is None:
            return
        if call.lost and not call.by_server:
            self._report.failed.append("the server closed the media socket while the call was live")
        elif not call.line.has_heard:
            self._report.failed.append("the caller heard nothing")
        self._report.ended_by_server += call.by_server
        call.line.stop()

    def _fields(self, call: _LoadCall, status: str) -> list[tuple[str, str]]:
        return [
            ("CallSid", call.sid),
            ("AccountSid", self._account_sid),
            ("From", "+12025550143"),
            ("To", "+12025550100"),
            ("CallStatus", status),
            ("ApiVersion", "2010-04-01"),
            ("Direction", "inbound"),
        ]

    async def _connect(self, call: _LoadCall, plan: LoadPlan, number: int) -> None:
        url = f"{self._public_url}/voice/incoming" + (f"?flow={quote(plan.flow)}" if plan.flow else "")
        answer = await self._webhooks.send(url, self._fields(call, "ringing"))
        document = twiml.parse(answer.text, url)
        verb = next((verb for verb in document.verbs if isinstance(verb, twiml.Connect)), None)
        if verb is None:
            raise twiml.TwimlError("the call was not connected to a stream")
        address = stream_address(verb.url, url, self._public_url, self._server_url)
        headers = {HEADER.lower(): sign(self._webhooks.auth_token, address.signed)}
        socket = await open_socket(address.dialled, headers)
        writer = StreamWriter(self._account_sid, call.sid, f"MZ{uuid.uuid4().hex}")
        # Each caller begins at another action, so that not all do the same at once.
        turn = number % max(1, len(plan.actions))
        line = LoadLine(socket, writer, plan.actions[turn:] + plan.actions[:turn], self._measures)
        loop = asyncio.get_running_loop()

        def lost() -> None:
            call.lost = not call.ended.is_set()
            call.ended.set()

        socket.on_lost = lost
        socket.on_text = lambda text: line.take(text, loop.time() * 1000)
        socket.send(writer.connected().encode())
        socket.send(writer.start(verb.parameters).encode())
        call.line = line

    async def _goodbye(self, call: _LoadCall) -> None:
        call.ended.set()
        fields = [*self._fields(call, "completed"), ("SequenceNumber", "0"), ("CallDuration", "1")]
        try:
            await self._webhooks.send(f"{self._public_url}/voice/status", fields)
        except FetchError as error:
            self._report.failed.append(str(error))
        del self._calls[call.sid]

    # REST, as the stand-in asks for it.

    async def create(self, form: Form) -> dict[str, object]:
        """REST: no outbound calls here."""
        raise RestError(400, 20001, f"a load generator takes no outbound calls ({len(form)} fields)")

    async def update(self, sid: str, form: Form) -> dict[str, object]:
        """REST: end a call."""
        call = self._calls.get(sid)
        if call is None or call.ended.is_set():
            raise RestError(404, 20404, f"The requested resource /Calls/{sid}.json was not found")
        if dict(form).get("Status") != "completed":
            raise RestError(400, 20001, "a load generator's calls can only be ended")
        call.by_server = True
        call.ended.set()
        return await self.show(sid)

    async def show(self, sid: str) -> dict[str, object]:
        """REST: look a call up."""
        return resource(self._account_sid, sid, {"status": "in-progress", "direction": "inbound"})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Call a server from many lines at once and print JSON.")
    parser.add_argument("--server", required=True, help="where the server is, http://127.0.0.1:PORT")
    parser.add_argument("--public", default="", help="what the server calls itself, if not that")
    parser.add_argument("--account", required=True, help="account SID")
    parser.add_argument("--token", required=True, help="auth token that signs")
    parser.add_argument("--rest-port", type=int, required=True, help="port of the REST stand-in")
    parser.add_argument("--flow", default="")
    parser.add_argument("--callers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--ramp", type=float, default=20.0, help="new calls a second")
    parser.add_argument("--press", default="1", help="keys, pressed one a prompt, in turn")
    parser.add_argument(
        "--interrupt-after", type=int, default=None, help="interrupt prompts after this many ms"
    )
    parser.add_argument("--voice-ms", type=int, default=0, help="instead of keys, a sound of this length")
    return parser.parse_args()


async def _main() -> None:
    given = _arguments()
    after = given.interrupt_after
    if given.voice_ms:
        actions: tuple[LoadAction, ...] = (
            LoadAction(clip=Clip.of(tone(given.voice_ms)), interrupt_after_ms=after),
        )
    else:
        actions = tuple(LoadAction(key=key, interrupt_after_ms=after) for key in given.press)
    plan = LoadPlan(given.callers, given.seconds, actions, given.flow, given.ramp)
    generator = LoadGenerator(
        given.server, given.account, given.token, public_url=given.public, rest_port=given.rest_port
    )
    async with generator:
        report = await generator.run(plan)
    plain = asdict(report) | {"is_valid": report.is_valid}
    sys.stdout.write(json.dumps(plain, indent=2) + "\n")


if __name__ == "__main__":
    asyncio.run(_main())
