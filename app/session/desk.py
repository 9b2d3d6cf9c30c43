"""Admits, resumes, connects and places calls, and sees to it that each ends with one disposition.

Knows who holds which line; knows neither HTTP nor any carrier's words, and nothing of what is said.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from uuid import uuid4

import structlog

from app.domain.call import CallId, CallInfo, Direction, Disposition, Millis, Value
from app.engine.events import OperatorCommand
from app.session import returning
from app.session.actor import CallSession
from app.session.admission import (
    Admission,
    Barred,
    Busy,
    Finished,
    Placed,
    Placement,
    Resumption,
    UnknownFlow,
    UnknownVariables,
)
from app.session.held import Held, Order
from app.session.ledger import Watcher
from app.session.ports import (
    CallLog,
    Carrier,
    Clock,
    Dialer,
    DialError,
    Errands,
    FlowShelf,
    LogError,
    PromptSource,
    Responder,
    StaleEpoch,
    Transcriber,
    VoiceDetector,
)
from app.session.recorder import AudioShelf
from app.session.switchboard import Switchboard

DRAIN_MS: Millis = 80_000
"""Calls may come to their own end for so long when the process is to leave (reliability.md, resume)."""

HAND_OVER_MS: Millis = 15_000
"""Then they have this long to be let go of."""

_log = structlog.get_logger(__name__)


class CallDesk:
    """The desk of one process. `call_id`s, tokens and epochs are given out here and nowhere else.

    `detector` makes a voice detector for one leg; `record` allows recording where the flow asks nobody.
    """

    def __init__(
        self,
        flows: FlowShelf,
        log: CallLog,
        transcriber: Transcriber,
        prompts: PromptSource,
        clock: Clock,
        *,
        detector: Callable[[], VoiceDetector],
        responder: Responder | None = None,
        dialer: Dialer | None = None,
        errands: Errands | None = None,
        is_barred: Callable[[str], Awaitable[bool]] | None = None,
        audio: AudioShelf | None = None,
        record: bool = False,
        max_calls: int = 200,
        default_flow: str = "",
        from_number: str = "",
    ) -> None:
        self._board = Switchboard(flows, log, clock)
        self._lines = self._board.lines
        self._flows = flows
        self._transcriber = transcriber
        self._prompts = prompts
        self._clock = clock
        self._detector = detector
        self._responder = responder
        self._dialer = dialer
        self._errands = errands
        self._is_barred = is_barred
        self._audio = audio
        self._record = record
        self._max_calls = max_calls
        self._default_flow = default_flow
        self._from_number = from_number
        self._is_draining = False
        self._somebody_left = asyncio.Event()

    @property
    def is_admitting(self) -> bool:
        """False while the process takes no more calls, or is full."""
        return not self._is_draining and self._lines.taken < self._max_calls

    def live(self) -> tuple[CallInfo, ...]:
        """Return the calls that this process answers for, the oldest first."""
        return tuple(held.info for held in self._lines.by_sid.values() if not held.is_over)

    def held(self, call_id: CallId) -> Held | None:
        """Return the call of this name while this process answers for it."""
        return next((held for held in self._lines.by_sid.values() if held.info.id == call_id), None)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell `watcher` every journal line from now on; return what ends that."""
        return self._board.watch(watcher)

    async def admit(
        self,
        *,
        carrier_sid: str,
        flow_name: str,
        direction: Direction,
        from_number: str,
        to_number: str,
        variables: Mapping[str, Value],
        call_id: CallId | None = None,
    ) -> Admission:
        """Keep a line; asked again for a `carrier_sid`, give the same answer. Raises LogError.

        An empty `flow_name` means the default one, or with `call_id` the one the call was placed with.
        """
        async with self._board.lock(carrier_sid):
            held = self._lines.by_sid.get(carrier_sid)
            if held is None and (stored := await self._board.stored(carrier_sid)) is not None:
                held = self._board.restored(stored)
            if carrier_sid in self._lines.ended:
                return Finished()
            if held is not None:
                return Finished() if held.is_over else self._lines.ready_again(held, self._clock.now())
            order = self._lines.orders.get(call_id) if call_id is not None else None
            if order is not None:
                return (await self._board.open(_info_of(order, carrier_sid, from_number), order.flow)).ready
            if not self.is_admitting:
                return Busy()
            flow = self._flows.get(flow_name or self._default_flow)
            if flow is None:
                return UnknownFlow(tuple(self._flows.names()))
            info = CallInfo(
                call_id or _new_id(),
                carrier_sid,
                flow.name,
                flow.version,
                direction,
                from_number,
                to_number,
                dict(variables),
            )
            return (await self._board.open(info, flow)).ready

    async def resume(self, carrier_sid: str, epoch: int) -> Resumption:
        """Take over a call whose stream ended under `epoch`; duplicates get the same answer.

        Raises LogError; then it may be asked again.
        """
        return await returning.resume(self._board, carrier_sid, epoch, self._clock.now())

    async def transfer_ended(
        self, carrier_sid: str, epoch: int, *, taken: bool, has_left: bool
    ) -> Resumption:
        """Take how a transfer ended that was ordered under `epoch`; duplicates get the same answer.

        Raises LogError; then it may be asked again.
        """
        now = self._clock.now()
        return await returning.transfer_ended(
            self._board, carrier_sid, epoch, now, taken=taken, has_left=has_left
        )

    async def connect(self, token: str, carrier_sid: str, carrier: Carrier) -> CallSession | None:
        """Spend the token and return the session; None when it is unknown, used, late or another call's."""
        held = self._lines.spend(token, carrier_sid, self._clock.now())
        if held is None or held.session is not None:
            return None
        allowed = held.ledger.call.may_be_recorded(unless_asked=self._record)
        recorder = self._audio.recorder(held.info.id, allowed=allowed) if self._audio is not None else None

        held.session = session = CallSession(
            held.ledger,
            carrier,
            self._transcriber,
            self._prompts,
            self._clock,
            responder=self._responder,
            errands=self._errands,
            detector=self._detector(),
            recorder=recorder,
            on_left=partial(self._left, held),
        )
        return session

    async def place(self, to: str, flow: str, variables: Mapping[str, Value]) -> Placement:
        """Have the carrier call this number. Raises DialError."""
        compiled = self._flows.get(flow)
        if compiled is None:
            return UnknownFlow(tuple(self._flows.names()))
        unknown = sorted(variables.keys() - compiled.variables)
        if unknown:
            return UnknownVariables(tuple(unknown), tuple(sorted(compiled.variables)))
        if self._dialer is None:
            raise DialError("no carrier account is configured that could place calls")
        if self._is_barred is not None and await self._is_barred(to):
            return Barred()
        if not self.is_admitting:
            return Busy()
        order = Order(_new_id(), compiled, to, dict(variables), self._clock.now())
        self._lines.orders[order.call_id] = order
        try:
            carrier_sid = await self._dialer.dial(to, order.call_id)
        except DialError:
            self._lines.orders.pop(order.call_id, None)
            raise
        async with self._board.lock(carrier_sid):
            # The call's first webhook may have overtaken the carrier's answer to us.
            if order.call_id in self._lines.orders:
                try:
                    await self._board.open(_info_of(order, carrier_sid, self._from_number), compiled)
                except LogError as error:
                    _log.error("placed_call_not_logged", call_id=order.call_id, reason=str(error))
        return Placed(order.call_id, carrier_sid)

    async def status(self, carrier_sid: str, status: str, sequence: int) -> None:  # noqa: ARG002
        """Take the carrier's last word on a call; any order will do, since the first end stays.

        Raises LogError.
        """
        await self._board.leg_ended(carrier_sid, status.replace("-", "_"))

    async def amd(self, carrier_sid: str, answered_by: str) -> None:
        """Take who answered; a machine or a fax ends the call. Raises LogError."""
        if answered_by.startswith(("machine", "fax")):
            await self._board.leg_ended(carrier_sid, "machine")

    async def drain(self, *, grace_ms: Millis = DRAIN_MS, hand_over: bool = False) -> None:
        """Admit no more, let calls end, then interrupt the rest, or leave them to be resumed elsewhere."""
        self._is_draining = True
        await self._all_left(grace_ms)
        for session in tuple(self._lines.sessions()):
            if hand_over:
                session.lost()
            else:
                session.command("interrupt")
        await self._all_left(HAND_OVER_MS)
        if not hand_over:
            for held in tuple(self._lines.by_sid.values()):
                with suppress(StaleEpoch):  # another process owns it now, and will end it
                    held.ledger.take(OperatorCommand("interrupt"), held.ledger.now())
                    await self._board.conclude(held)

    async def sweep(self) -> None:
        """End the calls that nobody else will end; to be called every few seconds. Raises nothing."""
        try:
            await self._board.sweep()
        except LogError as error:
            _log.error("sweep_failed", reason=str(error))

    async def _left(self, held: Held, session: CallSession, disposition: Disposition | None) -> None:
        """A leg is over: note its audio, and let the line go unless the call may come back."""
        if held.session is session:
            held.session = None
        await self._note_audio(held.info.id)
        if disposition is not None:
            self._board.forget_if_written(held)
        self._somebody_left.set()

    async def _note_audio(self, call_id: CallId) -> None:
        if self._audio is None:
            return
        try:
            for path, kind, slot in self._audio.written_for(call_id):
                await self._board.log.add_recording(call_id, path, kind=kind, slot=slot)
        except LogError as error:
            _log.error("recording_not_logged", call_id=call_id, reason=str(error))

    async def _all_left(self, within_ms: Millis) -> None:
        try:
            async with asyncio.timeout(within_ms / 1000):
                while any(self._lines.sessions()):
                    self._somebody_left.clear()
                    await self._somebody_left.wait()
        except TimeoutError:
            return


def _info_of(order: Order, carrier_sid: str, from_number: str) -> CallInfo:
    return CallInfo(
        order.call_id,
        carrier_sid,
        order.flow.name,
        order.flow.version,
        Direction.OUTBOUND,
        from_number,
        order.to,
        order.variables,
    )


def _new_id() -> CallId:
    return CallId(uuid4().hex)
