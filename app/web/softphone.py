"""The softphone's calls: admits a browser as a carrier would be, resumes it, and takes what is typed.

From here on its call is like any other: the same socket, desk, log and rules of recording. It belongs to who
began it: nobody else resumes it or answers in it, and what is done to it is in the audit log.
"""

from collections import deque
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.domain.access import Role
from app.domain.call import CallId, Direction, Millis
from app.domain.keepable import MOST_NUMBER, keepable, keepable_value
from app.engine.call import Call
from app.engine.events import TextTyped
from app.engine.states import Prompting, Thinking
from app.session.actor import CallSession
from app.session.admission import Busy, Elsewhere, Exhausted, Finished, Ready, UnknownFlow
from app.session.held import Held
from app.session.ports import Clock
from app.web.access import Door, Guard, note
from app.web.doors import Doors
from app.web.media import sender_of
from app.web.passes import PROTOCOL, belongs_to, is_browsers, new_sid
from app.web.requests import Refused, as_json, body_of

CALLER: Final = "browser"
"""What stands in the log where a telephone call has its number."""

STREAM_PATH: Final = "/voice/stream"
CALLS_A_MINUTE: Final = 30

_KEYS: Final = frozenset("0123456789*#")
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Text = Annotated[str, msgspec.Meta(max_length=2000)]
_Whole = Annotated[int, msgspec.Meta(ge=-MOST_NUMBER, le=MOST_NUMBER)]


class NewSoftphoneCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /api/softphone/calls`."""

    flow: _Name
    variables: Annotated[dict[_Name, _Text | _Whole | float | bool | None], msgspec.Meta(max_length=100)] = {}


class LostCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /api/softphone/calls/{id}/resume`: which stream ended."""

    call_sid: _Name
    epoch: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /api/softphone/calls/{id}/words`."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


_new_call = msgspec.json.Decoder(NewSoftphoneCall).decode
_lost_call = msgspec.json.Decoder(LostCall).decode
_words = msgspec.json.Decoder(Words).decode


def softphone_router(doors: Doors) -> APIRouter:
    """Return the routes under /api/softphone; they need the role of an operator."""
    router = APIRouter(dependencies=[Depends(Guard(doors, Role.OPERATOR))])
    softphone = Softphone(doors)
    base = "/api/softphone/calls"
    router.add_api_route(base, softphone.begin, methods=["POST"], response_model=None)
    for what in ("resume", "interrupt", "words", "hangup"):
        path = f"{base}/{{call_id}}/{what}"
        router.add_api_route(path, getattr(softphone, what), methods=["POST"], response_model=None)
    return router


class Softphone:
    """One method per route."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._door = Door(doors)
        self._rate = _Rate(doors.clock)

    async def begin(self, request: Request) -> Response:
        """Keep a line for a browser, and say where and with which token its stream may come."""
        try:
            order = _new_call(await body_of(request))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Refused(400, f"the body must be JSON {{flow, variables}}: {error}") from error
        if not self._rate.allows(sender_of(request.scope).host):
            raise Refused(429, "too many calls within a minute: wait a little")
        variables = {name: keepable_value(value) for name, value in order.variables.items()}
        flow = self._doors.flows.get(order.flow)
        unknown = sorted(variables.keys() - flow.variables) if flow is not None else []
        if flow is not None and unknown:
            known = ", ".join(sorted(flow.variables)) or "none"
            raise Refused(400, f"the flow {order.flow} has no variable {', '.join(unknown)}; it has: {known}")
        sid = new_sid(self._door.visit(request).who)
        admission = await self._doors.desk.admit(
            carrier_sid=sid,
            flow_name=order.flow,
            direction=Direction.INBOUND,
            from_number=CALLER,
            to_number=CALLER,
            variables=variables,
        )
        match admission:
            case Ready():
                self._doors.counters.add("softphone_calls_total")
                await note(request, self._doors, "softphone_call", call=admission.call_id)
                return self._joining(request, admission, sid, 201)
            case UnknownFlow(names=names):
                raise Refused(404, f"no flow is named {order.flow!r}", flows=names)
            case Busy() | Finished():
                raise Refused(503, "all lines are busy: try again when a call has ended")

    async def resume(self, request: Request) -> Response:
        """Say how a call goes on whose stream ended: the carrier's way, told as JSON.

        `over` is true when there is nothing to go on with; 503 asks to be asked again.
        """
        try:
            lost = _lost_call(await body_of(request))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Refused(400, f"the body must be JSON {{call_sid, epoch}}: {error}") from error
        self._must_own(request, lost.call_sid)
        resumption = await self._doors.desk.resume(lost.call_sid, lost.epoch)
        match resumption:
            case Ready(call_id=call_id) if call_id == request.path_params["call_id"]:
                await note(request, self._doors, "softphone_resume", call=call_id)
                return self._joining(request, resumption, lost.call_sid)
            case Ready():
                raise Refused(404, "no such call of a browser")
            case Finished():
                return as_json({"over": True, "why": "the call has ended"})
            case Exhausted():
                return as_json({"over": True, "why": "the line was lost too often"})
            case Elsewhere():
                raise Refused(503, "the call is being handed over")

    async def interrupt(self, request: Request) -> Response:
        """Silence the bot and give the caller the floor, where the prompt's rule lets anything do so."""
        session = self._session(request)
        _must_not_hear_out(session.ledger.call)
        session.command("interrupt_prompt")
        await note(request, self._doors, "softphone_interrupt", call=request.path_params["call_id"])
        return as_json({})

    async def words(self, request: Request) -> Response:
        """Take typed words as the answer to the open turn; they interrupt a prompt."""
        try:
            text = keepable(_words(await body_of(request)).text).strip()
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Refused(400, f"the body must be JSON {{text}}: {error}") from error
        session = self._session(request)
        if not text:
            raise Refused(400, "type a word")
        _say(session, text)
        # That words were given, and never which: those are the call's, and are deleted with it.
        await note(request, self._doors, "softphone_words", call=request.path_params["call_id"])
        return as_json({})

    async def hangup(self, request: Request) -> Response:
        """End a call whose page hangs up while no line is up that could say so."""
        held = self._held(request)
        await note(request, self._doors, "softphone_hangup", call=held.info.id)
        await self._doors.desk.status(held.info.carrier_sid, "hangup", 0)
        return as_json({})

    def _held(self, request: Request) -> Held:
        held = self._doors.desk.held(CallId(request.path_params["call_id"]))
        if held is None or held.is_over:
            raise Refused(404, "no such call of a browser is live")
        self._must_own(request, held.info.carrier_sid)
        return held

    def _session(self, request: Request) -> CallSession:
        held = self._held(request)
        if held.session is None:
            raise Refused(409, "the call has no line just now: wait until it is connected again")
        return held.session

    def _must_own(self, request: Request, sid: str) -> None:
        """Raise Refused unless this is a browser's call that was begun by who asks."""
        if not is_browsers(sid):
            raise Refused(404, "no such call of a browser")
        if not belongs_to(sid, self._door.visit(request).who):
            raise Refused(403, "somebody else began this call: only they take part in it")

    def _joining(self, request: Request, ready: Ready, sid: str, status: int = 200) -> Response:
        welcome = self._door.visit(request).is_welcome
        self._doors.passes.give(ready.token, sid, self._doors.clock.now(), welcome)
        parameters = {"token": ready.token, "call_id": ready.call_id, "epoch": str(ready.epoch)}
        stream = {"path": STREAM_PATH, "protocols": [PROTOCOL, ready.token]}
        return as_json(
            {
                "over": False,
                "id": ready.call_id,
                "call_sid": sid,
                "epoch": ready.epoch,
                "stream": stream,
                "customParameters": parameters,
            },
            status,
        )


