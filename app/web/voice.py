"""Twilio's webhooks: asks the desk and answers in TwiML; keeps nothing, so that every one may be asked twice.

Twilio repeats deliveries, lets them overtake each other, and asks the tail of a document that was
already replaced: what changes state lies behind the desk, which settles duplicates.
"""

from typing import Final

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.adapters.twilio import twiml
from app.adapters.twilio.signature import Form, SignatureCheck
from app.domain.call import CallId, Direction
from app.domain.keepable import keepable
from app.session.admission import (
    Admission,
    Busy,
    Elsewhere,
    Exhausted,
    Finished,
    Ready,
    Resumption,
    UnknownFlow,
)
from app.session.ports import LogError
from app.web.doors import Doors
from app.web.media import outcome_url, sender_of, target_of
from app.web.requests import Refused, body_of

TERMINAL: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
TAKEN: Final = frozenset({"completed", "answered"})
NOT_TAKEN: Final = frozenset({"busy", "no-answer", "failed", "canceled"})
LIVE: Final = frozenset({"queued", "initiated", "ringing", "in-progress", "answered"})

ALWAYS: Final = ("CallSid", "AccountSid", "From", "To", "CallStatus", "ApiVersion", "Direction")
"""What Twilio sends with every request for TwiML. Its signature does not cover the border between a
field's name and its value, so a request may only count when all of these are there by name."""

HOLD_S: Final = 3
MAX_HOLDS: Final = 20
"""A minute of holding while the call log cannot be read: twice the outage that must be survived."""

_log = structlog.get_logger("dialai.voice")


def voice_router(doors: Doors, signatures: SignatureCheck) -> APIRouter:
    """Return the routes under /voice that Twilio posts to."""
    router = APIRouter(prefix="/voice")
    webhooks = Webhooks(doors, signatures)
    for path in ("incoming", "resume", "dialled", "status", "amd"):
        router.add_api_route(f"/{path}", getattr(webhooks, path), methods=["POST"], response_model=None)
    return router


