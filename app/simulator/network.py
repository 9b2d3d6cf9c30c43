"""A telephone network on loopback: people on one side, webhooks, sockets and REST on the other."""

import asyncio
import uuid
from collections.abc import Callable
from random import Random
from types import TracebackType
from urllib.parse import quote

import httpx

from app.simulator.caller import Caller, act_out
from app.simulator.exchange import Account, Exchange, Subscription, Update, Voice
from app.simulator.phone import Phone
from app.simulator.report import CallReport, Happening
from app.simulator.rest import Form, RestError, RestStandIn, resource
from app.simulator.script import Script
from app.simulator.webhooks import Webhooks

ALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
UNANSWERED = {"busy": "busy", "no_answer": "no-answer", "failed": "failed"}
CALLBACK_SPLIT_WARNING = 21626


def _ignore(_: Happening) -> None:
    return


class TelephoneNetwork:
    """Twilio, its network and the people on it. Use it as an async context manager.

    `server_url` is where the server is, `public_url` what it calls itself (signatures are made for
    that); `number` is the server's telephone number. `speed` runs the lines faster than real time.
    With `shuffle_callbacks`, status callbacks arrive late and in an order drawn from `seed`.
    """

    def __init__(
        self,
        server_url: str,
        account_sid: str,
        auth_token: str,
        *,
        public_url: str = "",
        number: str = "+12025550100",
        voice: Voice | None = None,
        speed: float = 1.0,
        seed: int = 1,
        shuffle_callbacks: bool = False,
        rest_port: int = 0,
        on_happening: Callable[[Happening], None] = _ignore,
    ) -> None:
        self.number = number
        self._server_url = server_url.rstrip("/")
        self._public_url = public_url.rstrip("/") or self._server_url
        self._voice = voice
        self._speed = speed
        self._on_happening = on_happening
        # No keep-alive: a restarted server must not meet its predecessor's connections.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(timeout=15, limits=limits, trust_env=False)
        webhooks = Webhooks(self._http, auth_token, self._server_url, self._public_url)
        self._account = Account(
            account_sid,
            webhooks,
            voice,
            Random(seed) if shuffle_callbacks else None,  # noqa: S311  # a schedule, not a secret
        )
        self._rest = RestStandIn(self, account_sid, auth_token, rest_port)
        self._calls: dict[str, Exchange] = {}
        self._callees: asyncio.Queue[Script] = asyncio.Queue()
        self._outbound: asyncio.Queue[asyncio.Task[CallReport]] = asyncio.Queue()
        self._running: set[asyncio.Task[CallReport]] = set()

    @property
    def api_url(self) -> str:
        """The REST stand-in's address: the server's DIALAI_TWILIO_API_URL."""
        return self._rest.url

    @property
    def call_sids(self) -> tuple[str, ...]:
        """Every call so far, oldest first."""
        return tuple(self._calls)

    async def __aenter__(self) -> "TelephoneNetwork":
        await self._rest.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._rest.__aexit__(kind, error, trace)
        await self._http.aclose()

    # Calls to the server.

    async def call_in(
        self,
        script: Script,
        *,
        flow: str = "",
        voice_path: str = "/voice/incoming",
        person: Callable[[Exchange, Script, Voice | None], Caller] = Caller,
    ) -> CallReport:
        """Let this caller dial the server's number; return when the call is over, callbacks included.

        `person` makes who acts the script out, or does as they please.
        """
        name = flow or script.flow
        url = f"{self._public_url}{voice_path}" + (f"?flow={quote(name)}" if name else "")
        owner = Subscription(f"{self._public_url}/voice/status")
        call = self._new_call(script, "inbound", (script.number, self.number), owner)
        call.status = "ringing"
        caller = person(call, script, self._voice)
        await caller.prepare()
        call.phone.happened("dials", f"{self.number}" + (f" for {name}" if name else ""))
        return await self._hold(caller, call, asyncio.create_task(call.run(url)))

    def _new_call(
        self, script: Script, direction: str, numbers: tuple[str, str], owner: Subscription
    ) -> Exchange:
        report = CallReport(f"CA{uuid.uuid4().hex}", script.name, direction)
        phone = Phone(report, self._speed, self._on_happening)
        call = Exchange(self._account, phone, numbers, owner)
        call.dialled = script.dialled
        self._calls[report.call_sid] = call
        return call

    async def _hold(self, caller: Caller, call: Exchange, documents: asyncio.Task[None]) -> CallReport:
        await act_out(caller, call, documents)
        await call.notify("completed")
        await call.callbacks_delivered()
        return call.report

    # Calls from the server.

    def expect_call(self, script: Script) -> None:
        """Have this person answer the server's next outbound call, or not, as the script's `answers` says."""
        self._callees.put_nowait(script)

    async def outbound_report(self) -> CallReport:
        """The report of the server's next outbound call, once it is over. Cancelling leaves the call be."""
        return await asyncio.shield(await self._outbound.get())

    async def create(self, form: Form) -> dict[str, object]:
        """REST: place a call. It is queued at once and rings after the answer."""
        fields = dict(form)
        for name, code in (("To", 21201), ("From", 21213)):
            if not fields.get(name):
                raise RestError(400, code, f"No '{name}' number is specified")
        if not (fields.get("Url") or fields.get("Twiml")):
            raise RestError(400, 21205, "Url parameter is required.")
        events = [value for name, value in form if name == "StatusCallbackEvent"] or ["completed"]
        owner = Subscription(
            fields.get("StatusCallback", ""),
            frozenset(events) & ALL_EVENTS,
            fields.get("StatusCallbackMethod", "POST"),
        )
        script = Script((), name="nobody", answers="no_answer")
        if not self._callees.empty():
            script = self._callees.get_nowait()
        call = self._new_call(script, "outbound", (fields["From"], fields["To"]), owner)
        for wrong in sorted(set(events) - ALL_EVENTS):
            call.phone.violated(
                CALLBACK_SPLIT_WARNING, f"StatusCallbackEvent {wrong!r} is no event; repeat the field"
            )
        task = asyncio.create_task(self._ring(call, script, fields))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        self._outbound.put_nowait(task)
        return self._shown(call)

    async def _ring(self, call: Exchange, script: Script, fields: dict[str, str]) -> CallReport:
        caller = Caller(call, script, self._voice)
        await call.notify("initiated")
        await caller.prepare()
        call.status = "ringing"
        call.phone.happened("rings", call.to_number)
        await call.notify("ringing")
        if call.is_over or script.answers in UNANSWERED:
            call.end(script.answers, UNANSWERED.get(script.answers, "canceled"))
            await call.notify("completed", {"SipResponseCode": "486" if script.answers == "busy" else "487"})
            await call.callbacks_delivered()
            return call.report
        call.status = "in-progress"
        call.phone.pick_up()
        call.phone.happened("answers")
        await call.notify("answered")
        running = call.run(fields.get("Url", ""), fields.get("Method", "POST"), fields.get("Twiml", ""))
        documents = asyncio.create_task(running)
        limit = asyncio.get_running_loop().call_later(
            int(fields.get("TimeLimit", "14400")) / self._speed, call.end, "time_limit"
        )
        detection = asyncio.create_task(self._detect(call, script, fields))
        try:
            return await self._hold(caller, call, documents)
        finally:
            limit.cancel()
            await detection

    async def _detect(self, call: Exchange, script: Script, fields: dict[str, str]) -> None:
        url = fields.get("AsyncAmdStatusCallback", "")
        if "MachineDetection" not in fields or fields.get("AsyncAmd") != "true" or not url:
            return
        answered_by = "machine_start" if script.answers == "machine" else "human"
        form = [
            ("CallSid", call.report.call_sid),
            ("AccountSid", self._account.sid),
            ("AnsweredBy", answered_by),
            ("MachineDetectionDuration", "900"),
        ]
        await self._account.webhooks.send(url, form)

    async def update(self, sid: str, form: Form) -> dict[str, object]:
        """REST: end or redirect a live call. Raises RestError with 20404 for one that is over."""
        call, fields = self._live(sid), dict(form)
        status, url, text = fields.get("Status", ""), fields.get("Url", ""), fields.get("Twiml", "")
        if bool(status) + bool(url) + bool(text) != 1:
            raise RestError(400, 20001, "Exactly one of Status, Url and Twiml is required")
        if status in ("completed", "canceled"):
            call.end("server_hung_up", status)
        elif status:
            raise RestError(400, 20001, f"Status {status!r} is neither completed nor canceled")
        else:
            call.phone.happened("redirected", url or text)
            call.redirect(Update(url, fields.get("Method", "POST"), text))
        return self._shown(call)

    async def show(self, sid: str) -> dict[str, object]:
        """REST: look a call up."""
        if sid not in self._calls:
            raise RestError(404, 20404, f"The requested resource /Calls/{sid}.json was not found")
        return self._shown(self._calls[sid])

    def _live(self, sid: str) -> Exchange:
        call = self._calls.get(sid)
        if call is None or call.is_over:
            raise RestError(404, 20404, f"The requested resource /Calls/{sid}.json was not found")
        return call

    def _shown(self, call: Exchange) -> dict[str, object]:
        direction = "inbound" if call.report.direction == "inbound" else "outbound-api"
        values: dict[str, object] = {
            "from": call.from_number,
            "from_formatted": call.from_number,
            "to": call.to_number,
            "to_formatted": call.to_number,
            "status": call.status,
            "direction": direction,
        }
        return resource(self._account.sid, call.report.call_sid, values)