def _say(session: CallSession, text: str) -> None:
    """Answer the open question by these words, or by keys where it takes no others. Raises Refused."""
    call = session.ledger.call
    _must_not_hear_out(call)
    if call.question is None:
        raise Refused(409, "no question is open: wait for the next one")
    policy = call.question.expect.policy
    if not policy.speech:
        if not policy.dtmf or not _KEYS.issuperset(text):
            raise Refused(409, "this question takes keys only")
        for key in text:
            session.digit(key)
        return
    if isinstance(call.state, Prompting | Thinking):
        session.command("interrupt_prompt")
    turn = _listened_to(call)
    if not turn:
        raise Refused(409, "nobody listens just now: try again in a moment")
    session.post(TextTyped(turn, text))


def _must_not_hear_out(call: Call) -> None:
    """Raise Refused while the caller is to listen: a consent is worth nothing where its text was cut."""
    if call.is_heard_out:
        raise Refused(409, "This part cannot be interrupted")


def _listened_to(call: Call) -> int:
    """Return the turn whose words are waited for, 0 for none."""
    asking = call.question
    return asking.turn if asking is not None and asking.listening else 0


class _Rate:
    """So many calls a minute from one place."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: dict[str, deque[Millis]] = {}

    def allows(self, host: str) -> bool:
        """Count one more, unless it is one too many."""
        now = self._clock.now()
        since = now - 60_000
        self._begun = {place: times for place, times in self._begun.items() if times and times[-1] > since}
        times = self._begun.setdefault(host, deque())
        while times and times[0] <= since:
            times.popleft()
        if len(times) >= CALLS_A_MINUTE:
            return False
        times.append(now)
        return True