class Webhooks:
    """One method per webhook; each checks the signature before anything else."""

    def __init__(self, doors: Doors, signatures: SignatureCheck) -> None:
        self._doors = doors
        self._signatures = signatures
        self._public = doors.public_url.rstrip("/")
        scheme, _, rest = self._public.partition("://")
        self._stream_url = f"{'ws' if scheme == 'http' else 'wss'}://{rest}/voice/stream"

    async def incoming(self, request: Request) -> Response:
        """Admit a call, inbound or (with `?call=`) one that we placed, and join it to the socket."""
        form = await self._form(request, *ALWAYS)
        placed = keepable(request.query_params.get("call", ""))
        flow = request.query_params.get("flow", "") or ("" if placed else self._doors.default_flow)
        try:
            admission = await self._doors.desk.admit(
                carrier_sid=form.one("CallSid"),
                flow_name=flow,
                direction=Direction.OUTBOUND if placed else Direction.INBOUND,
                from_number=form.one("From"),
                to_number=form.one("To"),
                variables={},
                call_id=CallId(placed) if placed else None,
            )
            if answered_by := form.one("AnsweredBy"):
                await self._doors.desk.amd(form.one("CallSid"), answered_by)
        except LogError as error:
            _log.error("call refused", call_sid=form.one("CallSid"), why=str(error))
            return _xml(twiml.apology(self._doors.language))
        return _xml(self._answer(admission, flow, form.one("CallSid")))

    async def resume(self, request: Request) -> Response:
        """Say how a call goes on whose stream ended under `?epoch=`."""
        form = await self._form(request, *ALWAYS)
        epoch = _number(request.query_params.get("epoch", ""), "epoch")
        try:
            resumption = await self._doors.desk.resume(form.one("CallSid"), epoch)
        except LogError as error:
            return self._put_off(request, self._resume_url(epoch), str(error))
        return self._go_on(request, resumption, epoch)

    async def dialled(self, request: Request) -> Response:
        """Take how a transfer went that was ordered under `?epoch=`, and say how the call goes on.

        Twilio asks when the dialled call is over: at once when nobody took it, after the talk otherwise, and
        also for a caller who hung up meanwhile.
        """
        form = await self._form(request, *ALWAYS)
        epoch = _number(request.query_params.get("epoch", ""), "epoch")
        # A redirect of ours does not bring the outcome again, so that it stands in our own address.
        status = form.one("DialCallStatus") or request.query_params.get("was", "")
        if status not in TAKEN | NOT_TAKEN:
            raise Refused(400, f"DialCallStatus must be one of {', '.join(sorted(TAKEN | NOT_TAKEN))}")
        has_left = form.one("CallStatus") in TERMINAL
        try:
            resumption = await self._doors.desk.transfer_ended(
                form.one("CallSid"), epoch, taken=status in TAKEN, has_left=has_left
            )
        except LogError as error:
            url = f"{outcome_url(self._public, str(epoch))}&was={status}"
            return self._put_off(request, url, str(error))
        return self._go_on(request, resumption, epoch)

    async def status(self, request: Request) -> Response:
        """Take a call's progress; only its end matters, and the first end stays."""
        form = await self._form(request, "CallSid", "CallStatus")
        status = form.one("CallStatus")
        sequence = _number(form.one("SequenceNumber") or "0", "SequenceNumber")
        if status in TERMINAL:
            try:
                await self._doors.desk.status(form.one("CallSid"), status, sequence)
            except LogError as error:
                raise Refused(503, str(error)) from error
        elif status not in LIVE:
            self._doors.counters.add("statuses_unknown_total")
        return Response(status_code=204)

    async def amd(self, request: Request) -> Response:
        """Take who answered a call that we placed."""
        form = await self._form(request, "CallSid", "AnsweredBy")
        try:
            await self._doors.desk.amd(form.one("CallSid"), form.one("AnsweredBy"))
        except LogError as error:
            raise Refused(503, str(error)) from error
        return Response(status_code=204)

    async def _form(self, request: Request, *required: str) -> Form:
        count = self._doors.counters.add
        form = Form.parse(await body_of(request))
        if form is None or not self._signatures.accepts_webhook(
            target_of(request.scope), form, sender_of(request.scope)
        ):
            refused = count("webhooks_refused_total")
            if refused & (refused - 1) == 0:  # the 1st, 2nd, 4th, 8th ...: a flood must not fill the log
                why = "not signed by Twilio for the public URL"
                _log.warning("webhook refused", path=request.url.path, why=why, so_far=refused)
            raise Refused(403, "this request is not signed by Twilio for the public URL of this server")
        missing = [name for name in required if len(form.getlist(name)) != 1]
        if missing or not form.one("CallSid"):
            raise Refused(400, f"form fields missing or given twice: {', '.join(missing) or 'CallSid'}")
        count("webhooks_total")
        return form

    def _answer(self, admission: Admission, flow: str, sid: str) -> str:
        match admission:
            case Ready():
                return self._join(admission)
            case Busy():
                self._doors.counters.add("calls_refused_busy_total")
                return twiml.busy(self._doors.language)
            case Finished():
                return twiml.hang_up()
            case UnknownFlow(names=names):
                known = ", ".join(names) or "none"
                _log.error(
                    "call refused", call_sid=sid, why=f"no flow is named {flow[:80]!r}; flows: {known}"
                )
                return twiml.apology(self._doors.language)

    def _go_on(self, request: Request, resumption: Resumption, epoch: int) -> Response:
        match resumption:
            case Ready():
                return _xml(self._join(resumption))
            case Exhausted():
                return _xml(twiml.exhausted(self._doors.language))
            case Elsewhere():
                return self._put_off(request, self._resume_url(epoch))
            case Finished():
                return _xml(twiml.hang_up())

    def _join(self, ready: Ready) -> str:
        stream = twiml.Stream(self._stream_url, ready.token, ready.call_id, ready.epoch)
        return twiml.connect(stream, self._resume_url(ready.epoch), self._doors.language)

    def _resume_url(self, epoch: int) -> str:
        return f"{self._public}/voice/resume?epoch={epoch}"

    def _put_off(self, request: Request, url: str, why: str = "") -> Response:
        """Have Twilio ask again at `url` a little later, so many times."""
        holds = _number(request.query_params.get("holds", "0"), "holds") + 1
        if why:
            _log.error("call on hold", why=why, holds=holds)
        if holds > MAX_HOLDS:
            return _xml(twiml.apology(self._doors.language))
        return _xml(twiml.hold(f"{url}&holds={holds}", HOLD_S, self._doors.language))


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 - fits any counter
        raise Refused(400, f"{name} must be a whole number")
    return int(text)


def _xml(document: str) -> Response:
    return Response(document, media_type="text/xml")
